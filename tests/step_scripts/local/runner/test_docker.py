import json
import shlex
import time

import pytest

from step_scripts.local.runner import child, container
from step_scripts.local.runner.docker import Containers, judged
from step_scripts.local.runner.engine import Engine, EngineError
from step_scripts.local.runner.order import Order

ENDED = {"ExitCode": 0, "OOMKilled": False, "Running": False, "Error": ""}


@pytest.fixture
def program(tmp_path):
    """A program that plays the real Docker: writes down how it was called, and says what the test has left for it."""
    path = tmp_path / "docker"
    path.write_text(
        f"#!/bin/sh\ncd {tmp_path}\n"
        'printf "%s\\0" "$@" >>calls && printf "\\n" >>calls\n'
        '[ ! -f "$1.err" ] || { cat "$1.err" >&2; exit 1; }\n'
        '[ ! -f "$1.out" ] || cat "$1.out"\n'
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def calls(tmp_path):
    """A function that lists how the program was called, all the calls or those of one verb."""

    def read(verb=None):
        lines = (tmp_path / "calls").read_text().splitlines() if (tmp_path / "calls").exists() else []
        words = [line.rstrip("\0").split("\0") for line in lines]
        return [call for call in words if verb in {None, call[0]}]

    return read


@pytest.fixture
def crew(program, tmp_path):
    """A function that makes the containers of services, and prepares them all."""

    def make(*, isolated=False, user=None, options=(), **services):
        settings = {"program": str(program), "user": user, "options": list(options)}
        order = Order(1, f"{tmp_path}/run-1", f"{tmp_path}/log", "", "", "", isolated, "docker", settings)
        made = Containers(order, services)
        made.starts = [made.prepare(name, service, tmp_path / name) for name, service in services.items()]
        return made

    return make


def test_a_processing_job(crew, calls, tmp_path):
    """Entry point and arguments, environment and volumes, below a folder of the user's own at /opt/ml."""
    service = {
        "image": "steps:1",
        "entrypoint": ["python3", "/opt/ml/a.py", "--n", 3],
        "environment": ["A=b=c"],
        "volumes": [f"{tmp_path}/in:/opt/ml/processing/input/data", f"{tmp_path}/out:/opt/ml/output:z"],
    }
    crew(algo=service)
    (call,) = calls("create")
    text = shlex.join(call)
    assert text.startswith("create --name run-1-algo --hostname algo --label step-scripts=run-1 --pull never ")
    assert "--env A=b=c" in text
    assert [call[i + 1] for i, word in enumerate(call) if word == "--volume"] == [
        f"{tmp_path}/algo/opt/ml:/opt/ml",
        *service["volumes"],
    ]
    assert text.endswith("--entrypoint python3 steps:1 /opt/ml/a.py --n 3")
    assert (tmp_path / "algo/opt/ml/processing/input/data").is_dir()
    assert (tmp_path / "out").is_dir()


def test_a_training_job(crew, calls):
    """The verb is an argument of the image's own entry point."""
    crew(algo={"image": "steps:1", "command": "train"})
    assert calls("create")[0][-2:] == ["steps:1", "train"]


@pytest.mark.parametrize("isolated", [True, False])
def test_network_isolation(crew, calls, isolated):
    """A job with network isolation has no network; another has the engine's default."""
    crew(isolated=isolated, algo={"image": "steps:1"})
    (call,) = calls("create")
    assert ("--network none" in shlex.join(call), "--network" in call) == (isolated, isolated)


@pytest.mark.parametrize(("isolated", "words"), [(True, ["--internal"]), (False, [])])
def test_two_hosts_see_each_other(crew, calls, isolated, words):
    """They share a network that is removed at the end, by name; an isolated job's has no way out."""
    made = crew(isolated=isolated, **{"algo-1": {"image": "steps:1"}, "algo-2": {"image": "steps:1"}})
    (network,) = calls("network")
    assert network[2:-3] == words
    for name, call in zip(("algo-1", "algo-2"), calls("create"), strict=True):
        assert call[call.index("--network") + 1] == network[-1]
        assert call[call.index("--network-alias") + 1] == name
    made.disband()
    assert [call[-1] for call in calls("rm")] == ["run-1-algo-1", "run-1-algo-2"]
    assert calls("network")[-1] == ["network", "rm", network[-1]]


@pytest.mark.parametrize("isolated", [True, False])
def test_a_server_has_a_door(crew, calls, isolated):
    """Its port is published on loopback; an isolated server's network has a door and no way out."""
    crew(isolated=isolated, algo={"image": "steps:1", "command": "serve", "ports": ["8123:8080"]})
    (call,) = calls("create")
    assert call[call.index("--publish") + 1] == "127.0.0.1:8123:8080"
    assert ("--network" in call) == isolated
    assert "--network none" not in shlex.join(call)
    networks = calls("network")
    assert len(networks) == isolated
    assert all("com.docker.network.bridge.enable_ip_masquerade=false" in network for network in networks)


def test_the_users_own_number(crew, calls):
    """Such a user has no home in the image; the options of the command line come last, and so win."""
    crew(user="1000:100", options=["--memory=1g"], algo={"image": "steps:1"})
    (call,) = calls("create")
    assert call[call.index("--user") + 1] == "1000:100"
    assert "HOME=/tmp" in call
    assert call[-2:] == ["--memory=1g", "steps:1"]


def test_what_the_engine_refuses_is_told_in_its_words(crew, calls, tmp_path):
    """No container, no traceback."""
    (tmp_path / "create.err").write_text("Error response from daemon: No such image: steps:1\n")
    with pytest.raises(container.ContainerError, match="Docker cannot make the container: No such image: steps:1"):
        crew(algo={"image": "steps:1"})
    assert len(calls()) == 1


@pytest.fixture
def end(crew, tmp_path):
    """A function that starts a container, waits for its end, and returns exit code and reason."""

    def wait(state, limit=0):
        if state:
            (tmp_path / "inspect.out").write_text(json.dumps([{"State": state, "HostConfig": {"Memory": limit}}]))
        job = crew(algo={"image": "steps:1"}).starts[0]()
        while (code := job.poll()) is None:
            time.sleep(0.005)
        return code, job.reason

    return wait


def test_the_end_of_a_container_is_its_own(end, calls, tmp_path):
    """Its exit code is the one that the engine knows, and its output is in the log."""
    (tmp_path / "start.out").write_text("hello\n")
    assert end({**ENDED, "ExitCode": 3}) == (3, None)
    assert calls("start") == [["start", "--attach", "run-1-algo"]]
    assert (tmp_path / "log").read_text() == "hello\n"


def test_a_container_that_is_gone(end, tmp_path):
    """Somebody has removed it."""
    (tmp_path / "inspect.err").write_text("Error: No such container: run-1-algo\n")
    assert end(None) == (125, "the container was lost: Error: No such container: run-1-algo")


@pytest.mark.parametrize(
    ("state", "limit", "verdict"),
    [
        ({}, 0, (0, None)),
        ({"ExitCode": 130}, 0, (130, None)),
        ({"ExitCode": 137}, 0, (137, "killed by signal 9, from outside and not for memory")),
        ({"ExitCode": 139}, 0, (139, "killed by signal 11")),
        (
            {"ExitCode": 137, "OOMKilled": True},
            2**30,
            (137, "killed for memory: it needed more than its limit of 1024 MiB"),
        ),
        ({"ExitCode": 1, "OOMKilled": True}, 0, (1, "killed for memory: it needed more than the machine had left")),
        ({"ExitCode": 127, "Error": "no such file"}, 0, (127, "the container could not be started: no such file")),
        ({"Running": True}, 0, (125, "the container was lost: nobody copies what it prints any more")),
    ],
)
def test_the_verdict(state, limit, verdict):
    """Each way to end has its reason; nothing that went wrong is a 0."""
    assert judged({**ENDED, **state}, limit) == verdict


def test_signals_reach_the_container(crew, calls, program):
    """A container is stopped by its name: it is asked, and killed after the time of grace."""
    program.write_text(program.read_text() + '[ "$1" != start ] || exec sleep 60\n')
    job = crew(algo={"image": "steps:1"}).starts[0]()
    job.send_signal(15)
    assert calls("kill") == [["kill", "--signal", "15", "run-1-algo"]]
    job._follower.kill()


def test_an_engine_that_kills_nobody(crew, calls, program, tmp_path, monkeypatch):
    """Whoever stops a container does not wait for ever for an engine that has gone."""
    monkeypatch.setattr(child, "GRACE", 0.1)
    program.write_text(program.read_text() + '[ "$1" != start ] || exec sleep 60\n')
    for verb in ("kill", "inspect"):
        (tmp_path / f"{verb}.err").write_text("Cannot connect to the Docker daemon\n")
    job = crew(algo={"image": "steps:1"}).starts[0]()
    child.stop([job])
    assert (job.poll(), job.reason) == (125, "the container was lost: Cannot connect to the Docker daemon")
    assert [call[2] for call in calls("kill")] == ["15", "9"]


def test_a_container_that_has_ended_gets_no_signal(crew, calls, tmp_path):
    """The engine would complain."""
    (tmp_path / "inspect.out").write_text(json.dumps([{"State": ENDED, "HostConfig": {"Memory": 0}}]))
    job = crew(algo={"image": "steps:1"}).starts[0]()
    while job.poll() is None:
        time.sleep(0.005)
    child.stop([job])
    assert calls("kill") == []


def test_an_engine_that_does_not_answer(program):
    """Nobody waits for ever."""
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(EngineError, match=r"no answer within 0\.1 seconds"):
        Engine(str(program)).ask("info", patience=0.1)
