"""Which version a deployment pipeline deploys."""

import pytest


@pytest.fixture
def latest(handler):
    """The handler."""
    return handler("latest")


def test_the_latest_approved_version_is_found(latest, register):
    """Not the latest of all, and not an older one."""
    arns = register("Approved", "Approved", "Rejected", "PendingManualApproval")
    assert latest({"group": "claims-fraud"}) == {"model_package_arn": arns[1], "version": 2}


def test_more_than_a_page_of_versions_is_read(latest, register):
    """The service answers with ten versions at a time, if it is not asked for more."""
    arns = register("Approved", *["Rejected"] * 120)
    assert latest({"group": "claims-fraud"}) == {"model_package_arn": arns[0], "version": 1}


def test_a_group_without_an_approved_version_is_an_error(latest, register):
    """The message has its versions, the latest first, and what to do."""
    register("Rejected", *["PendingManualApproval"] * 6)
    expected = (
        "claims-fraud: expected: an approved version; got: version 7 PendingManualApproval, .*"
        "version 3 PendingManualApproval and 2 more; fix: approve a version"
    )
    with pytest.raises(LookupError, match=expected):
        latest({"group": "claims-fraud"})


def test_an_empty_group_and_no_group_are_errors(latest, client):
    """Nothing was registered."""
    for _ in range(2):
        with pytest.raises(LookupError, match="expected: an approved version; got: no version; fix: run a pipeline"):
            latest({"group": "claims-fraud"})
        client.create_model_package_group(ModelPackageGroupName="claims-fraud")


def test_other_errors_of_the_account_are_not_hidden(module, client):
    """Such as a permission that is missing: an empty answer would name the wrong reason."""
    from botocore.exceptions import ClientError
    from botocore.stub import Stubber

    with Stubber(client) as stub:
        stub.add_client_error("list_model_packages", "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            module("latest").versions(client, "claims-fraud")
