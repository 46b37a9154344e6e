"""Deploying by one function."""

import pytest

EVENT = {
    "group": "claims-fraud",
    "endpoint_name": "claims",
    "role": "arn:aws:iam::123456789012:role/step-scripts",
    "instance_type": "ml.m5.large",
}


class Service:
    """moto's SageMaker with endpoints that are updated, and that settle after some looks at them.

    Parameters
    ----------
    client
        moto's.
    looks : list of dict
        What `describe_endpoint` answers on top of moto's answer, look by look; the last one again and again.
    """

    def __init__(self, client, looks=({},)):
        self._client, self._looks, self.changes, self.isolated = client, [*looks], [], []

    def __getattr__(self, name):
        """Answer as moto."""
        return getattr(self._client, name)

    def create_model(self, **request):
        """Note what moto drops."""
        self.isolated.append(request["EnableNetworkIsolation"])
        return self._client.create_model(**request)

    def create_endpoint(self, **request):
        """Note it."""
        self.changes.append("create")
        return self._client.create_endpoint(**request)

    def update_endpoint(self, *, EndpointName, EndpointConfigName):  # noqa: N803 - boto3's
        """Do what moto cannot."""
        self.changes.append("update")
        self._client.delete_endpoint(EndpointName=EndpointName)
        return self._client.create_endpoint(EndpointName=EndpointName, EndpointConfigName=EndpointConfigName)

    def describe_endpoint(self, **request):
        """Answer with the next look."""
        look = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        return {**self._client.describe_endpoint(**request), **look}


@pytest.fixture
def deploy(module, handler, client, monkeypatch):
    """A function that calls the handler with a service, and does not wait between two looks."""
    import boto3

    monkeypatch.setattr(module("deploy"), "POLL_S", 0)

    def call(event, context, service=None):
        monkeypatch.setattr(boto3, "client", lambda _: service or Service(client))
        return handler("deploy")(event, context)

    return call


def test_the_latest_approved_version_is_deployed(deploy, register, client, context):
    """A model of the package, isolated; a configuration of it; an endpoint."""
    arns = register("Approved", "PendingManualApproval")
    expected = {"model_package_arn": arns[0], "endpoint_name": "claims", "endpoint_status": "InService"}
    service = Service(client)
    assert deploy(EVENT, context, service) == expected
    (name,) = [each["ModelName"] for each in client.list_models()["Models"]]
    assert name == "claims-0123456789ab"
    model = client.describe_model(ModelName=name)
    assert model["PrimaryContainer"]["ModelPackageName"] == arns[0]
    assert (service.isolated, model["ExecutionRoleArn"]) == ([True], EVENT["role"])
    (variant,) = client.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]
    assert (variant["ModelName"], variant["InstanceType"], variant["InitialInstanceCount"]) == (name, "ml.m5.large", 1)


def test_a_given_version_is_deployed(deploy, register, client, context):
    """An older one, on as many machines as the event says."""
    arns = register("Approved", "Approved")
    assert deploy(EVENT | {"model_package_arn": arns[0], "instance_count": 2}, context)["model_package_arn"] == arns[0]
    (config,) = client.list_endpoint_configs()["EndpointConfigs"]
    (variant,) = client.describe_endpoint_config(EndpointConfigName=config["EndpointConfigName"])["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 2


def test_an_endpoint_that_exists_is_updated(deploy, register, client, context):
    """Another one whose name contains its name does not count."""
    register("Approved")
    service = Service(client)
    for number, endpoint in enumerate(["claims-2", "claims", "claims"]):
        context.aws_request_id = f"request-{number}"
        deploy(EVENT | {"endpoint_name": endpoint}, context, service)
    assert service.changes == ["create", "create", "update"]
    assert client.describe_endpoint(EndpointName="claims")["EndpointConfigName"] == "claims-request2"


def test_nothing_approved_deploys_nothing(deploy, register, client, context):
    """Neither the latest one, nor a version that is given."""
    (arn,) = register("PendingManualApproval")
    with pytest.raises(LookupError, match="expected: an approved version; got: version 1 Pending"):
        deploy(EVENT, context)
    with pytest.raises(LookupError, match=f"{arn}: expected: an approved version; got: PendingManualApproval; fix"):
        deploy(EVENT | {"model_package_arn": arn}, context)
    assert client.list_models()["Models"] == client.list_endpoints()["Endpoints"] == []


def test_it_waits_until_the_endpoint_serves(deploy, register, client, context):
    """And answers with what it is when the time is nearly over."""
    register("Approved")
    looks = [{"EndpointStatus": "Creating"}, {"EndpointStatus": "Creating"}, {"EndpointStatus": "InService"}]
    assert deploy(EVENT, context, Service(client, looks))["endpoint_status"] == "InService"
    context.aws_request_id, context.get_remaining_time_in_millis = "another", lambda: 4_000
    service = Service(client, [{"EndpointStatus": "Updating"}])
    assert deploy(EVENT, context, service)["endpoint_status"] == "Updating"


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"EndpointStatus": "Failed", "FailureReason": "no ping"}, "claims is Failed: no ping; fix: look at its log"),
        ({"EndpointConfigName": "old"}, "claims is InService: it serves old, not claims-0123456789ab"),
    ],
)
def test_an_endpoint_that_fails_is_an_error(look, message, deploy, register, client, context):
    """Also one that serves its old configuration again, as the service does after a failed update."""
    register("Approved")
    with pytest.raises(RuntimeError, match=message):
        deploy(EVENT, context, Service(client, [look]))


def test_names_fit_the_service(deploy, register, client, context):
    """At most 63 characters, also of an endpoint with a long name."""
    register("Approved")
    deploy(EVENT | {"endpoint_name": "c" * 63}, context)
    (model,) = client.list_models()["Models"]
    assert len(model["ModelName"]) == 63
