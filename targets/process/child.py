"""A job as a child process, in a process group of its own so that it can be stopped with all it started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from targets.process.container import Container

GRACE = 5.0  # seconds from SIGTERM to SIGKILL; SageMaker gives two minutes, a laptop's user does not
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Child(Protocol):
    """A running job."""

    pid: int

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while the job runs."""


def start(container: Container, log: Path) -> Child:
    """Start a container's command in a new interpreter or program; its output is appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # the job is the user's own code
            container.argv,
            env=container.environment,
            cwd=container.base,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_dies_with(os.getpid()),  # noqa: PLW1509  # the runner has one thread
        )


def stop(children: list[Child]) -> None:
    """Ask the children to end, and end them after `GRACE` seconds; their own children end with them."""
    for child in children:
        _signal_group(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(child.poll() is None for child in children):
        time.sleep(0.01)
    for child in children:
        _signal_group(child.pid, signal.SIGKILL)
        while child.poll() is None:
            time.sleep(0.01)


def die_with_parent(parent: int) -> None:
    """End this process when its parent is killed. Only Linux can; elsewhere the parent's own watch has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _dies_with(parent: int):  # type: ignore[no-untyped-def]
    return lambda: die_with_parent(parent)


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
