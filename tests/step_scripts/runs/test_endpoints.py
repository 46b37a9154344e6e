"""Endpoints that stay up, with a tiny server, on both targets."""

import contextlib
import io
import json
import os
import signal
import socket
import tarfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import botocore.config
import botocore.exceptions
import pytest

from step_scripts import cli
from step_scripts.local.containers import Containers
from step_scripts.local.endpoints import Deployment, EndpointError, Endpoints
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
NAME = "houses"
SERVER = Path(__file__).parent / "tiny" / "server.py"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/houses/3"
HEALTHY_S = {"process": 10.0, "docker": 60.0}
UNHEALTHY_S = {"process": 1.5, "docker": 6.0}  # enough to start, and to print a line


def archive(factor=None):
    """A model.tar.gz of the tiny server; without a factor it does not start, with "never" it never gets healthy."""
    files = {"code/step_scripts/__init__.py": b"", "code/step_scripts/serving/__init__.py": b""}
    files["code/step_scripts/serving/serving.py"] = SERVER.read_bytes()
    if factor is not None:
        files["model.json"] = json.dumps({"factor": None if factor == "never" else factor}).encode()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            packed.addfile(info, io.BytesIO(text))
    return content.getvalue()


def deployment(config, target="process", **settings):
    """A deployment of the tiny server."""
    return Deployment(**{"config": config, "image": "step-scripts:latest", "timeout_s": HEALTHY_S[target], **settings})


def invoke(url, record):
    """What the endpoint answers to a record."""
    request = urllib.request.Request(f"{url}/invocations", data=json.dumps(record).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())["result"]


def is_refused(port):
    """Whether no program listens on a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def server_port(folder):
    """On which the server behind an endpoint listens."""
    (compose,) = folder.glob("*/step-scripts-*/compose.json")
    return int(json.loads(compose.read_text())["services"]["server"]["ports"][0].partition(":")[0])


@contextlib.contextmanager
def removed(endpoints):
    """Remove all endpoints at the end."""
    try:
        yield endpoints
    finally:
        for state in endpoints.list():
            endpoints.delete(state.name)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The runs folder of the endpoint that the tests of this module share."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def place(target):
    """The target itself."""
    return Containers() if target == "docker" else Processes()


@pytest.fixture(scope="module")
def all_traces(engine):
    """A function that lists all of the engine's containers and networks."""
    return lambda: (engine.ask("ps", "--all", "--quiet"), engine.ask("network", "ls", "--quiet"))


@pytest.fixture(scope="module")
def shared(request, runs, place, target):
    """Endpoints, one of which is in service for all tests of this module; it triples."""
    traces = request.getfixturevalue("all_traces") if target == "docker" else list
    before = traces()
    with removed(Endpoints(runs / "endpoints", target=place)) as endpoints:
        endpoints.create(NAME, deployment("tripled", target, model_package=PACKAGE), model=archive(3))
        endpoints.wait(NAME)
        yield endpoints
    assert traces() == before


@pytest.fixture
def endpoints(tmp_path):
    """Endpoints of one test, as processes."""
    with removed(Endpoints(tmp_path / "endpoints")) as found:
        yield found


@pytest.fixture
def runtime(shared):
    """The service's client, whose address is the endpoint's."""
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    url = shared.describe(NAME).url
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "a", "region_name": "us-east-1"}
    return boto3.client("sagemaker-runtime", endpoint_url=url, config=config, **keys)


def test_an_endpoint_answers_by_http_and_by_boto3(shared, runtime):
    """With the server's errors, and the service's form for them."""
    url = shared.describe(NAME).url
    with urllib.request.urlopen(f"{url}/ping") as answer:
        assert answer.status == 200
    factor = invoke(url, {"number": 1})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        invoke(url, {"number": None})
    answer = runtime.invoke_endpoint(EndpointName=NAME, Body=b'{"number": 2}', ContentType="application/json")
    assert json.loads(answer["Body"].read())["result"] == 2 * factor
    with pytest.raises(runtime.exceptions.ModelError, match=r"client error \(400\) .*expected a number") as caught:
        runtime.invoke_endpoint(EndpointName=NAME, Body=b'{"letter": 1}')
    assert caught.value.response["OriginalStatusCode"] == 400
    with pytest.raises(botocore.exceptions.ClientError, match="Endpoint flats not found"):
        runtime.invoke_endpoint(EndpointName="flats", Body=b"{}")
    with pytest.raises(urllib.error.HTTPError, match="413"):
        urllib.request.urlopen(urllib.request.Request(f"{url}/invocations", data=bytes(25_000_001)))


