"""The host's side of the fork server: start it, and end it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from step_scripts.closure import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

END_TIMEOUT_S = 2.0  # from SIGTERM to SIGKILL
SERVER = [sys.executable, "-m", "step_scripts.local.runner.fork_server"]


@contextlib.contextmanager
def fork_server(folder: Path, *, modules: Sequence[str], environment: Mapping[str, str]) -> Iterator[bool]:
    """Keep a fork server while entered; yield whether there is one.

    Parameters
    ----------
    folder
        Where its socket lies.
    modules
        What it imports, in this order. Without modules there is nothing to preload, and no server.
    environment
        In which it imports them.
    """
    if not modules or sys.platform == "darwin":  # Apple's frameworks, which libraries call, do not survive a fork
        yield False
        return
    server = subprocess.Popen(  # noqa: S603
        [*SERVER, str(folder), *modules],
        cwd=PACKAGE.parent,  # where it finds this package, installed or not
        env={**environment, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,  # closes when this process ends, however it ends
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C in the terminal does not reach it
    )
    try:
        yield True
    finally:
        server.terminate()
        try:
            server.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:  # it is inside a long call of a library's initialization
            server.kill()
            server.wait()
        assert server.stdin is not None
        server.stdin.close()
