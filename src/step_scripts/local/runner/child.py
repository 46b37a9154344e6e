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
from typing import TYPE_CHECKING, Protocol

from step_scripts.local.runner import script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from step_scripts.local.runner.container import Container

GRACE = 5.0  # seconds from SIGTERM to SIGKILL; SageMaker gives two minutes, a laptop's user does not
# A library reads environment variables while it is imported, and a warm child's libraries have been. These are for the
# job alone, or heeded by a warm child as well.
_HARMLESS = frozenset(
    {"PYTHONPATH", "TMPDIR", "TRAINING_JOB_NAME"}
    | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_ENDPOINT_URL"}
)


class Child(Protocol):
    """A running job.

    Attributes
    ----------
    reason
        Why it ended, where the exit code does not say it all.
    """

    @property
    def reason(self) -> str | None:
        """As above."""

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while the job runs."""

    def send_signal(self, number: int) -> None:
        """Send a signal to the job and to all that it started; they may be gone."""


def start(container: Container, log: Path, *, server: Path | None, known: Mapping[str, str], hidden: str = "") -> Child:
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
    hidden
        Folders that are taken off the import path, joined as in PATH.
    """
    if server and _is_script(container.argv) and suits(container.environment, known):
        with contextlib.suppress(OSError):
            return _WarmChild(container, log, server, hidden)
    return _ColdChild(container, log, hidden)


def suits(environment: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Tell whether a warm child can have this environment: one in which its libraries would be the same.

    Examples
    --------
    >>> suits({"HOME": "/root", "PYTHONPATH": "/code"}, {"HOME": "/root"})
    True
    >>> suits({"HOME": "/root", "OMP_NUM_THREADS": "1"}, {"HOME": "/root"})
    False
    """
    other = {name for name, value in environment.items() if known.get(name) != value}
    return all(name in _HARMLESS or name.startswith("SAGEMAKER_") for name in other)


def stop(children: Sequence[Child]) -> None:
    """Ask the children to end, and end them after `GRACE` seconds; what they have started ends with them."""
    for child in children:
        child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(child.poll() is None for child in children):
        time.sleep(0.01)
    for child in children:
        child.send_signal(signal.SIGKILL)
        while child.poll() is None:
            time.sleep(0.01)


def _is_script(argv: list[str]) -> bool:
    return len(argv) > 1 and argv[0] == sys.executable and not argv[1].startswith("-")


class _ColdChild:
    """A new interpreter, or another program."""

    reason = None

    def __init__(self, container: Container, log: Path, hidden: str) -> None:
        program, *arguments = container.argv
        wrapper = [script.__file__, hidden] if _is_script(container.argv) else []
        parent = os.getpid()
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # the job is the user's own code
                [program, *wrapper, *arguments],
                env=container.environment,
                cwd=container.base,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: script.die_with_parent(parent),  # noqa: PLW1509  # the runner has one thread
            )

    def poll(self) -> int | None:
        return self._process.poll()

    def send_signal(self, number: int) -> None:
        _signal_group(self._process.pid, number)


class _WarmChild:
    """A fork of the server, known by a connection that tells its process id and, at its end, its exit code."""

    reason = None

    def __init__(self, container: Container, log: Path, server: Path, hidden: str) -> None:
        request = {
            "argv": container.argv,
            "environment": container.environment,
            "cwd": str(container.base),
            "log": str(log),
            "hidden": hidden,
        }
        self._instead: Callable[[], Child] = lambda: _ColdChild(container, log, hidden)
        self._cold: Child | None = None
        self._pid: int | None = None
        self._code: int | None = None
        os.chdir(server)  # a socket's whole path may be longer than a socket's path may be
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(script.SOCKET)
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        self._connection.settimeout(0)

    def poll(self) -> int | None:
        if self._cold is None and self._code is None:
            self._listen()
        return self._cold.poll() if self._cold else self._code

    def send_signal(self, number: int) -> None:
        if self.poll() is not None:  # which reads the process id too, if it has been told by now
            return
        if self._cold:
            self._cold.send_signal(number)
        elif self._pid:
            _signal_group(self._pid, number)
        else:
            self._connection.close()  # the server, still importing, will end the child as soon as there is one
            self._code = -number

    def _listen(self) -> None:
        try:
            told = self._connection.recv(4)
        except BlockingIOError:
            return
        except OSError:
            told = b""
        if not told and self._pid is None:
            self._cold = self._instead()  # the server is gone
        elif self._pid is None:
            self._pid = int.from_bytes(told, "big")
        else:  # a server that is gone has taken its children along
            self._code = int.from_bytes(told, "big", signed=True) if told else -signal.SIGKILL


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