def test_an_update_loses_no_request(shared, target):
    """The port stays; requests in flight are answered by the server before; what fails to update is refused."""
    before, stop, answers, errors = shared.describe(NAME), threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                answers.append(invoke(before.url, {"number": 1}))
            except Exception as error:  # noqa: BLE001  # the test reports any
                errors.append(error)

    def ask_slowly():
        answers.append(("slow", invoke(before.url, {"number": 1, "seconds": 2})))

    old = invoke(before.url, {"number": 1})
    threads = [threading.Thread(target=ask) for _ in range(3)]
    slow = threading.Thread(target=ask_slowly)
    for thread in (*threads, slow):
        thread.start()
    try:
        new = old + 1
        state = shared.update(NAME, deployment("next", target, model_package=PACKAGE), model=archive(new))
        assert state.status == "Updating"
        with pytest.raises(EndpointError, match="expected it to be InService; got: Updating"):
            shared.update(NAME, deployment("other", target), model=archive(new))
        after = shared.wait(NAME)
        assert invoke(before.url, {"number": 1}) == new
    finally:
        stop.set()
        for thread in (*threads, slow):
            thread.join()
    assert errors == []
    assert {old, new} == {answer for answer in answers if answer != ("slow", old)}
    assert ("slow", old) in answers
    assert (after.port, after.config, after.status, after.failure_reason) == (before.port, "next", "InService", None)
    assert after.created == before.created


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (archive(), r"ended before it was healthy: exit code 1: tiny server: this model has no model\.json"),
        (archive("never"), r"did not answer /ping with 200 within [\d.]+ seconds: listening"),
        (archive(9)[:-20], r"model\.tar\.gz is damaged .*; fix: fetch it again"),
    ],
    ids=["ends", "never healthy", "damaged archive"],
)
def test_an_update_that_is_not_healthy_is_rolled_back(shared, target, runs, wait, model, reason):
    """The server before answers, and the update fails with the reason."""
    before = shared.describe(NAME)
    answered = invoke(before.url, {"number": 1})
    timeout = (UNHEALTHY_S if "seconds" in reason else HEALTHY_S)[target]
    shared.update(NAME, deployment("broken", target, timeout_s=timeout), model=model)
    with pytest.raises(
        EndpointError, match=rf"not updated to broken, and {before.config} stays in service: .*{reason}"
    ):
        shared.wait(NAME)
    after = shared.describe(NAME)
    assert (after.status, after.config, after.port, after.pid) == ("InService", before.config, before.port, before.pid)
    assert invoke(before.url, {"number": 1}) == answered
    wait(lambda: len(list((runs / "endpoints" / NAME).glob("*/step-scripts-*"))) == 1)  # what was rolled back has ended


def test_the_command_lists_and_stops(shared, target, runs, capsys):
    """One that runs, and one that has failed."""
    shared.create("broken", deployment("of-broken", target), model=archive())
    with pytest.raises(EndpointError, match=r"the endpoint broken is not in service: .* no model\.json"):
        shared.wait("broken")

    def command(*words):
        code = cli.main(["endpoint", *words, "--runs-dir", str(runs)])
        return code, *capsys.readouterr()

    code, out, err = command("list")
    assert (code, err) == (0, "")
    header, broken, houses, *_ = map(str.split, out.splitlines())
    assert header == "endpoint status version config url since".split()
    assert broken[:3] == "broken Failed of-broken".split()
    assert houses[:3] == [NAME, "InService", "3"]
    assert f"{shared.describe(NAME).url}/invocations" in houses
    assert "broken: the server ended before it was healthy" in out
    assert command("stop", "brokn") == (
        1,
        "",
        "step-scripts endpoint: no endpoint is called brokn. Did you mean broken?\n",
    )
    assert command("stop") == (2, "", "step-scripts endpoint stop: expected either names of endpoints or --all\n")
    assert command("stop", "broken") == (0, "stopped broken\n", "")
    assert [each.name for each in shared.list()] == [NAME]


def test_an_endpoint_is_deleted_with_all_that_it_started(endpoints, tmp_path):
    """Its port, its server's port and its folder."""
    endpoints.create(NAME, deployment("a"), model=archive(3))
    state = endpoints.wait(NAME)
    port = server_port(tmp_path / "endpoints" / NAME)
    with pytest.raises(EndpointError, match="exists already, and is InService"):
        endpoints.create(NAME, deployment("b"), model=archive(4))
    endpoints.delete(NAME)
    assert is_refused(state.port)
    assert is_refused(port)
    assert list((tmp_path / "endpoints").iterdir()) == []


