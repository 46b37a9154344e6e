import json
import shlex
import time

import pytest

from step_scripts.local.runner import child, container
from step_scripts.local.runner.docker import Containers, verdict
from step_scripts.local.runner.engine import Engine, EngineError
from step_scripts.local.runner.job_spec import JobSpec

ENDED = {"ExitCode": 0, "OOMKilled": False, "Running": False, "Error": ""}


@pytest.fixture
def program(tmp_path):
    """A substitute for Docker: it writes down its calls, and prints what the test has put into files."""
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
def group(program, tmp_path):
    """A function that prepares the containers of services."""

    def make(*, isolated=False, user=None, options=(), **services):
        settings = {"program": str(program), "user": user, "options": list(options)}
        spec = JobSpec(1, f"{tmp_path}/run-1", f"{tmp_path}/log", "", "", "", isolated, "docker", settings)
        made = Containers(spec, services)
        made.starts = [made.prepare(name, service, tmp_path / name) for name, service in services.items()]
        return made

    return make


def test_a_processing_job(group, calls, tmp_path):
    """Entry point and arguments, environment and volumes, below a folder of the user's own at /opt/ml."""
    service = {
        "image": "steps:1",
        "entrypoint": ["python3", "/opt/ml/a.py", "--n", 3],
        "environment": ["A=b=c"],
        "volumes": [f"{tmp_path}/in:/opt/ml/processing/input/data", f"{tmp_path}/out:/opt/ml/output:z"],
    }
    group(algo=service)
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


def test_a_training_job(group, calls):
    """The verb is an argument of the image's own entry point."""
    group(algo={"image": "steps:1", "command": "train"})
    assert calls("create")[0][-2:] == ["steps:1", "train"]


@pytest.mark.parametrize("isolated", [True, False])
def test_network_isolation(group, calls, isolated):
    """A job with network isolation has no network; another has the engine's default."""
    group(isolated=isolated, algo={"image": "steps:1"})
    (call,) = calls("create")
    assert ("--network none" in shlex.join(call), "--network" in call) == (isolated, isolated)


@pytest.mark.parametrize(("isolated", "words"), [(True, ["--internal"]), (False, [])])
def test_two_hosts_see_each_other(group, calls, isolated, words):
    """They share a network, which is removed at the end by its name; that of an isolated job has no way out."""
    made = group(isolated=isolated, **{"algo-1": {"image": "steps:1"}, "algo-2": {"image": "steps:1"}})
    (network,) = calls("network")
    assert network[2:-3] == words
    for name, call in zip(("algo-1", "algo-2"), calls("create"), strict=True):
        assert call[call.index("--network") + 1] == network[-1]
        assert call[call.index("--network-alias") + 1] == name
    made.cleanup()
    assert [call[-1] for call in calls("rm")] == ["run-1-algo-1", "run-1-algo-2"]
    assert calls("network")[-1] == ["network", "rm", network[-1]]


@pytest.mark.parametrize("isolated", [True, False])
def test_a_server_has_a_port(group, calls, isolated):
    """It is published on loopback; the network of an isolated server has this port and no way out."""
    group(isolated=isolated, algo={"image": "steps:1", "command": "serve", "ports": ["8123:8080"]})
    (call,) = calls("create")
    assert call[call.index("--publish") + 1] == "127.0.0.1:8123:8080"
    assert ("--network" in call) == isolated
    assert "--network none" not in shlex.join(call)
    networks = calls("network")
    assert len(networks) == isolated
    assert all("com.docker.network.bridge.enable_ip_masquerade=false" in network for network in networks)


def test_the_users_own_number(group, calls):
    """Such a user has no home in the image; the options of the command line come last, and so win."""
    group(user="1000:100", options=["--memory=1g"], algo={"image": "steps:1"})
    (call,) = calls("create")
    assert call[call.index("--user") + 1] == "1000:100"
    assert "HOME=/tmp" in call
    assert call[-2:] == ["--memory=1g", "steps:1"]


def test_an_error_of_the_engine_keeps_its_words(group, calls, tmp_path):
    """No container, no traceback."""
    (tmp_path / "create.err").write_text("Error response from daemon: No such image: steps:1\n")
    with pytest.raises(container.ContainerError, match="Docker cannot create the container: No such image: steps:1"):
        group(algo={"image": "steps:1"})
    assert len(calls()) == 1


@pytest.fixture
def end(group, tmp_path):
    """A function that starts a container, waits for its end, and returns exit code and reason."""

    def wait(state, limit=0):
        if state:
            (tmp_path / "inspect.out").write_text(json.dumps([{"State": state, "HostConfig": {"Memory": limit}}]))
        job = group(algo={"image": "steps:1"}).starts[0]()
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


def test_a_container_that_is_lost(end, tmp_path):
    """It was removed from outside."""
    (tmp_path / "inspect.err").write_text("Error: No such container: run-1-algo\n")
    assert end(None) == (125, "the container was lost: Error: No such container: run-1-algo")


@pytest.mark.parametrize(
    ("state", "limit", "expected"),
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
        ({"Running": True}, 0, (125, "the container was lost: it still runs, but its output is no longer read")),
    ],
)
def test_the_verdict(state, limit, expected):
    """Each way to end has its reason, and no failure has the code 0."""
    assert verdict({**ENDED, **state}, limit) == expected


def test_signals_reach_the_container(group, calls, program):
    """A container is stopped by its name."""
    program.write_text(program.read_text() + '[ "$1" != start ] || exec sleep 60\n')
    job = group(algo={"image": "steps:1"}).starts[0]()
    job.send_signal(15)
    assert calls("kill") == [["kill", "--signal", "15", "run-1-algo"]]
    job._follower.kill()


def test_an_engine_that_cannot_stop_a_container(group, calls, program, tmp_path, monkeypatch):
    """The runner does not wait without end for an engine that has ended."""
    monkeypatch.setattr(child, "STOP_TIMEOUT_S", 0.1)
    program.write_text(program.read_text() + '[ "$1" != start ] || exec sleep 60\n')
    for verb in ("kill", "inspect"):
        (tmp_path / f"{verb}.err").write_text("Cannot connect to the Docker daemon\n")
    job = group(algo={"image": "steps:1"}).starts[0]()
    child.stop([job])
    assert (job.poll(), job.reason) == (125, "the container was lost: Cannot connect to the Docker daemon")
    assert [call[2] for call in calls("kill")] == ["15", "9"]


def test_a_container_that_has_ended_gets_no_signal(group, calls, tmp_path):
    """The engine would complain."""
    (tmp_path / "inspect.out").write_text(json.dumps([{"State": ENDED, "HostConfig": {"Memory": 0}}]))
    job = group(algo={"image": "steps:1"}).starts[0]()
    while job.poll() is None:
        time.sleep(0.005)
    child.stop([job])
    assert calls("kill") == []


def test_an_engine_that_does_not_answer(program):
    """Each call has a time limit."""
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(EngineError, match=r"no answer within 0\.1 seconds"):
        Engine(str(program)).ask("info", timeout=0.1)
