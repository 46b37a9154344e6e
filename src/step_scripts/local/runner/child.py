"""A job as a child process, in a process group of its own, so that it can be stopped with everything it started."""

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

STOP_TIMEOUT_S = 5.0  # from SIGTERM to SIGKILL; SageMaker gives two minutes, which is too long on a laptop
# A library reads environment variables while it is imported, and a preloaded worker has its libraries already. These
# variables have no effect on libraries, or have the same effect later.
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
        """Send a signal to the job and to everything it started; both may have ended."""


def start(container: Container, log: Path, *, server: Path | None, known: Mapping[str, str], hidden: str = "") -> Child:
    """Start a container's command; its output is appended to `log`.

    Parameters
    ----------
    container
        The command and its surroundings.
    log
        A file.
    server
        Folder of a fork server, whose preloaded workers run the jobs that suit it.
    known
        The environment in which that server has imported the libraries.
    hidden
        Folders that are taken off the import path, joined as in PATH.
    """
    if server and _is_script(container.argv) and suits(container.environment, known):
        with contextlib.suppress(OSError):
            return _PreloadedWorker(container, log, server, hidden)
    return _NewProcess(container, log, hidden)


def suits(environment: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Tell whether a preloaded worker can have this environment: its libraries would be the same in it.

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
    """Send the children SIGTERM, and SIGKILL after `STOP_TIMEOUT_S`; what they have started ends with them."""
    for child in children:
        child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline and any(child.poll() is None for child in children):
        time.sleep(0.01)
    for child in children:
        child.send_signal(signal.SIGKILL)
        while child.poll() is None:
            time.sleep(0.01)


def _is_script(argv: list[str]) -> bool:
    return len(argv) > 1 and argv[0] == sys.executable and not argv[1].startswith("-")


class _NewProcess:
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


class _PreloadedWorker:
    """A fork of the fork server; a connection carries its process id and, when it has ended, its exit code."""

    reason = None

    def __init__(self, container: Container, log: Path, server: Path, hidden: str) -> None:
        request = {
            "argv": container.argv,
            "environment": container.environment,
            "cwd": str(container.base),
            "log": str(log),
            "hidden": hidden,
        }
        self._start_instead: Callable[[], Child] = lambda: _NewProcess(container, log, hidden)
        self._instead: Child | None = None
        self._pid: int | None = None
        self._code: int | None = None
        os.chdir(server)  # the socket's whole path may be longer than the system allows
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(script.SOCKET)
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        self._connection.settimeout(0)

    def poll(self) -> int | None:
        if self._instead is None and self._code is None:
            self._read()
        return self._instead.poll() if self._instead else self._code

    def send_signal(self, number: int) -> None:
        ended = self.poll() is not None  # this reads the process id too, if it has arrived
        if self._instead:
            self._instead.send_signal(number)
        elif self._pid:
            _signal_group(self._pid, number)  # also when it has ended: what it started may still run
        elif not ended:
            self._connection.close()  # the server is still importing, and ends the worker as soon as there is one
            self._code = -number

    def _read(self) -> None:
        try:
            number = self._connection.recv(4)
        except BlockingIOError:
            return
        except OSError:
            number = b""
        if not number and self._pid is None:
            self._instead = self._start_instead()  # the server has ended
        elif self._pid is None:
            self._pid = int.from_bytes(number, "big")
        else:  # without a number the server has ended, and its workers with it
            self._code = int.from_bytes(number, "big", signed=True) if number else -signal.SIGKILL


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
