"""An account whose endpoints are those of the machine: here a stand-in for them, which serves nothing."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from step_scripts._shared import StepScriptsError
from step_scripts.local import sdk

NAME, MODEL = "houses", "s3://store/model/model.tar.gz"
ROLE = "arn:aws:iam::123456789012:role/step-scripts"


class Servers:
    """Endpoints that are in service as soon as `settle` is called."""

    def __init__(self):
        self.known, self.calls = {}, []

    def deploy(self, name, *, update, config, container, model, variants):
        """Remember the call."""
        self.calls.append((name, update, container, model))
        time = "2026-01-31T12:00:00.000+00:00"
        before = self.known.get(name)
        state = {"name": name, "created": time, "changed": time, "failure_reason": None, "port": None}
        state |= {"config": before.config, "variants": before.variants} if update else {}
        self.known[name] = SimpleNamespace(
            **{"config": config, "variants": variants, "status": "Updating" if update else "Creating", **state}
        )
        self.asked = SimpleNamespace(config=config, variants=variants)

    def settle(self, name, status="InService", reason=None):
        """End what is in progress."""
        state = self.known[name]
        state.status, state.failure_reason = status, reason
        if not reason:
            state.config, state.variants = self.asked.config, self.asked.variants

    def states(self):
        """All of them."""
        return list(self.known.values())

    def delete(self, name):
        """Forget one, unless it is being created."""
        if self.known[name].status == "Creating":
            raise StepScriptsError("it is being changed by another command")
        del self.known[name]


@pytest.fixture
def servers():
    """The machine's endpoints."""
    return Servers()


@pytest.fixture
def account(tmp_path, servers):
    """A function that opens an account again and again, as one run after another; it yields its SageMaker client."""
    from contextlib import contextmanager

    @contextmanager
    def opened():
        with sdk.local_session(tmp_path / "sdk", registry=tmp_path / "registry", servers=servers) as session:
            s3, sagemaker = (session.boto_session.client(name) for name in ("s3", "sagemaker"))
            s3.create_bucket(Bucket="store")
            s3.put_object(Bucket="store", Key="model/model.tar.gz", Body=b"archive")
            container = {"Image": "image", "ModelDataUrl": MODEL, "Environment": {"A": "1"}}
            sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)
            yield sagemaker

    return opened


def config(sagemaker, name, model="m"):
    """Create an endpoint configuration."""
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return {"EndpointName": NAME, "EndpointConfigName": name}


def test_an_endpoint_is_created_updated_and_deleted(account, servers):
    """As the service does it: each call returns at once, and the status says what goes on."""
    with account() as sagemaker:
        sagemaker.create_endpoint(**config(sagemaker, "one"))
        assert sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] == "Creating"
        container = {"Image": "image", "ModelDataUrl": MODEL, "Environment": {"A": "1"}}
        assert servers.calls == [(NAME, False, container, b"archive")]
        second = config(sagemaker, "two")
        with pytest.raises(ClientError, match="its status is Creating, not InService"):
            sagemaker.update_endpoint(**second)
        servers.settle(NAME)
        with pytest.raises(ClientError, match=r"ValidationException.*Cannot create already existing endpoint"):
            sagemaker.create_endpoint(**second)
        arn = sagemaker.update_endpoint(**second)["EndpointArn"]
        assert arn == sagemaker.describe_endpoint(EndpointName=NAME)["EndpointArn"]
        (listed,) = sagemaker.list_endpoints()["Endpoints"]
        assert listed["EndpointStatus"] == "Updating"
        servers.settle(NAME)
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME)
        found = sagemaker.describe_endpoint(EndpointName=NAME)
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "two")
        assert found["CreationTime"].isoformat() == "2026-01-31T12:00:00+00:00"
        with pytest.raises(ClientError, match="with the endpoint configuration that it has"):
            sagemaker.update_endpoint(**second)
        sagemaker.delete_endpoint(EndpointName=NAME)
        assert servers.known == {}
        for call in (sagemaker.describe_endpoint, sagemaker.delete_endpoint):
            with pytest.raises(ClientError, match="Could not find endpoint"):
                call(EndpointName=NAME)


