"""The host's side of the warm children: starts their server, and ends it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from step_scripts.closure import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SERVER = [sys.executable, "-m", "step_scripts.local.runner.fork_server"]


@contextlib.contextmanager
def opened(folder: Path, *, modules: Sequence[str], environment: Mapping[str, str]) -> Iterator[bool]:
    """Keep a server of warm children while entered; tell whether there is one.

    Parameters
    ----------
    folder
        Where its socket lies.
    modules
        What it imports, in this order. Without any there is no point in a server.
    environment
        In which it imports them.
    """
    if not modules or sys.platform == "darwin":  # Apple's frameworks, which libraries call, do not survive a fork
        yield False
        return
    server = subprocess.Popen(  # noqa: S603
        [*SERVER, str(folder), *modules],
        cwd=PACKAGE.parent,  # from where it finds this package, installed or not
        env={**environment, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,  # closes when this process ends, however it ends
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C in the terminal is this process's alone
    )
    try:
        yield True
    finally:
        server.kill()  # its children have been stopped by the runner
        server.wait()
        assert server.stdin is not None
        server.stdin.close()
