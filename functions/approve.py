"""Approve or reject a version of a model."""

from __future__ import annotations

from typing import Any

from latest import versions

STATUSES = ("Approved", "Rejected", "PendingManualApproval")


def handler(event: dict[str, Any], _context: object = None) -> dict[str, Any]:
    """Set the approval status of a version.

    Parameters
    ----------
    event : dict
        ``group``, the name of a model package group; ``version``, a whole number; optional: ``status``, which is
        ``Approved`` unless it is ``Rejected`` or ``PendingManualApproval``, and ``reason``, a text that is kept.

    Returns
    -------
    dict
        ``model_package_arn``, and ``status`` as the registry has it now.

    Raises
    ------
    ValueError
        When there is no such status.
    LookupError
        When the group has no such version.
    """
    import boto3

    group, version, status = event["group"], event["version"], event.get("status", "Approved")
    if status not in STATUSES:
        raise ValueError(f"status: expected: one of {', '.join(STATUSES)}; got: {status}; fix: correct it")
    client = boto3.client("sagemaker")
    found = {each["ModelPackageVersion"]: each["ModelPackageArn"] for each in versions(client, group)}
    if version not in found:
        known = ", ".join(map(str, [*found][:5])) or "none"
        raise LookupError(f"{group}: expected: one of the versions {known}; got: {version}; fix: choose one of them")
    reason = {"ApprovalDescription": event["reason"]} if event.get("reason") else {}
    arn = found[version]
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, **reason)
    now = client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"]
    return {"model_package_arn": arn, "status": now}
