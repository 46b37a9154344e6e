"""What an Endpoint step makes of the account's answers."""

from types import SimpleNamespace

import pytest

from step_scripts.local.executors import endpoint
from step_scripts.local.executors.base import Step, StepError

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/houses"


class Client:
    """An account with the endpoints that a test names, and the descriptions that come one after another."""

    def __init__(self, known, *descriptions):
        self.known, self.descriptions, self.calls = known, list(descriptions), []

    def get_paginator(self, _):
        """All endpoints on one page."""
        page = {"Endpoints": [{"EndpointName": name} for name in self.known]}
        return SimpleNamespace(paginate=lambda: [page])

    def create_endpoint(self, **request):
        """Remember the call."""
        self.calls.append(("create", request))

    def update_endpoint(self, **request):
        """Remember the call."""
        self.calls.append(("update", request))

    def describe_endpoint(self, **_):
        """The next description."""
        status, config, reason = self.descriptions.pop(0)
        found = {"EndpointName": "houses", "EndpointArn": ARN, "EndpointStatus": status, "EndpointConfigName": config}
        return found | ({"FailureReason": reason} if reason else {})


@pytest.fixture
def step(monkeypatch, tmp_path):
    """A function that runs a step for an account, with no real endpoint."""
    machine = SimpleNamespace(describe=lambda _: SimpleNamespace(url="http://127.0.0.1:20000"))
    monkeypatch.setattr(endpoint, "Endpoints", lambda _: machine)
    monkeypatch.setattr(endpoint, "POLL_S", 0)

    def run(client):
        interrupt = SimpleNamespace(check=lambda: None)
        context = SimpleNamespace(client=lambda: client, state=tmp_path, interrupt=interrupt)
        arguments = {"EndpointName": "houses", "EndpointConfigName": "two"}
        executor = endpoint.Endpoint(context, Step("Deploy", {"Arguments": arguments}))
        return executor.run(), executor.report

    return run


def test_an_endpoint_is_created_where_there_is_none_of_its_name(step):
    """The step waits until it is in service, and reports where it answers."""
    client = Client(["houses-old"], ("Creating", "two", None), ("Creating", "two", None), ("InService", "two", None))
    properties, report = step(client)
    assert client.calls == [("create", {"EndpointName": "houses", "EndpointConfigName": "two"})]
    assert properties["EndpointArn"] == ARN
    assert report == {"url": "http://127.0.0.1:20000/invocations", "config": "two"}


def test_an_endpoint_that_is_there_is_updated(step):
    """As the service's step does it."""
    client = Client(["houses"], ("Updating", "one", None), ("InService", "two", None))
    step(client)
    assert client.calls == [("update", {"EndpointName": "houses", "EndpointConfigName": "two"})]


def test_an_update_that_was_rolled_back_fails_the_step(step):
    """Although the endpoint is in service."""
    client = Client(["houses"], ("RollingBack", "one", "no model"), ("InService", "one", "no model"))
    with pytest.raises(StepError, match="was not updated to two, and one stays in service: no model"):
        step(client)


def test_an_endpoint_that_fails_fails_the_step(step):
    """With the reason."""
    with pytest.raises(StepError, match="the endpoint houses is not in service: no model"):
        step(Client([], ("Creating", "two", None), ("Failed", "two", "no model")))
