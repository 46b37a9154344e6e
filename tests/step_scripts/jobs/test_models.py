"""Packages in the model registry, and models of them."""

import pytest

from step_scripts.jobs.errors import JobsError

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/houses/1"


def test_a_package_has_its_reports_and_its_origin(jobs, compiled):
    """Each report in its own place, metadata as texts, group and status as parameters."""
    from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString

    group, status = ParameterString("Group", "houses"), ParameterString("Status", "Approved")
    seed = ParameterInteger("Seed", 1)
    step = jobs.register(
        "Register",
        model_data="s3://bucket/model.tar.gz",
        group=group,
        approval_status=status,
        metrics={"model_statistics": "s3://bucket/quality.json", "bias_pre_training": "s3://bucket/bias.json"},
        metadata={"data": jobs.store, "rows": 5000, "seed": seed},
        instance_types=["ml.m5.large"],
    )
    found = compiled(step, parameters=[group, status, seed])["Register"]
    request = found["Arguments"]
    assert (found["Type"], "CacheConfig" in found) == ("RegisterModel", False)
    assert request["ModelPackageGroupName"] == {"Get": "Parameters.Group"}
    assert request["ModelApprovalStatus"] == {"Get": "Parameters.Status"}
    assert request["ModelMetrics"] == {
        "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://bucket/quality.json"}},
        "Bias": {"PreTrainingReport": {"ContentType": "application/json", "S3Uri": "s3://bucket/bias.json"}},
    }
    assert request["CustomerMetadataProperties"] == {
        "data": {"Get": "Parameters.Store"},
        "rows": "5000",
        "seed": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Seed"}]}},
    }
    container = {"Image": {"Get": "Parameters.Image"}, "ModelDataUrl": "s3://bucket/model.tar.gz", "Environment": {}}
    assert request["InferenceSpecification"] == {
        "Containers": [container],
        "SupportedContentTypes": ["application/json"],
        "SupportedResponseMIMETypes": ["application/json"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    }


def test_a_package_waits_for_approval(jobs, compiled):
    """Unless it says otherwise; and what is not given is not written."""
    request = compiled(jobs.register("Register", model_data="s3://bucket/m.tar.gz", group="houses"))["Register"][
        "Arguments"
    ]
    assert request["ModelApprovalStatus"] == "PendingManualApproval"
    assert not {"ModelMetrics", "CustomerMetadataProperties", "Tags"} & set(request)


def test_the_places_of_reports_are_those_of_the_sdk(session):  # noqa: ARG001 - imports the SDK
    """Its ModelMetrics writes each report where we do."""
    from sagemaker.core.model_metrics import MetricsSource, ModelMetrics

    from step_scripts.jobs.models import METRICS

    source = {name: MetricsSource("application/json", name) for name in METRICS}
    kinds = ModelMetrics(**source)._to_request_dict()
    found = {each["S3Uri"]: (kind, member) for kind, members in kinds.items() for member, each in members.items()}
    assert found == METRICS


def test_a_model_of_a_package_is_isolated(jobs, compiled):
    """It names the package, by a parameter if need be; image and artifact are the package's."""
    from sagemaker.core.workflow.parameters import ParameterString

    from step_scripts.jobs.shapes import JobDefaults

    package = ParameterString("Package", ARN)
    model = jobs.create_model("Model", package=package, overrides=JobDefaults(environment={"LEVEL": "info"}))
    request = compiled(model, parameters=[package])["Model"]["Arguments"]
    assert request == {
        "ExecutionRoleArn": "arn:aws:iam::111122223333:role/jobs",
        "PrimaryContainer": {"ModelPackageName": {"Get": "Parameters.Package"}, "Environment": {"LEVEL": "info"}},
        "EnableNetworkIsolation": True,
    }


@pytest.mark.parametrize(
    ("words", "got"), [({}, "neither"), ({"model_data": "s3://bucket/m.tar.gz", "package": ARN}, "both")]
)
def test_a_model_has_one_origin(jobs, words, got):
    """An artifact or a package."""
    with pytest.raises(JobsError, match=f"Model: expected: one of model_data and package; got: {got}; fix: give one"):
        jobs.create_model("Model", **words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"metrics": {"auc": "s3://b/x"}},
            "metrics: expected: one of model_statistics, .*; got: auc; fix: use the name",
        ),
        ({"metadata": {"a": "x" * 257}}, "metadata, a: expected: 1 to 256 characters; got: 257; fix: leave some"),
        ({"metadata": {"a": ""}}, "metadata, a: expected: 1 to 256 characters; got: 0"),
        ({"metadata": {"k" * 129: "x"}}, "metadata, k+: expected: 1 to 128 characters; got: 129"),
        ({"metadata": {str(n): n for n in range(51)}}, "metadata: expected: at most 50 entries; got: 51"),
        ({"metadata": {"a": object()}}, "metadata, a: expected a text, a number"),
    ],
)
def test_what_the_registry_does_not_take_is_an_error(jobs, words, message):
    """The message has the step, what was expected, what came, and what to do."""
    with pytest.raises(JobsError, match=f"^Register, {message}"):
        jobs.register("Register", model_data="s3://bucket/m.tar.gz", group="houses", **words)
