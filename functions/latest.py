"""Find the version of a model that a deployment pipeline deploys: the latest approved one of its group.

The folder is the root of each function's archive, so `deploy` imports this file as Lambda does.
"""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer an event with the latest approved version of a group.

    Parameters
    ----------
    event : dict
        ``group``, the name of a model package group.

    Returns
    -------
    dict
        ``model_package_arn``, and ``version``, a whole number.

    Raises
    ------
    LookupError
        When no version of the group is approved.
    """
    import boto3

    return latest_approved(boto3.client("sagemaker"), event["group"])


def latest_approved(client: Any, group: str) -> dict[str, Any]:  # noqa: ANN401 - boto3's classes are made at run time
    """Return ``model_package_arn`` and ``version`` of a group's latest approved version.

    Raises
    ------
    LookupError
        When no version is approved. The message has the versions that there are.
    """
    found = versions(client, group)
    approved = [each for each in found if each["ModelApprovalStatus"] == "Approved"]
    if not approved:
        shown = ", ".join(f"version {each['ModelPackageVersion']} {each['ModelApprovalStatus']}" for each in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        fix = "approve a version" if found else "run a pipeline that registers one, and approve it"
        raise LookupError(f"{group}: expected: an approved version; got: {shown or 'no version'}{more}; fix: {fix}")
    return {"model_package_arn": approved[0]["ModelPackageArn"], "version": approved[0]["ModelPackageVersion"]}


def versions(client: Any, group: str) -> list[dict[str, Any]]:  # noqa: ANN401 - boto3's classes are made at run time
    """Return the versions of a group, the latest first; none, if there is no such group."""
    try:
        pages = [*client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in {"ResourceNotFound", "ResourceNotFoundException", "ValidationException"}:
            return []
        raise
    found = [each for page in pages for each in page["ModelPackageSummaryList"]]
    return sorted(found, key=lambda each: int(each["ModelPackageVersion"]), reverse=True)
