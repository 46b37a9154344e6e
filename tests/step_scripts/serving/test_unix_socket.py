"""The server on a Unix socket: for a process that starts one for itself alone."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from prices.predictor import EXAMPLE

from step_scripts.serving.serving import serve


@pytest.fixture
def path():
    """Of a socket, short enough to be one."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "s")


@pytest.fixture
def start(model):
    """A function that starts a server on a path."""
    started = []

    def start(path):
        command = [sys.executable, "-m", "step_scripts", "serve", "--model", str(model), "--uds", str(path)]
        process = subprocess.Popen(
            command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_answers_as_soon_as_it_says_ready_and_ends_on_sigterm(start, path):
    """The first call after the line is answered; the exit code of a stopped server is 0."""
    server = start(path)
    assert server.stdout.readline() == f"ready on the Unix socket {path}: POST /invocations (4 weights)\n"
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("POST", "/invocations", json.dumps(EXAMPLE), {"Content-Type": "application/json"})
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["house_id"]) == (200, 1)
    connection.close()
    server.send_signal(signal.SIGTERM)
    out, errors = server.communicate(timeout=30)
    assert (server.returncode, out, errors) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_moment_of_being_ready_is_handled(number, path, model, monkeypatch, capsys):
    """Before uvicorn handles signals itself: the server that then starts ends at once."""
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    asked_to_end = []

    def run(server, sockets):
        assert capsys.readouterr().out.startswith("ready")
        signal.raise_signal(number)
        asked_to_end.append(server.should_exit)
        sockets[0].close()

    monkeypatch.setattr("uvicorn.Server.run", run)
    try:
        assert serve(model, uds=path) == 0
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert asked_to_end == [True]


def test_a_path_that_cannot_have_a_socket_is_reported(start, path):
    """Exit code 1, and why."""
    server = start(path / "no" / "folder")
    out, errors = server.communicate(timeout=60)
    assert (server.returncode, out) == (1, "")
    assert "No such file or directory" in errors
