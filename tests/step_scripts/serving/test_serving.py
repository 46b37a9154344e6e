"""The server as a program: it starts when its model and its place are right, answers, and stops when it is asked to."""

import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import pytest
from prices.predictor import EXAMPLE

from step_scripts.serving.archive import read_archive
from step_scripts.serving.serving import serve

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
MAX_BYTES = 2**22  # of a model that is read here, instead of half a gigabyte
HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"


@pytest.fixture
def path():
    """The path of a socket, short enough to be one."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "s")


@pytest.fixture
def start(model):
    """A function that starts a server with some options, in a folder that is not the project's."""
    started = []

    def start(*options, **environment):
        command = [sys.executable, "-m", "step_scripts", "serve", *map(str, options)]
        command += [] if "--model" in options else ["--model", str(model)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, cwd="/", env=os.environ | environment, **streams))
        return started[-1]

    yield start
    for program in started:
        program.kill()
        program.communicate()


@pytest.fixture
def on_a_port(start):
    """A function that starts a server on a free port, and returns the program and the port once it is ready."""

    def on_a_port(*options, **environment):
        program = start("--port", "0", *options, **environment)
        ready = program.stdout.readline()
        found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", ready)
        assert found, ready + program.stderr.read()
        return program, int(found[1])

    return on_a_port


def ask(connection, body=None, kind="application/json"):
    """Send a record; return the status and the answer."""
    connection.request("POST", "/invocations", body or json.dumps(EXAMPLE), {"Content-Type": kind})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def on(port):
    """A connection to a port of this machine."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def test_it_answers_on_a_unix_socket_as_soon_as_it_says_ready_and_stops_on_sigterm(start, path):
    """The first call after the line is answered; the exit code of a stopped server is 0."""
    server = start("--uds", path)
    assert server.stdout.readline() == f"ready on the Unix socket {path}: POST /invocations (4 weights)\n"
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    status, answer = ask(connection)
    assert (status, answer["house_id"]) == (200, 1)
    connection.close()
    server.send_signal(signal.SIGTERM)
    out, errors = server.communicate(timeout=30)
    assert (server.returncode, out, errors) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_moment_of_being_ready_is_handled(number, path, model, monkeypatch, capsys):
    """Before uvicorn handles signals itself: the server that then starts stops at once."""
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    asked_to_stop = []

    def run(server, sockets):
        assert capsys.readouterr().out.startswith("ready")
        signal.raise_signal(number)
        asked_to_stop.append(server.should_exit)
        sockets[0].close()

    monkeypatch.setattr("uvicorn.Server.run", run)
    try:
        assert serve(model, uds=path) == 0
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert asked_to_stop == [True]


def test_it_stops_with_connections_open(on_a_port):
    """At once, as a success."""
    server, port = on_a_port()
    connection = on(port)
    assert ask(connection)[0] == 200
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=10) == 0


def test_a_server_that_is_killed_during_a_request_can_be_started_again(on_a_port):
    """A client sees its connection end; the next server uses the same port, and knows nothing of the request."""
    server, port = on_a_port()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(HEAD + b"{")
        time.sleep(0.1)
        server.kill()
        server.wait()
        client.settimeout(10)
        assert client.recv(100) == b""
    _, again = on_a_port("--port", port)
    assert again == port
    assert ask(on(port))[0] == 200


def test_a_transforms_server_reads_its_settings_and_reports_its_counts(on_a_port):
    """As SageMaker gives them, by environment variables; the report is for the run's record."""
    server, port = on_a_port(SAGEMAKER_BATCH="true", SAGEMAKER_MAX_PAYLOAD_IN_MB="1")
    connection = on(port)
    assert ask(connection, b'{"house_id": 2}\n', "application/jsonlines")[1]["price"] is None
    assert ask(connection)[0] == 200
    assert ask(connection, b" " * (2**20 + 1))[0] == 413
    server.send_signal(signal.SIGTERM)
    assert server.communicate(timeout=30) == ("report: rows=2 refused=1\n", "")


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "-1"}, "SAGEMAKER_MAX_PAYLOAD_IN_MB: expected a whole number up to 100"),
        ({"SAGEMAKER_BIND_TO_PORT": "65536"}, "SAGEMAKER_BIND_TO_PORT: expected a whole number up to 65535"),
    ],
)
def test_an_impossible_setting_is_a_sentence(model, environment, sentence, capsys):
    """Exit code 1, before anything is loaded."""
    assert serve(model, environment=environment) == 1
    assert capsys.readouterr().err.startswith(f"step-scripts serve: {sentence}; got ")


