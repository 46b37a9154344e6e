"""moto's SageMaker keeps its model packages in the registry's folder, and changes what a call gives alone."""

import pytest

from step_scripts.local import sdk
from step_scripts.sandbox.registry import APPROVED, PENDING, REJECTED, Registry

MODEL, REPORT = "s3://store/executions/A/Train/output/model.tar.gz", "s3://store/executions/A/Evaluate/evaluation.json"
REQUEST = {
    "ModelPackageGroupName": "houses",
    "InferenceSpecification": {
        "Containers": [{"Image": "step-scripts:latest", "ModelDataUrl": MODEL}],
        "SupportedContentTypes": ["application/json"],
        "SupportedResponseMIMETypes": ["application/json"],
    },
    "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": REPORT}}},
    "CustomerMetadataProperties": {"code": "s3://store/code/train/abc", "rows": "4000"},
}


@pytest.fixture
def account(tmp_path):
    """A function that opens an account again and again, as one run after another; it yields a client of a service."""
    from contextlib import contextmanager

    @contextmanager
    def opened():
        with sdk.local_session(tmp_path / "sdk", registry=tmp_path / "registry") as session:
            yield session.boto_session.client

    return opened


def register(client, content=b"model", **changes):
    """Register a version, as the executor does."""
    s3, sagemaker = client("s3"), client("sagemaker")
    s3.create_bucket(Bucket="store")
    for uri, body in ((MODEL, content), (REPORT, b"{}")):
        s3.put_object(Bucket="store", Key=uri.removeprefix("s3://store/"), Body=body)
    sagemaker.create_model_package_group(ModelPackageGroupName="houses")
    return sagemaker.create_model_package(**{**REQUEST, **changes})["ModelPackageArn"]


def test_versions_last_from_run_to_run(account, tmp_path):
    """With their approval, their order, their times, and the files that they name."""
    with account() as client:
        first, second = register(client, b"one"), register(client, b"two")
        assert client("sagemaker").describe_model_package(ModelPackageName=first)["ModelApprovalStatus"] == PENDING
    assert first.endswith(":model-package/houses/1")
    Registry(tmp_path / "registry").decide("houses", 2, APPROVED, "looks good")
    with account() as client:
        sagemaker = client("sagemaker")
        query = {"ModelPackageGroupName": "houses", "SortBy": "CreationTime", "SortOrder": "Descending"}
        listed = sagemaker.list_model_packages(**query)["ModelPackageSummaryList"]
        assert [each["ModelPackageArn"] for each in listed] == [second, first]
        approved = sagemaker.list_model_packages(**query, ModelApprovalStatus=APPROVED)["ModelPackageSummaryList"]
        assert [each["ModelPackageArn"] for each in approved] == [second]
        package = sagemaker.describe_model_package(ModelPackageName=second)
        assert package["ApprovalDescription"] == "looks good"
        assert package["ModelMetrics"] == REQUEST["ModelMetrics"]
        assert package["CustomerMetadataProperties"] == REQUEST["CustomerMetadataProperties"]
        url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        body = client("s3").get_object(Bucket="store", Key=url.removeprefix("s3://store/"))["Body"].read()
        assert body == b"two"
        assert register(client).endswith("/houses/3")


def test_an_update_changes_what_it_gives_alone(account, tmp_path):
    """Moto removes the rest."""
    with account() as client:
        arn = register(client)
        update = client("sagemaker").update_model_package
        update(ModelPackageArn=arn, ModelApprovalStatus=REJECTED, ApprovalDescription="slow")
        update(ModelPackageArn=arn, CustomerMetadataProperties={"owner": "me"})
        update(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["rows"])
        found = client("sagemaker").describe_model_package(ModelPackageName=arn)
    expected = {"code": "s3://store/code/train/abc", "owner": "me"}
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == (REJECTED, "slow")
    assert found["CustomerMetadataProperties"] == expected
    version = Registry(tmp_path / "registry").version("houses", 1)
    assert (version.status, version.package["CustomerMetadataProperties"]) == (REJECTED, expected)


def test_an_artifact_that_does_not_exist_registers_nothing(account, tmp_path):
    """Moto would take it."""
    from botocore.exceptions import ClientError

    with account() as client:
        register(client)
        client("s3").delete_object(Bucket="store", Key=MODEL.removeprefix("s3://store/"))
        with pytest.raises(ClientError, match=f"There is nothing at {MODEL}"):
            client("sagemaker").create_model_package(**REQUEST)
        listed = client("sagemaker").list_model_packages(ModelPackageGroupName="houses")
        assert len(listed["ModelPackageSummaryList"]) == 1
    assert [each.number for each in Registry(tmp_path / "registry").versions("houses")] == [1]


def test_numbers_go_on_where_a_version_is_gone(account, tmp_path):
    """A person may remove a version's folder."""
    import shutil

    with account() as client:
        for _ in range(3):
            register(client)
    shutil.rmtree(tmp_path / "registry" / "houses" / "2")
    with account() as client:
        assert register(client).endswith("/houses/4")
        listed = client("sagemaker").list_model_packages(ModelPackageGroupName="houses", SortBy="Name")
        arns = [each["ModelPackageArn"].rpartition("/")[2] for each in listed["ModelPackageSummaryList"]]
    assert sorted(arns) == ["1", "3", "4"]


@pytest.mark.parametrize("broken", ["package.json", "model.tar.gz"])
def test_a_broken_registry_is_an_error_of_its_own(account, tmp_path, broken):
    """No caller takes it for a group without versions."""
    with account() as client:
        arn = register(client)
    (tmp_path / "registry" / "houses" / "1" / broken).unlink()
    if broken == "package.json":
        (tmp_path / "registry" / "houses" / "1" / broken).write_text("{}")
    with account() as client, pytest.raises(client("sagemaker").exceptions.ClientError) as caught:
        client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert caught.value.response["Error"]["Code"] == "BrokenRegistry"
    assert f"1/{broken}: expected: a file that this program wrote" in caught.value.response["Error"]["Message"]
