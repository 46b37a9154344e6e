"""A model registry in this process, and the handlers as Lambda imports them."""

import importlib
import json
from types import SimpleNamespace

import boto3
import jsonschema
import pytest
from moto import mock_aws

from step_scripts import project

GROUP = "claims-fraud"
MODEL = {"Image": "image:1", "ModelDataUrl": "s3://bucket/model.tar.gz"}


@pytest.fixture(autouse=True)
def account(monkeypatch):
    """An empty account of moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def client():
    """A client of the account's SageMaker."""
    return boto3.client("sagemaker")


@pytest.fixture
def module(monkeypatch):
    """A function that imports a handler's file: its folder is the root of the archive."""
    monkeypatch.syspath_prepend(project.find().root / "functions")
    return importlib.import_module


@pytest.fixture
def handler(module):
    """A function of a file's name: its handler, whose events and results are checked against their contracts."""

    def of(name):
        def call(event, context=None):
            keep(name, "event", event)
            result = module(name).handler(event, context)
            keep(name, "result", result)
            return result

        return call

    return of


def keep(name, kind, value):
    """Check an event or a result against the schema with which the pipelines' inputs and outputs are compared."""
    schema = project.find().folder("contracts") / f"functions/{name}.{kind}.schema.json"
    jsonschema.validate(json.loads(json.dumps(value)), json.loads(schema.read_text()))


@pytest.fixture
def register(client):
    """A function that registers versions with these statuses, and returns their ARNs."""

    def register_them(*statuses):
        client.create_model_package_group(ModelPackageGroupName=GROUP)
        specification = {
            "Containers": [MODEL],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        }
        return [
            client.create_model_package(
                ModelPackageGroupName=GROUP, ModelApprovalStatus=status, InferenceSpecification=specification
            )["ModelPackageArn"]
            for status in statuses
        ]

    return register_them


@pytest.fixture
def context():
    """What Lambda gives a handler: a request's id, and much time."""
    return SimpleNamespace(
        aws_request_id="8f5e7a2c-0000-4a7b-9c11-0123456789ab", get_remaining_time_in_millis=lambda: 60_000
    )