def test_no_limit_is_the_largest_body_that_the_service_sends(on_a_port):
    """The service says 0."""
    _, port = on_a_port(SAGEMAKER_MAX_PAYLOAD_IN_MB="0")
    connection = on(port)
    connection.request("GET", "/execution-parameters")
    assert json.loads(connection.getresponse().read())["MaxPayloadInMB"] == 100


def test_a_path_that_cannot_have_a_socket_is_reported(start, path):
    """Exit code 1, and why."""
    server = start("--uds", path / "no" / "folder")
    out, errors = server.communicate(timeout=60)
    assert (server.returncode, out) == (1, "")
    assert "No such file or directory" in errors


def test_a_port_in_use_is_reported(start, on_a_port):
    """Exit code 1, and no traceback."""
    _, port = on_a_port()
    server = start("--port", port)
    _, errors = server.communicate(timeout=60)
    assert server.returncode == 1
    assert "address already in use" in errors.lower()
    assert "Traceback" not in errors


def packed(folder, path, extra=None):
    """A folder as SageMaker packs it, and what does not belong there."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=".")
        if extra:
            archive.addfile(*extra)
    return path


def member(name, kind=tarfile.REGTYPE, target="", content=b""):
    """An entry of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(content)
    return info, io.BytesIO(content)


def _bomb(model, folder):
    return packed(model, folder / "bomb.tar.gz", member("code/zeros", content=bytes(MAX_BYTES + 1)))


def _truncated(model, folder):
    path = packed(model, folder / "cut.tar.gz")
    path.write_bytes(path.read_bytes()[:-1000])
    return path


REFUSED = {
    "cut short": (_truncated, "is not a valid model artifact"),
    "a path that leads out": (
        lambda model, folder: packed(model, folder / "out.tar.gz", member("../../evil", content=b"x")),
        "'../../evil' does not belong there",
    ),
    "a link": (
        lambda model, folder: packed(model, folder / "link.tar.gz", member("code/x", tarfile.SYMTYPE, "/etc/passwd")),
        "'code/x' does not belong there",
    ),
    "a bomb": (_bomb, "holds more data than a model artifact can have"),
    "nothing": (lambda _, folder: folder / "none", "no model artifact at"),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_model_is_refused(model, tmp_path, capsys, monkeypatch, make, sentence):
    """With a sentence and exit code 1, before the server listens; nothing is unpacked."""
    assert read_archive.__kwdefaults__["max_bytes"] == 512 * 2**20
    monkeypatch.setitem(read_archive.__kwdefaults__, "max_bytes", MAX_BYTES)
    wrong = make(model, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert serve(wrong, port=0) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("step-scripts serve: ")
    assert sentence in printed.err
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_model_the_projects_own_is_served(specimen, tmp_path):
    """The one among its fixtures, from any folder; for a project without one the message says where it was expected."""
    (tmp_path / "pyproject.toml").write_text('[tool.step-scripts]\npredictor = "prices.predictor"\n')
    command = [sys.executable, "-m", "step_scripts", "serve"]
    environment = os.environ | {"STEP_SCRIPTS_PROJECT": str(tmp_path)}
    (tmp_path / "prices").symlink_to(specimen / "prices")
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    expected = f"expected one folder with artifact.json below {tmp_path / 'fixtures'}, found none; add --model"
    assert done.stderr == f"step-scripts serve: {expected}\n"