def test_an_endpoint_lasts_from_run_to_run(account, servers):
    """With its configuration. One that has ended is forgotten, so that it can be created."""
    with account() as sagemaker:
        sagemaker.create_endpoint(**config(sagemaker, "one"))
        servers.settle(NAME)
    with account() as sagemaker:
        assert sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"] == "one"
        assert sagemaker.describe_endpoint_config(EndpointConfigName="one")["ProductionVariants"][0]["ModelName"] == "m"
        sagemaker.update_endpoint(**config(sagemaker, "two"))
        servers.settle(NAME, reason="unhealthy")
        found = sagemaker.describe_endpoint(EndpointName=NAME)
        assert (found["EndpointConfigName"], found["FailureReason"]) == ("one", "unhealthy")
        servers.settle(NAME, "Failed", "killed")
        assert sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] == "Failed"
        with pytest.raises(ClientError, match="already existing"):
            sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName="two")
    with account() as sagemaker:
        assert sagemaker.list_endpoints()["Endpoints"] == []
        sagemaker.create_endpoint(**config(sagemaker, "three"))
    assert [call[1] for call in servers.calls] == [False, True, False]


def test_a_model_of_the_registry_is_deployed(account, servers):
    """The package's container, with the model's environment in the package's."""
    with account() as sagemaker:
        sagemaker.create_model_package_group(ModelPackageGroupName="group")
        container = {"Image": "of-package", "ModelDataUrl": MODEL, "Environment": {"A": "1", "B": "1"}}
        types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
        package = sagemaker.create_model_package(
            ModelPackageGroupName="group", InferenceSpecification={"Containers": [container], **types}
        )["ModelPackageArn"]
        own = {"ModelPackageName": package, "Environment": {"B": "2"}}
        sagemaker.create_model(ModelName="p", ExecutionRoleArn=ROLE, PrimaryContainer=own)
        sagemaker.create_endpoint(**config(sagemaker, "one", model="p"))
    (_, _, found, model) = servers.calls[0]
    assert (found["Image"], found["ModelPackageName"], model) == ("of-package", package, b"archive")
    assert found["Environment"] == {"A": "1", "B": "2"}


def test_a_model_that_cannot_be_deployed(account, servers):
    """The call fails, and there is no endpoint."""
    with account() as sagemaker:
        gone = {"Image": "image", "ModelDataUrl": "s3://store/gone/model.tar.gz"}
        sagemaker.create_model(ModelName="gone", ExecutionRoleArn=ROLE, PrimaryContainer=gone)
        with pytest.raises(ClientError, match=r"Could not find model data at s3://store/gone/model\.tar\.gz"):
            sagemaker.create_endpoint(**config(sagemaker, "one", model="gone"))
        with pytest.raises(ClientError, match="Could not find endpoint configuration"):
            sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName="none")
        assert sagemaker.list_endpoints()["Endpoints"] == []
    assert servers.calls == []


def test_an_error_of_the_machine_is_one_of_the_service(account):
    """So a function that catches the service's errors catches it."""
    with account() as sagemaker:
        sagemaker.create_endpoint(**config(sagemaker, "one"))
        with pytest.raises(ClientError, match=r"ValidationException.*changed by another command"):
            sagemaker.delete_endpoint(EndpointName=NAME)


def test_without_servers_the_endpoints_are_those_of_moto(tmp_path):
    """They can be updated nevertheless."""
    with sdk.local_session(tmp_path / "sdk") as session:
        sagemaker = session.boto_session.client("sagemaker")
        container = {"Image": "image", "ModelDataUrl": MODEL}
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        sagemaker.create_endpoint(**config(sagemaker, "one"))
        sagemaker.update_endpoint(**config(sagemaker, "two"))
        assert sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"] == "two"


def test_moto_still_lacks_what_we_add():
    """Canary: where this fails, remove ours from `step_scripts.sandbox.endpoints`."""
    import boto3
    from moto import mock_aws
    from moto.sagemaker.responses import SageMakerResponse

    with sdk.private_environment(), mock_aws():
        sagemaker = boto3.client("sagemaker")
        container = {"Image": "image", "ModelDataUrl": "s3://no/such/object"}
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        sagemaker.create_endpoint(**config(sagemaker, "one"))
        assert sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] == "InService"
        sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName="one")  # a name that is in use
        body = boto3.client("sagemaker-runtime").invoke_endpoint(EndpointName="none", Body=b"{}")["Body"].read()
        assert body == b"body"
        assert not hasattr(SageMakerResponse, "update_endpoint")