def test_a_killed_process_leaves_no_server(endpoints, tmp_path, wait):
    """The endpoint is reported as failed, and a new one takes its place and its port."""
    endpoints.create(NAME, deployment("a"), model=archive(3))
    state = endpoints.wait(NAME)
    port = server_port(tmp_path / "endpoints" / NAME)
    os.kill(state.pid, signal.SIGKILL)
    wait(lambda: is_refused(port))
    wait(lambda: endpoints.describe(NAME).status == "Failed")
    found = endpoints.describe(NAME)
    assert found.failure_reason.startswith("its process has ended")
    assert found.pid is None
    endpoints.create(NAME, deployment("b"), model=archive(4))
    after = endpoints.wait(NAME)
    assert (after.port, invoke(after.url, {"number": 1})) == (state.port, 4)


@pytest.mark.docker
def test_a_killed_process_leaves_no_container(all_traces, tmp_path, wait):
    """The runner removes it; where that is killed too, the next command does."""
    before = all_traces()
    with removed(Endpoints(tmp_path / "endpoints", target=Containers())) as endpoints:
        endpoints.create(NAME, deployment("a", "docker"), model=archive(3))
        os.kill(endpoints.wait(NAME).pid, signal.SIGKILL)
        wait(lambda: all_traces() == before)
        endpoints.create(NAME, deployment("b", "docker"), model=archive(4))
        state = endpoints.wait(NAME)
        assert invoke(state.url, {"number": 1}) == 4
        children = Path(f"/proc/{state.pid}/task/{state.pid}/children").read_text().split()
        for pid in [state.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)
        wait(lambda: endpoints.describe(NAME).status == "Failed")
        endpoints.delete(NAME)
        assert all_traces() == before


def test_an_endpoint_that_cannot_be_created(endpoints, tmp_path):
    """It has failed, nothing of it runs, and a new one takes its place."""
    endpoints.create(NAME, deployment("a"), model=archive())
    with pytest.raises(EndpointError, match=r"houses is not in service: .*exit code 1: tiny server: .* no model\.json"):
        endpoints.wait(NAME)
    state = endpoints.describe(NAME)
    assert (state.status, state.deployment) == ("Failed", 0)
    assert not list((tmp_path / "endpoints" / NAME).glob("*/step-scripts-*"))
    endpoints.create(NAME, deployment("b"), model=archive(3))
    assert endpoints.wait(NAME).status == "InService"


def test_what_is_in_progress_can_be_cancelled(endpoints, tmp_path):
    """An endpoint that is being created is gone; one that is being updated keeps its server."""
    endpoints.create(NAME, deployment("a", timeout_s=60), model=archive("never"))
    state = endpoints.describe(NAME)
    assert state.status == "Creating"
    endpoints.cancel(NAME)
    assert list((tmp_path / "endpoints").iterdir()) == []
    endpoints.create(NAME, deployment("b"), model=archive(3))
    endpoints.wait(NAME)
    endpoints.update(NAME, deployment("c", timeout_s=60), model=archive("never"))
    endpoints.cancel(NAME)
    state = endpoints.describe(NAME)
    assert (state.status, state.config) == ("InService", "b")
    assert invoke(state.url, {"number": 1}) == 3


def test_a_server_that_ends_is_started_again(endpoints):
    """The request that it had is answered with an error."""
    endpoints.create(NAME, deployment("a"), model=archive(3))
    url = endpoints.wait(NAME).url
    with pytest.raises(urllib.error.HTTPError, match="502"):
        invoke(url, {"exit": 7})
    deadline, answer = time.monotonic() + 10, None
    while answer is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.HTTPError):
            answer = invoke(url, {"number": 1})
    assert answer == 3


def test_an_endpoint_ends_in_order_at_sigterm(endpoints, wait):
    """With its state written; the request in flight is answered."""
    endpoints.create(NAME, deployment("a"), model=archive(3))
    state, answers = endpoints.wait(NAME), []
    thread = threading.Thread(target=lambda: answers.append(invoke(state.url, {"number": 2, "seconds": 0.6})))
    thread.start()
    time.sleep(0.3)
    os.kill(state.pid, signal.SIGTERM)
    wait(lambda: endpoints.describe(NAME).status == "OutOfService")
    thread.join()
    assert answers == [6]
    assert endpoints.describe(NAME).failure_reason == "its process was stopped by SIGTERM"
