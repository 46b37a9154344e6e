"""A fork server: an interpreter that has imported the slow libraries, and forks a worker for each job.

It starts before the SDK is imported, and imports what the steps will need while the host is busy with the SDK. A
client asks for a worker over a Unix socket in the server's folder, between two imports if need be. It gets the worker's
process id and, when the worker has ended, its exit code. The server ends, and its workers with it, when its standard
input is closed, which happens however the host ends, and on SIGTERM.

Run as a program: ``python3 -m step_scripts.local.runner.fork_server FOLDER MODULES...``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from functools import partial
from typing import Any, NoReturn

from step_scripts.local.runner import script


class Server:
    """Imports, forks and reports exit codes, all in one thread: a fork copies no other."""

    def __init__(self, folder: str, modules: list[str]) -> None:
        os.chdir(folder)
        self._modules = modules
        self._workers: dict[int, socket.socket] = {}
        self._pid = os.getpid()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f".{script.SOCKET}")
        self._listener.listen()
        os.rename(f".{script.SOCKET}", script.SOCKET)  # noqa: PTH104  # a client that finds it can connect to it
        self._ended, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that the wake-up pipe is written to
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: self._terminate())
        self._events = selectors.DefaultSelector()
        self._events.register(sys.stdin.fileno(), selectors.EVENT_READ, self._end)
        self._events.register(self._ended, selectors.EVENT_READ, self._reap)
        self._events.register(self._listener, selectors.EVENT_READ, self._fork)

    def serve(self) -> NoReturn:
        """Answer requests, and import the next module whenever there are none."""
        while True:
            events = self._events.select(timeout=0 if self._modules else None)
            for key, _ in events:
                key.data()
            if not events:
                self._import(self._modules.pop(0))

    def _import(self, name: str) -> None:
        with contextlib.suppress(Exception):  # the step that needs the module will report what is wrong with it
            importlib.import_module(name)
        gc.freeze()
        if threading.active_count() > 1:
            self._end()  # a fork would not copy the threads that this library has started

    def _terminate(self) -> None:
        if os.getpid() != self._pid:
            os._exit(128 + signal.SIGTERM)  # in a worker that has not been reset yet
        self._end()

    def _end(self) -> None:
        for pid in self._workers:
            _kill(pid)
        os._exit(0)

    def _fork(self) -> None:
        connection, _ = self._listener.accept()
        with connection.makefile("rb") as stream:
            line = stream.readline()
        if not line:
            return  # the client has closed the connection already
        server = os.getpid()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of threads, such as OpenBLAS's, which are safe to fork
            pid = os.fork()
        if pid == 0:
            # The worker sends its own id, because the server may be importing. The server reports deaths by a signal.
            _send(connection, os.getpid())
            self._events.close()
            for open_socket in (self._listener, *self._workers.values()):
                open_socket.close()
            script.die_with_parent(server)
            request = json.loads(line)
            _reset(request)
            script.run_script(request["argv"][1:], request["hidden"], report=partial(_send, connection))
        self._workers[pid] = connection
        self._events.register(connection, selectors.EVENT_READ, partial(self._client_has_gone, pid))

    def _client_has_gone(self, pid: int) -> None:
        if pid in self._workers:
            _kill(pid)

    def _reap(self) -> None:
        os.read(self._ended, 512)
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            connection = self._workers.pop(pid)
            self._events.unregister(connection)
            _send(connection, os.waitstatus_to_exitcode(status))
            connection.close()


def _send(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # the client has gone, which is the next event
        connection.sendall(number.to_bytes(4, "big", signed=True))


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _reset(request: dict[str, Any]) -> None:
    """Turn a fork of the server into what a new interpreter would be."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    for number, descriptor in ((0, nothing), (1, log), (2, log)):
        os.dup2(descriptor, number)
    os.closerange(nothing, log + 1)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]
    if random := sys.modules.get("numpy.random"):
        random.seed()  # its global generator is the server's; Python's own seeds itself again
    gc.enable()


if __name__ == "__main__":
    del sys.path[0]  # the folder in which it was started
    for name in [name for name in sys.modules if name.partition(".")[0] == "step_scripts"]:
        del sys.modules[name]  # a job sees no module of ours but those of its bundle
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    Server(sys.argv[1], sys.argv[2:]).serve()
