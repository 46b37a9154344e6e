"""A server in a container: what ends it, and what is left of it."""

import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time

import pytest

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def trained(engine, claims_run):  # noqa: ARG001  # without an engine, a skip
    """The folder of an archive that a run has trained."""
    return claims_run("shipped tables", "docker").folder / "Train/output"


@pytest.fixture
def start(project, trained, tmp_path, engine_traces):
    """A function that starts an endpoint in a container, as a program; at the end nothing of it is left."""
    before, programs = engine_traces(), []

    def run(*options, model=trained):
        words = ["endpoint", "--target", "docker", "--model", model, "--folder", tmp_path / "endpoint", *options]
        program = subprocess.Popen(
            [sys.executable, "-m", "step_scripts", *words],
            cwd=project,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        programs.append(program)
        return program

    yield run
    for program in programs:
        program.kill()
        program.communicate()
    assert engine_traces() == before
    assert not list(tmp_path.glob("step-scripts-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_endpoint_ends_on_a_signal(start, number):
    """Both signals end it in order: the server respects them as process 1."""
    program = start()
    assert "in service" in program.stdout.readline()
    before = time.monotonic()
    program.send_signal(number)
    assert program.communicate(timeout=30) == ("", "")
    assert program.returncode == 0
    assert time.monotonic() - before < 4.5  # no time limit is reached


def test_a_model_that_is_rejected(start, tmp_path):
    """With the server's message, and at once."""
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(__file__, "model.txt")
    program = start(model=tmp_path)
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out) == (1, "")
    assert "the server ended before it was ready: step-scripts serve: expected the code that a train step packs" in err


@pytest.mark.enable_socket
def test_a_port_that_is_taken(start):
    """Docker's message has the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        program = start("--port", port)
        out, err = program.communicate(timeout=60)
    assert (program.returncode, out) == (1, "")
    assert re.search(rf"{port}.* (is already allocated|address already in use)", err)


def test_a_server_that_is_killed_from_outside(start, engine):
    """The endpoint reports it, and ends."""
    program = start()
    assert "in service" in program.stdout.readline()
    engine.ask("kill", engine.ask("ps", "--quiet", "--filter", "label=step-scripts"))
    assert "the server has ended" in program.communicate(timeout=30)[1]
    assert program.returncode == 1
