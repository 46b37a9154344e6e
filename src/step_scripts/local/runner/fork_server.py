"""A server of warm children: interpreters that have imported the slow libraries already, made by forking.

Started before the SDK is imported, it imports what the steps will need while the host is busy with that. It is asked
for a child over a Unix socket called ``warm`` in its folder, between two imports if need be, and tells the child's
process id and, at its end, its exit code. It ends, and its children with it, when its standard input is closed: when
the host is gone, however it went.

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
    """Imports, forks, and reports exit codes, in one thread: a fork copies no other."""

    def __init__(self, folder: str, modules: list[str]) -> None:
        os.chdir(folder)
        self._modules = modules
        self._children: dict[int, socket.socket] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f".{script.SOCKET}")
        self._listener.listen()
        os.rename(f".{script.SOCKET}", script.SOCKET)  # noqa: PTH104  # whoever finds it can connect to it
        self._ended, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that the wake-up pipe is written to
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._events = selectors.DefaultSelector()
        self._events.register(sys.stdin.fileno(), selectors.EVENT_READ, self._host_is_gone)
        self._events.register(self._ended, selectors.EVENT_READ, self._reap)
        self._events.register(self._listener, selectors.EVENT_READ, self._fork)

    def serve(self) -> NoReturn:
        """Import whenever there is nothing else to do."""
        while True:
            events = self._events.select(timeout=0 if self._modules else None)
            for key, _ in events:
                key.data()
            if not events:
                self._import(self._modules.pop(0))

    def _import(self, name: str) -> None:
        with contextlib.suppress(Exception):  # the step that needs it will say what is wrong with it
            importlib.import_module(name)
        gc.freeze()
        if threading.active_count() > 1:
            self._host_is_gone()  # a fork would not copy the threads that this library has started: no warm children

    def _host_is_gone(self) -> None:
        for pid in self._children:
            _kill(pid)
        os._exit(0)

    def _fork(self) -> None:
        connection, _ = self._listener.accept()
        with connection.makefile("rb") as stream:
            line = stream.readline()
        if not line:
            return  # the runner thought better of it
        server = os.getpid()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of threads, such as OpenBLAS's, which heeds forks
            pid = os.fork()
        if pid == 0:
            # The child speaks for itself, because the server may be busy importing; a signal is the server's to report.
            _tell(connection, os.getpid())
            self._events.close()
            for open_socket in (self._listener, *self._children.values()):
                open_socket.close()
            script.die_with_parent(server)
            request = json.loads(line)
            _start_over(request)
            script.become(request["argv"][1:], request["hidden"], tell=partial(_tell, connection))
        self._children[pid] = connection
        self._events.register(connection, selectors.EVENT_READ, partial(self._runner_is_gone, pid))

    def _runner_is_gone(self, pid: int) -> None:
        if pid in self._children:
            _kill(pid)

    def _reap(self) -> None:
        os.read(self._ended, 512)
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            connection = self._children.pop(pid)
            self._events.unregister(connection)
            _tell(connection, os.waitstatus_to_exitcode(status))
            connection.close()


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # the runner is gone, which the next event will say
        connection.sendall(number.to_bytes(4, "big", signed=True))


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _start_over(request: dict[str, Any]) -> None:
    """Turn a fork of the server into what a new interpreter would be."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
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
        del sys.modules[name]  # a job sees nothing of ours
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    Server(sys.argv[1], sys.argv[2:]).serve()
