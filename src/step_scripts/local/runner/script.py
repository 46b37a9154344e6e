"""Run a job's script in this interpreter, as ``python3 script`` would, and end the interpreter.

Both kinds of processes run a job this way, so that they cannot differ: a new interpreter starts this file as a program
(``python3 script.py HIDDEN SCRIPT ARGUMENTS...``), a preloaded worker calls `run_script`.

HIDDEN are the folders of the working tree. A project that is installed in editable form can be imported from
everywhere, but a container has only what the job's code bundle brings. So these folders are taken off the import path,
and a file that is missing in the bundle is missing here as well.

This file imports the standard library only, and belongs to no package when it runs as a program: a job finds no module
of ours in ``sys.modules``.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import ctypes
import io
import os
import signal
import sys
import threading
import types
from collections.abc import Callable  # noqa: TC003  # the fork server has imported it anyway
from typing import NoReturn

SOCKET = "fork-server"  # relative to its folder: a Unix socket's whole path has at most 104 characters on macOS
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """End this process when its parent is killed. Only Linux can do that; elsewhere the runner's watch is enough."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def run_script(argv: list[str], hidden: str, report: Callable[[int], None] = lambda _: None) -> NoReturn:
    """Run a script to its end, and exit.

    Parameters
    ----------
    argv
        The script and its arguments.
    hidden
        Folders that are taken off the import path, joined as in PATH.
    report
        Is called with the exit code at the very end.
    """
    code = 1
    try:
        folder = os.path.dirname(argv[0])  # noqa: PTH120  # pathlib would change what Python leaves as it is
        python_path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        removed = {*python_path, *hidden.split(os.pathsep)}
        rest = [entry for entry in sys.path if entry not in removed and os.path.realpath(entry) not in removed]
        sys.argv[:] = argv
        sys.path[:] = [folder, *filter(None, python_path), *rest]
        sys.path_importer_cache.clear()
        code = _run(argv[0])
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001  # as every interpreter does at its end
        atexit._run_exitfuncs()  # noqa: SLF001
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        report(code)
        os._exit(code)


def _run(script: str) -> int:
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=script, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    try:
        with io.open_code(script) as file:
            source = file.read()
    except OSError as error:
        print(f"{sys.executable}: can't open file {script!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        return 2
    try:
        code = compile(source, script, "exec", dont_inherit=True)
        exec(code, main.__dict__)  # noqa: S102  # the job is the user's own code
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001  # the last frame
        error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None  # without this function
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    run_script(sys.argv[2:], sys.argv[1])
