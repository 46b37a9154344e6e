"""Deploy a version of a model to an endpoint: model, configuration, and an endpoint that is created or updated."""

from __future__ import annotations

import time
from typing import Any

from latest import latest_approved

POLL_S = 1.0
LAST_MS = 5_000  # of the function's time, in which it answers instead of waiting on


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's, which has no type
    """Deploy an approved version, and wait for the endpoint as long as the function may run.

    Parameters
    ----------
    event : dict
        ``group``, the name of a model package group; ``endpoint_name``; ``role``, the ARN that the model assumes;
        ``instance_type``; optional: ``instance_count``, 1 without it, and ``model_package_arn``, the latest approved
        version of the group without it.
    context : object
        Lambda's: its ``aws_request_id`` makes the names of model and configuration new.

    Returns
    -------
    dict
        ``model_package_arn``, ``endpoint_name``, and ``endpoint_status``: ``InService``; or, when the time was not
        enough, ``Creating`` or ``Updating``.

    Raises
    ------
    LookupError
        When no version is approved, or the given one is not.
    RuntimeError
        When the endpoint fails.
    """
    import boto3

    client, endpoint = boto3.client("sagemaker"), event["endpoint_name"]
    arn = event.get("model_package_arn") or latest_approved(client, event["group"])["model_package_arn"]
    status = client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"]
    if status != "Approved":
        raise LookupError(
            f"{arn}: expected: an approved version; got: {status}; fix: approve it, or deploy another one"
        )
    name = _new_name(endpoint, context.aws_request_id)
    client.create_model(
        ModelName=name,
        ExecutionRoleArn=event["role"],
        PrimaryContainer={"ModelPackageName": arn},
        EnableNetworkIsolation=True,
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": event["instance_type"],
        "InitialInstanceCount": event.get("instance_count", 1),
    }
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    change = client.update_endpoint if _exists(client, endpoint) else client.create_endpoint
    change(EndpointName=endpoint, EndpointConfigName=name)
    return {
        "model_package_arn": arn,
        "endpoint_name": endpoint,
        "endpoint_status": _settled(client, endpoint, name, context),
    }


def _new_name(endpoint: str, request_id: str) -> str:
    """Return a name of at most 63 characters that this invocation alone has."""
    ending = "".join(letter for letter in request_id if letter.isalnum())[-12:]
    return f"{endpoint[: 62 - len(ending)]}-{ending}"


def _exists(client: Any, endpoint: str) -> bool:  # noqa: ANN401 - boto3's classes are made at run time
    pages = client.get_paginator("list_endpoints").paginate(NameContains=endpoint)
    return any(each["EndpointName"] == endpoint for page in pages for each in page["Endpoints"])


def _settled(client: Any, endpoint: str, config: str, context: Any) -> str:  # noqa: ANN401 - as above
    """Wait until the endpoint serves this configuration; return its status, also when the time is nearly over."""
    while True:
        found = client.describe_endpoint(EndpointName=endpoint)
        status = str(found["EndpointStatus"])
        if status == "InService" and found["EndpointConfigName"] == config:
            return status
        if status not in {"Creating", "Updating", "SystemUpdating"}:
            # After a failed update the service goes on with the old configuration: InService, with a reason.
            reason = found.get("FailureReason") or f"it serves {found['EndpointConfigName']}, not {config}"
            raise RuntimeError(f"the endpoint {endpoint} is {status}: {reason}; fix: look at its log")
        if context.get_remaining_time_in_millis() < LAST_MS:
            return status
        time.sleep(POLL_S)
