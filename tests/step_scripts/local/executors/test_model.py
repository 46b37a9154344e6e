"""A model of an artifact, or of a version in the registry: what the SDK's local transforms get as their container."""

from types import SimpleNamespace

import pytest

from step_scripts.local.executors.base import Step, StepError
from step_scripts.local.executors.model import Model

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package/houses/3"
PACKAGE = {"Image": "steps:7", "ModelDataUrl": "s3://store/model.tar.gz", "Environment": {"LEVEL": "info", "A": "1"}}


@pytest.fixture
def created():
    """A function that runs a Model step: its properties, and the plain container by the model's name."""

    def run(arguments):
        models, local = {}, {}
        client = SimpleNamespace(
            describe_model_package=lambda **_: {"InferenceSpecification": {"Containers": [dict(PACKAGE)]}},
            create_model=lambda **request: models.update({request["ModelName"]: request}),
            describe_model=lambda ModelName: {**models[ModelName], "ResponseMetadata": {}},  # noqa: N803  # boto3's
        )
        session = SimpleNamespace(sagemaker_client=SimpleNamespace(create_model=local.__setitem__))
        context = SimpleNamespace(client=lambda: client, session=session, name=lambda step: f"pipelines-{step}")
        return Model(context, Step("CreateModel", {"Arguments": arguments})).run(), local

    return run


def test_a_version_gives_image_artifact_and_environment(created):
    """The model's own environment is on top of the package's. The account knows the package, as the service does."""
    container = {"ModelPackageName": ARN, "Environment": {"LEVEL": "debug"}}
    properties, local = created({"ExecutionRoleArn": "role", "Containers": [container]})
    assert properties == {
        "ModelName": "pipelines-CreateModel",
        "ExecutionRoleArn": "role",
        "PrimaryContainer": container,
    }
    assert local == {"pipelines-CreateModel": PACKAGE | {"Environment": {"LEVEL": "debug", "A": "1"}}}


def test_an_artifact_needs_no_environment(created):
    """The SDK's local mode would need one."""
    container = {"Image": "steps:7", "ModelDataUrl": "s3://store/model.tar.gz"}
    _, local = created({"PrimaryContainer": container, "ModelName": "houses"})
    assert local == {"houses": container | {"Environment": {}}}


@pytest.mark.parametrize("arguments", [{}, {"Containers": [{"Image": "a"}, {"Image": "b"}]}])
def test_a_model_has_one_container(created, arguments):
    """A chain of them runs in the service only."""
    with pytest.raises(StepError, match="expected: a model of one container; got: "):
        created(arguments)
