"""Send claims to an endpoint in SageMaker, by the user's own account. The example's only code that calls AWS.

The steps of the pipeline run in jobs without a network, and call no AWS API. `analyse` is not in the pipeline: see
docs/decisions/0001-layout-and-environment.md.
"""

from model.endpoint.http import Ask, sentence
from step_scripts import step


def in_sagemaker(name: str) -> Ask:
    """Return a function that sends a claim to an endpoint of the account and the region that the environment names.

    Parameters
    ----------
    name
        Name of the endpoint.

    Raises
    ------
    StepError
        When boto3 is not installed, or no region is set. The function raises one when the container or SageMaker
        refuses the claim.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise step.StepError(
            f"endpoint {name} of SageMaker needs boto3, which is not installed: pip install boto3, or name a URL by "
            "--endpoint"
        ) from None

    def unreachable(error: Exception) -> step.StepError:
        return step.StepError(
            f"endpoint {name} of SageMaker: {error}; expected an endpoint that is InService, credentials that allow "
            "sagemaker:InvokeEndpoint, and its region in AWS_DEFAULT_REGION or the profile"
        )

    try:
        client = boto3.Session().client("sagemaker-runtime", config=Config(retries={"mode": "standard"}))
    except BotoCoreError as error:
        raise unreachable(error) from None

    def ask(claim: bytes) -> bytes:
        kinds = {"ContentType": "application/json", "Accept": "application/json"}
        try:
            answer: bytes = client.invoke_endpoint(EndpointName=name, Body=claim, **kinds)["Body"].read()
        except client.exceptions.ModelError as error:  # the container answered with another status than 2xx
            status, body = error.response["OriginalStatusCode"], error.response["OriginalMessage"]
            raise step.StepError(f"endpoint {name} of SageMaker answers {status}: {sentence(body.encode())}") from None
        except (BotoCoreError, ClientError) as error:
            raise unreachable(error) from None
        return answer

    return ask
