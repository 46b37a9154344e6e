"""How a step ends: its report, its exit code, its message, and the job's failure reason."""

import errno
import functools
import io
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, ParamSpec

from step_scripts._shared import StepScriptsError
from step_scripts.step.environment import base, host
from step_scripts.step.files import write_bytes

P = ParamSpec("P")

MAX_FAILURE = 1024  # characters of /opt/ml/output/failure that SageMaker shows as a job's FailureReason
_RIGHTS = "give this user the right to it, or name another path"
_SPACE = "free some space there, or name another folder; a job in the cloud needs a larger volume"
_FIXES = {
    errno.EACCES: _RIGHTS,
    errno.EDQUOT: _SPACE,
    errno.ENOENT: "name a path that exists",
    errno.ENOSPC: _SPACE,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "name a folder that can be written to",
}


def report(warning: str = "", **facts: float | str) -> None:
    """Print the last line of a step, which the pipeline's summary table reads.

    Parameters
    ----------
    warning : str
        What the user has to know although the step succeeded. It is printed before the line.
    **facts : float or str
        Names and values. One host of several adds ``part=<its number>``, for its facts are those of its part.

    Examples
    --------
    >>> report(rows=4000, error=0.807)
    report: rows=4000 error=0.8070
    """
    if warning:
        print(warning)
    here = host()
    facts |= {"part": here.number} if here.of > 1 else {}
    shown = (f"{name}={fact:.4f}" if isinstance(fact, float) else f"{name}={fact}" for name, fact in facts.items())
    print("report:", *shown, flush=True)


def leave_failure(message: str) -> None:
    """Write a message to ``<base>/output/failure``: its first 1024 characters are the job's failure reason.

    Without a container nothing is written.

    Examples
    --------
    >>> leave_failure("no rows")
    """
    if container := base():
        # On a full disk the message is on stderr alone; the exit code stays the same.
        with suppress(OSError):
            write_bytes(container / "output" / "failure", message[:MAX_FAILURE].encode())


def exits_cleanly(main: Callable[P, None]) -> Callable[P, int]:
    """Turn a step's ``main`` into a function that returns an exit code.

    Returns
    -------
    callable
        Takes what ``main`` takes, and returns

        - 0 after success;
        - 1 after an error: `StepScriptsError` and OSError as one message on stderr, any other one with its traceback.
          The message is the job's failure reason, too;
        - 130 after Ctrl-C.

        Wrong usage exits with 2, as argparse does. SIGTERM exits with 143. After either signal the step leaves no
        partial file.

    Examples
    --------
    >>> @exits_cleanly
    ... def main() -> None:
    ...     print("done")
    >>> main()
    done
    0
    """

    @functools.wraps(main)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> int:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a bare container's locale may lack characters of the tables
                stream.reconfigure(errors="backslashreplace")
        with _sigterm_unwinds():
            try:
                main(*args, **kwargs)
            except (StepScriptsError, OSError) as error:
                return _fail(format_message(error))
            except KeyboardInterrupt:
                print("stopped by Ctrl-C", file=sys.stderr, flush=True)
                return 128 + signal.SIGINT
            except Exception as error:  # noqa: BLE001 - the last frame: every error becomes an exit code
                traceback.print_exc()
                return _fail(f"{type(error).__name__}: {error}")
            return 0

    return wrapped


def format_message(error: Exception) -> str:
    """Return an error's message. For an OSError: the path, what is wrong, and how to fix it.

    Examples
    --------
    >>> format_message(FileNotFoundError(errno.ENOENT, "absent", "houses.csv"))
    'houses.csv: No such file or directory; name a path that exists'
    """
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    # The private folders of `all_or_nothing` are gone, and the user has never named them.
    path = re.sub(r"[/\\]\.[0-9a-f]{8}\.partial\b", "", str(error.filename2 or error.filename or "a file or a stream"))
    return f"{path}: {os.strerror(error.errno)}; {_FIXES.get(error.errno, 'look at this path, or name another')}"


def _fail(message: str) -> int:
    print(message, file=sys.stderr, flush=True)
    leave_failure(message)
    return 1


@contextmanager
def _sigterm_unwinds() -> Iterator[None]:
    """Let SIGTERM raise SystemExit(143), so that every `finally` runs. Only a main thread can set signal handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        print("stopped by SIGTERM", file=sys.stderr, flush=True)
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
