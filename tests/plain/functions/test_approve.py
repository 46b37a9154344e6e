"""Approving and rejecting a version."""

import pytest


@pytest.fixture
def approve(handler):
    """The handler."""
    return handler("approve")


def test_a_version_is_approved(approve, register, client):
    """That one, and no other."""
    arns = register("PendingManualApproval", "PendingManualApproval")
    assert approve({"group": "claims-fraud", "version": 2}) == {"model_package_arn": arns[1], "status": "Approved"}
    statuses = [client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] for arn in arns]
    assert statuses == ["PendingManualApproval", "Approved"]


def test_a_version_is_rejected_with_a_reason(approve, register, client):
    """Which the registry keeps."""
    (arn,) = register("Approved")
    event = {"group": "claims-fraud", "version": 1, "status": "Rejected", "reason": "drift"}
    assert approve(event)["status"] == "Rejected"
    assert client.describe_model_package(ModelPackageName=arn)["ApprovalDescription"] == "drift"


def test_a_version_that_is_not_there_is_an_error(approve, register):
    """The message has those that are there."""
    with pytest.raises(LookupError, match="expected: one of the versions none; got: 1; fix: choose"):
        approve({"group": "claims-fraud", "version": 1})
    register("Rejected", "Rejected")
    with pytest.raises(LookupError, match="claims-fraud: expected: one of the versions 2, 1; got: 3; fix: choose"):
        approve({"group": "claims-fraud", "version": 3})


def test_another_status_is_an_error(module, register, client):
    """The registry is not asked."""
    (arn,) = register("Approved")
    with pytest.raises(ValueError, match=r"status: expected: one of Approved, Rejected, .*; got: approved; fix"):
        module("approve").handler({"group": "claims-fraud", "version": 1, "status": "approved"})
    assert client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Approved"
