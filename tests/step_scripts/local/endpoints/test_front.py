"""What an endpoint's process does, moment by moment, with servers that are no processes."""

import io
import tarfile
from typing import ClassVar

import pytest

from step_scripts.local.endpoints import front
from step_scripts.local.endpoints.artifact import ARCHIVE
from step_scripts.local.endpoints.front import MAX_RESTARTS, Front
from step_scripts.local.endpoints.state import CREATING, Deployment, EndpointState, Place


def empty_archive():
    """A model.tar.gz without any file."""
    content = io.BytesIO()
    tarfile.open(fileobj=content, mode="w:gz").close()
    return content.getvalue()


class Server:
    """A server that does what its deployment's configuration says: healthy, ends, or never."""

    started: ClassVar = []

    def __init__(self, number, deployment, folder, *, name):
        assert (folder / "model").is_dir()
        self.number, self.config, self.in_flight, self.port, self.name = number, deployment.config, 0, 0, name
        self.ended = self.stopped = False
        self.on_ping = lambda: None
        self.started.append(self)

    def is_healthy(self):
        """Whether it is; a test may look around while it is asked."""
        self.on_ping()
        return self.config == "healthy"

    def has_ended(self):
        """Whether it has ended by itself."""
        return self.ended or self.config == "ends"

    def why_ended(self):
        """A reason."""
        return "exit code 1"

    def log_tail(self):
        """A log."""
        return "loading"

    def ask_to_stop(self):
        """Do nothing."""

    def stop(self):
        """Remember it."""
        self.stopped = True


@pytest.fixture
def servers(monkeypatch):
    """All servers that were started."""
    monkeypatch.setattr(front, "Server", Server)
    monkeypatch.setattr(Server, "started", [])
    monkeypatch.setattr(front, "POLL_S", 0.001)
    return Server.started


@pytest.fixture
def place(tmp_path):
    """The folder of an endpoint that is being created."""
    found = Place(tmp_path / "houses")
    found.folder.mkdir()
    found.write(EndpointState(name="houses", status=CREATING, config="", created="", changed="", port=20_000))
    return found


@pytest.fixture
def deploy(place):
    """A function that asks for a deployment: what its server does is the name of its configuration."""

    def ask(number, config, archive=None):
        place.write_deployment(number, Deployment(config=config, timeout_s=0.02))
        (place.deployment_folder(number) / ARCHIVE).write_bytes(archive or empty_archive())
        place.want(number)

    return ask


@pytest.fixture
def running(place, deploy, servers):  # noqa: ARG001  # the servers are replaced
    """An endpoint with its first deployment in service."""
    deploy(1, "healthy")
    found = Front(place)
    assert found.tick()
    assert place.read().status == "InService"
    return found


def test_the_next_server_gets_requests_when_it_is_healthy(running, place, deploy, servers, monkeypatch):
    """Not before: until then the one in service has them. Then that one ends."""
    seen = []

    def look():
        with running.router.server() as server:
            seen.append((server.number, place.read().status))

    start = Server.__init__

    def started(server, *arguments, **options):
        start(server, *arguments, **options)
        server.on_ping = look

    monkeypatch.setattr(Server, "__init__", started)
    deploy(2, "healthy")
    assert running.tick()
    assert seen == [(1, "Updating")]
    with running.router.server() as server:
        assert server.number == 2
    state = place.read()
    assert (state.status, state.deployment, state.failure_reason) == ("InService", 2, None)
    assert running.tick()
    assert [server.stopped for server in servers] == [True, False]
    assert not place.deployment_folder(1).exists()


def test_a_server_answers_what_it_has_before_it_is_stopped(running, deploy, servers):
    """Also when the next one is in service."""
    with running.router.server() as server:
        deploy(2, "healthy")
        assert running.tick()
        assert running.tick()
        assert not server.stopped
    assert running.tick()
    assert servers[0].stopped


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("ends", "the server ended before it was healthy: exit code 1"),
        ("never", "the server did not answer /ping with 200 within 0.02 seconds: loading"),
    ],
    ids=["ends", "never healthy"],
)
def test_a_server_that_is_not_healthy_is_rolled_back(running, place, deploy, servers, config, reason):
    """The one before stays in service, and the state has the reason until a deployment succeeds."""
    deploy(2, config)
    assert running.tick()
    state = place.read()
    assert (state.status, state.config, state.deployment) == ("InService", "healthy", 1)
    assert (state.last_config, state.last_deployment, state.failure_reason) == (config, 2, reason)
    assert [server.stopped for server in servers] == [False, True]
    with running.router.server() as server:
        assert server.number == 1
    assert running.tick()  # the same deployment is not tried again
    assert len(servers) == 2
    deploy(3, "healthy")
    assert running.tick()
    assert place.read().failure_reason is None


def test_a_damaged_archive_is_rolled_back(running, place, deploy, servers):
    """Before a server starts."""
    deploy(2, "healthy", archive=b"no archive")
    assert running.tick()
    assert "model.tar.gz is damaged" in place.read().failure_reason
    assert len(servers) == 1


def test_a_first_deployment_that_fails_ends_the_endpoint(place, deploy, servers):
    """It has failed, with the reason."""
    deploy(1, "ends")
    assert not Front(place).tick()
    state = place.read()
    assert (state.status, state.deployment) == ("Failed", 0)
    assert state.failure_reason == "the server ended before it was healthy: exit code 1"
    assert servers[0].stopped


def test_a_deployment_is_cancelled(running, place, deploy, servers, monkeypatch):
    """While its server is asked whether it is healthy."""
    monkeypatch.setattr(Server, "is_healthy", lambda server: place.want(0) if server.number == 2 else True)
    deploy(2, "never")
    assert running.tick()
    assert place.read().failure_reason == "the deployment was cancelled"
    assert servers[1].stopped


def test_a_server_that_ends_is_started_again(running, place, servers):
    """A few times; then the endpoint has failed. Also after an update that was rolled back."""
    for number in range(MAX_RESTARTS):
        servers[number].ended = True
        assert running.tick()
        with running.router.server() as server:
            assert server is servers[number + 1]
    servers[-1].ended = True
    assert not running.tick()
    state = place.read()
    assert state.status == "Failed"
    assert state.failure_reason == "the server ended: exit code 1 (it was started again 3 times)"


def test_a_server_is_started_again_after_a_rollback(running, place, deploy, servers):
    """The deployment in service is, and not the one that failed."""
    deploy(2, "ends")
    assert running.tick()
    servers[0].ended = True
    assert running.tick()
    assert [server.number for server in servers] == [1, 2, 1]
    assert place.read().status == "InService"


def test_an_endpoint_ends_with_its_folder(running, place):
    """To delete the runs folder ends the endpoints in it."""
    (place.folder / "endpoint.json").unlink()
    assert not running.tick()
