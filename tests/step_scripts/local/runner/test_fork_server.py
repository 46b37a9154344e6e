import json
import os
import socket
import subprocess
import sys
import time

import pytest

from step_scripts.closure import PACKAGE
from step_scripts.local import preloaded
from step_scripts.local.runner.script import SOCKET


@pytest.fixture
def start_server(tmp_path):
    """A function that starts a server; its standard input stays open until the test ends."""
    servers = []

    def start(*modules, path=None):
        server = subprocess.Popen(
            [*preloaded.SERVER, tmp_path, *modules],
            cwd=PACKAGE.parent,
            stdin=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], **({"PYTHONPATH": str(path)} if path else {})},
        )
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.kill()
        server.communicate()


@pytest.fixture
def ask(tmp_path, wait_for):
    """A function that asks a server for a worker: the connection, and the worker's process id."""

    def connect(code):
        script = tmp_path / "script.py"
        script.write_text(code)
        wait_for(tmp_path / SOCKET)
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(tmp_path / SOCKET))
        request = {
            "argv": [sys.executable, str(script)],
            "environment": {},
            "cwd": str(tmp_path),
            "log": str(tmp_path / "log.txt"),
            "hidden": "",
        }
        connection.sendall(json.dumps(request).encode() + b"\n")
        return connection, int.from_bytes(connection.recv(4), "big")

    return connect


@pytest.fixture
def wait_for():
    """A function that waits until a path is there."""

    def wait(path):
        deadline = time.monotonic() + 10
        while not path.exists():
            assert time.monotonic() < deadline, f"{path} did not appear in time"
            time.sleep(0.01)

    return wait


HANG = "import os, time; open('up', 'w').close(); time.sleep(60)"


def test_a_worker_ends_with_its_client(start_server, ask, wait_for, wait_for_end, tmp_path):
    """When the connection closes, the server ends the worker, and serves the next client."""
    start_server()
    connection, pid = ask(HANG)
    wait_for(tmp_path / "up")
    connection.close()
    assert wait_for_end(pid)
    connection, _ = ask("raise SystemExit(5)")
    assert int.from_bytes(connection.recv(4), "big") == 5


@pytest.mark.parametrize("how", ["stdin closes", "terminated", "killed"])
def test_workers_end_with_the_server(start_server, ask, wait_for, wait_for_end, tmp_path, how):
    """When the host has ended, or the server is killed, no worker stays."""
    server = start_server()
    _, pid = ask(HANG)
    wait_for(tmp_path / "up")
    {"stdin closes": server.stdin.close, "terminated": server.terminate, "killed": server.kill}[how]()
    server.wait(10)
    assert wait_for_end(pid)


def test_a_worker_need_not_wait_for_all_imports(start_server, ask, wait_for, tmp_path):
    """A request is served between two imports; the worker imports itself what is still missing."""
    (tmp_path / "first.py").write_text("import time; open('first', 'w').close(); time.sleep(0.3)")
    (tmp_path / "second.py").write_text("import time; time.sleep(60)")
    start_server("first", "second", path=tmp_path)
    wait_for(tmp_path / "first")
    connection, _ = ask("import sys; sys.exit(10 + ('first' in sys.modules) + 2 * ('second' in sys.modules))")
    assert int.from_bytes(connection.recv(4), "big") == 11


def test_a_module_that_fails_is_left_to_the_step(start_server, ask, tmp_path):
    """An import error, or a name that is not a module, does not end the server."""
    (tmp_path / "broken.py").write_text("1 / 0")
    start_server("broken", "absent", "json.JSONDecoder", path=tmp_path)
    connection, _ = ask("import sys; sys.exit(5 + ('json' in sys.modules))")
    assert int.from_bytes(connection.recv(4), "big") == 6


def test_a_module_that_starts_threads_ends_the_server(start_server, tmp_path):
    """A fork would copy no thread, so there is no preloaded worker."""
    (tmp_path / "threads.py").write_text(
        "import threading, time; threading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    )
    assert start_server("threads", path=tmp_path).wait(10) == 0


def test_a_client_that_sends_nothing_is_harmless(start_server, ask, wait_for, tmp_path):
    """It gets no worker, and the next client is served."""
    start_server()
    wait_for(tmp_path / SOCKET)
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(tmp_path / SOCKET))
    client.close()
    connection, _ = ask("raise SystemExit(5)")
    assert int.from_bytes(connection.recv(4), "big") == 5
