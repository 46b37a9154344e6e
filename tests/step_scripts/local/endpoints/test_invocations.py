"""The way of a request through an endpoint, to a server of this process and back."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from step_scripts.local.endpoints import invocations
from step_scripts.local.endpoints.invocations import HttpServer
from step_scripts.local.endpoints.router import Router
from step_scripts.local.hosting import free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
RECORD = b'{"house_id": 1}'


class Model(BaseHTTPRequestHandler):
    """Answers what it got, by the status that the path asks for; /slow answers late."""

    protocol_version = "HTTP/1.1"
    asked = threading.Event()
    go_on = threading.Event()

    def do_POST(self):
        """Echo."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"slow":
            self.asked.set()
            self.go_on.wait(10)
        kept = {
            name: self.headers.get(name) for name in ("Content-Type", "Accept", "X-Amzn-SageMaker-Custom-Attributes")
        }
        content = json.dumps({"path": self.path, "body": body.decode(), **kept}).encode()
        self.send_response(400 if body == b"bad" else 200)
        self.send_header("Content-Type", "application/jsonlines")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture(scope="module")
def model():
    """The server of a model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.handle_error = lambda *_: None  # an endpoint that waits no longer
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield SimpleNamespace(port=server.server_address[1], in_flight=0)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def router():
    """Sends requests to a server, or to none."""
    return Router()


@pytest.fixture(scope="module")
def endpoint(router):
    """The port of an endpoint called houses."""
    server = HttpServer(free_port(), "houses", router)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(endpoint, router, model):
    """A function that sends a body to a path; the model is in service."""
    router.switch(model)
    connection = http.client.HTTPConnection("127.0.0.1", endpoint, timeout=10)

    def post(path, body=RECORD, **headers):
        connection.request(
            "POST", path, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())

    yield post
    connection.close()


def test_what_the_client_says_reaches_the_model(ask):
    """Body, types and the client's own attributes; on a connection that is kept."""
    named = {"Content_Type": "application/json", "Accept": "text/csv", "X_Amzn_SageMaker_Custom_Attributes": "a=1"}
    for path in ("/invocations", "/endpoints/houses/invocations"):
        status, headers, found = ask(path, **named)
        assert (status, headers["Content-Type"]) == (200, "application/jsonlines")
        assert found == {"path": "/invocations", "body": RECORD.decode()} | {
            name.replace("_", "-"): value for name, value in named.items()
        }
    assert headers["x-Amzn-Invoked-Production-Variant"] == "AllTraffic"


def test_an_error_of_the_model(ask):
    """As it is by HTTP, and as the service's ``ModelError`` for boto3."""
    assert ask("/invocations", b"bad")[0] == 400
    status, headers, found = ask("/endpoints/houses/invocations", b"bad")
    assert (status, headers["x-amzn-errortype"], found["OriginalStatusCode"]) == (424, "ModelError", 400)
    assert found["Message"].startswith("Received client error (400) from primary with message")


def test_no_server_is_in_service(ask, router):
    """Such as while the endpoint is created."""
    router.switch(None)
    assert ask("/invocations")[::2] == (503, {"error": "the endpoint is not in service"})
    status, headers, found = ask("/endpoints/houses/invocations")
    assert (status, headers["x-amzn-errortype"], found["Message"]) == (
        400,
        "ValidationError",
        "Endpoint houses not found.",
    )


def test_a_server_that_is_gone(ask, router):
    """Is reported, and the endpoint goes on."""
    router.switch(SimpleNamespace(port=free_port(), in_flight=0))
    status, _, found = ask("/invocations")
    assert status == 502
    assert "the server gave no answer: " in found["error"]


def test_a_server_that_takes_too_long(ask, monkeypatch):
    """Gets as long as in the service."""
    monkeypatch.setattr(invocations, "INVOCATION_TIMEOUT_S", 0.1)
    status, _, found = ask("/invocations", b"slow")
    Model.go_on.set()
    assert status == 504
    assert found["error"].startswith("the server gave no answer within ")


def test_a_server_out_of_service_is_idle_after_its_last_request(ask, router, model):
    """A request that it has is answered by it."""
    Model.asked.clear()
    Model.go_on.clear()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask("/invocations", b"slow")[0]))
    thread.start()
    assert Model.asked.wait(10)
    assert router.switch(None) is model
    assert not router.is_idle(model)
    Model.go_on.set()
    thread.join()
    assert answers == [200]
    assert router.is_idle(model)


def test_a_body_without_a_length(endpoint, ask):  # noqa: ARG001  # the model is in service
    """Is refused, with the reason, as soon as its headers are there."""
    connection = http.client.HTTPConnection("127.0.0.1", endpoint, timeout=10)
    connection.putrequest("POST", "/invocations")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()
