import json
import os
import socket
import subprocess
import sys
import time

import pytest

from step_scripts.closure import PACKAGE
from step_scripts.local import preloaded as nursery


@pytest.fixture
def start_server(tmp_path):
    """A function that starts a server; its standard input stays open until the test ends."""
    servers = []

    def start(*modules, path=None):
        server = subprocess.Popen(
            [*nursery.SERVER, tmp_path, *modules],
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
    """A function that asks a server for a child: the connection, and the child's process id."""

    def connect(code):
        script = tmp_path / "script.py"
        script.write_text(code)
        wait_for(tmp_path / "warm")
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(tmp_path / "warm"))
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


def test_a_child_ends_with_its_runner(start_server, ask, wait_for, wait_for_end, tmp_path):
    """When the connection closes without a word, the server ends the child, and serves the next one."""
    start_server()
    connection, pid = ask(HANG)
    wait_for(tmp_path / "up")
    connection.close()
    wait_for_end(pid)
    connection, _ = ask("raise SystemExit(5)")
    assert int.from_bytes(connection.recv(4), "big") == 5


@pytest.mark.parametrize("how", ["stdin closes", "killed"])
def test_children_end_with_the_server(start_server, ask, wait_for, wait_for_end, tmp_path, how):
    """When the host is gone, or the server itself is killed, no child stays."""
    server = start_server()
    _, pid = ask(HANG)
    wait_for(tmp_path / "up")
    server.stdin.close() if how == "stdin closes" else server.kill()
    server.wait(10)
    wait_for_end(pid)


def test_a_child_need_not_wait_for_all_imports(start_server, ask, wait_for, tmp_path):
    """A request is served between two imports; what is not imported yet the child imports itself."""
    (tmp_path / "first.py").write_text("import time; open('first', 'w').close(); time.sleep(0.3)")
    (tmp_path / "second.py").write_text("import time; time.sleep(60)")
    start_server("first", "second", path=tmp_path)
    wait_for(tmp_path / "first")
    connection, _ = ask("import sys; sys.exit(10 + ('first' in sys.modules) + 2 * ('second' in sys.modules))")
    assert int.from_bytes(connection.recv(4), "big") == 11


def test_a_module_that_fails_is_left_to_the_step(start_server, ask, tmp_path):
    """An import error, or a module that is none, does not end the server."""
    (tmp_path / "broken.py").write_text("1 / 0")
    start_server("broken", "absent", "json.JSONDecoder", path=tmp_path)
    connection, _ = ask("import sys; sys.exit(5 + ('json' in sys.modules))")
    assert int.from_bytes(connection.recv(4), "big") == 6


def test_a_module_that_starts_threads_ends_the_server(start_server, tmp_path):
    """A fork would copy no thread, so there is no warm child."""
    (tmp_path / "threads.py").write_text(
        "import threading, time; threading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    )
    assert start_server("threads", path=tmp_path).wait(10) == 0


def test_a_silent_visitor_is_no_harm(start_server, ask, wait_for, tmp_path):
    """Who connects and says nothing gets nothing, and the next one is served."""
    start_server()
    wait_for(tmp_path / "warm")
    visitor = socket.socket(socket.AF_UNIX)
    visitor.connect(str(tmp_path / "warm"))
    visitor.close()
    connection, _ = ask("raise SystemExit(5)")
    assert int.from_bytes(connection.recv(4), "big") == 5
