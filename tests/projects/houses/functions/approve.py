"""Approve a version of a model."""


def handler(event: dict, context: object) -> dict:
    """Set the status of a version; return the status and the version's number."""
    import boto3

    client, arn = boto3.client("sagemaker"), event["package"]
    client.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus=event["status"], ApprovalDescription=event.get("reason", "")
    )
    found = client.describe_model_package(ModelPackageName=arn)
    return {"status": found["ModelApprovalStatus"], "version": found["ModelPackageVersion"]}
