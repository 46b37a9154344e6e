"""A job as a child process, in a process group of its own so that it can be stopped with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from targets.shim import script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from targets.shim.container import Container

GRACE = 5.0  # seconds from SIGTERM to SIGKILL; SageMaker gives two minutes, a laptop's user does not
ROOT = Path(__file__).resolve().parents[2]
# A library reads environment variables while it is imported, and a warm child's libraries have been. These are for the
# job alone, or heeded by a warm child as well.
_HARMLESS = frozenset(
    {"PYTHONPATH", "SAGEMAKER_BASE_DIR", "TMPDIR", "TRAINING_JOB_NAME"}
    | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_ENDPOINT_URL"}
)


class Child(Protocol):
    """A running job."""

    @property
    def pid(self) -> int | None:
        """Its process id, as soon as it has one."""

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while the job runs."""


def start(container: Container, *, log: Path, server: Path | None, known: Mapping[str, str]) -> Child:
    """Start a container's command; its output is appended to `log`.

    Parameters
    ----------
    container
        The command and its surroundings.
    log
        A file.
    server
        Folder of a server of warm children, which serves the jobs that suit it.
    known
        The environment in which that server has imported the libraries.
    """
    if server and _is_script(container.argv) and suits(container.environment, known):
        with contextlib.suppress(OSError):
            return _WarmChild(container, log=log, server=server, instead=lambda: _new(container, log))
    return _new(container, log)


def suits(environment: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Tell whether a warm child can have this environment: one in which its libraries would be the same.

    Examples
    --------
    >>> suits({"HOME": "/root", "PYTHONPATH": "/code"}, {"HOME": "/root"})
    True
    >>> suits({"HOME": "/root", "OMP_NUM_THREADS": "1"}, {"HOME": "/root"})
    False
    """
    return {name for name, value in environment.items() if known.get(name) != value} <= _HARMLESS


def stop(children: list[Child]) -> None:
    """Ask the children to end, and end them after `GRACE` seconds; their own children end with them."""
    for child in children:
        _signal_group(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(child.poll() is None for child in children):
        time.sleep(0.01)
    for child in children:
        _signal_group(child, signal.SIGKILL)
        while child.pid and child.poll() is None:
            time.sleep(0.01)


def _is_script(argv: list[str]) -> bool:
    return len(argv) > 1 and argv[0] == sys.executable and not argv[1].startswith("-")


def _new(container: Container, log: Path) -> Child:
    program, *arguments = container.argv
    wrapper = [script.__file__, str(ROOT)] if _is_script(container.argv) else []
    parent = os.getpid()
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # the job is the user's own code
            [program, *wrapper, *arguments],
            env=container.environment,
            cwd=container.base,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: script.die_with_parent(parent),  # noqa: PLW1509  # the runner has one thread
        )


class _WarmChild:
    """A child of the server, known by a connection that tells its process id and, at its end, its exit code."""

    def __init__(self, container: Container, *, log: Path, server: Path, instead: Callable[[], Child]) -> None:
        request = {
            "argv": container.argv,
            "environment": container.environment,
            "cwd": str(container.base),
            "log": str(log),
            "hidden": str(ROOT),
        }
        self._told = b""
        self._instead = instead
        self._new: Child | None = None
        os.chdir(server)  # a socket's whole path may be longer than a socket's path may be
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(script.SOCKET)
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        self._connection.settimeout(0)

    @property
    def pid(self) -> int | None:
        return self._new.pid if self._new else self._number(0)

    def poll(self) -> int | None:
        if self._new is None and self._number(1) is None:
            self._listen()
        return self._new.poll() if self._new else self._number(1)

    def _number(self, index: int) -> int | None:
        piece = self._told[4 * index : 4 * index + 4]
        return int.from_bytes(piece, "big", signed=True) if len(piece) == 4 else None

    def _listen(self) -> None:
        try:
            told = self._connection.recv(8)
        except BlockingIOError:
            return
        except OSError:
            told = b""
        self._told += told
        if not told and self.pid is None:
            self._new = self._instead()  # the server is gone before it had a child
        elif not told:
            self._told = self._told[:4] + (-signal.SIGKILL).to_bytes(4, "big", signed=True)  # and took it along


def _signal_group(child: Child, number: int) -> None:
    if child.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
