"""Ctrl-C, SIGTERM and SIGHUP: an orderly end of a run, at whatever moment the signal comes.

Python calls a signal's handler between any two instructions: in a library's ``finally``, in a destructor, inside an
import. An exception that is raised there can be swallowed, or become another one, such as an ImportError. So while a
run is prepared the handler raises nothing. It notes the signal, and the run ends at the next safe place: at
`Interrupt.check`, or at the next import, of which the SDK has thousands. Every other exception that leaves an
interrupted run is turned into an `InterruptedRunError`.
"""

from __future__ import annotations

import enum
import signal
import sys
import threading
from typing import TYPE_CHECKING, Self

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FrameType, TracebackType

    from step_scripts.local.execution import Execution

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
EXIT_CODE = 130  # 128 + SIGINT


class InterruptedRunError(StepScriptsError):
    """A signal has ended the run. It is no `KeyboardInterrupt`, because the SDK's telemetry decorator swallows that.

    Attributes
    ----------
    execution : Execution or None
        The record of the run, if there is one already.
    """

    def __init__(self, message: str = "interrupted", execution: Execution | None = None) -> None:
        super().__init__(message)
        self.execution = execution


class Phase(enum.Enum):
    """What a signal does.

    Attributes
    ----------
    PREPARING
        The first signal ends the run at the next safe place; a second one ends it at once.
    RUNNING
        The first signal makes `Interrupt.stop_file` appear. The runner then stops the job, the step fails, and the
        SDK's scheduler ends in order. A second signal raises at once.
    SERVING
        A signal raises at once: the caller's own code is running.
    CLEANUP
        A signal is ignored.
    """

    PREPARING = enum.auto()
    RUNNING = enum.auto()
    SERVING = enum.auto()
    CLEANUP = enum.auto()


class Interrupt:
    """Handles the signals while it is entered, in the main thread; in another thread it handles none.

    It may be entered inside another one. A signal that the outer one has received counts for the inner one too.

    Attributes
    ----------
    received : bool
        Whether a signal has come.
    phase : Phase
        What a signal does. Set by the code that runs.
    stop_file : Path or None
        The file that appears with the first signal.

    Raises
    ------
    InterruptedRunError
        On exit, in the place of any other exception, if a signal has come.
    """

    def __init__(self) -> None:
        self.received = False
        self.phase = Phase.PREPARING
        self.stop_file: Path | None = None
        self._before: dict[signal.Signals, object] = {}
        self._thread = threading.get_ident()

    def __enter__(self) -> Self:
        """Install the handlers."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                # A signal that is ignored from the start, as SIGHUP under nohup, stays ignored.
                if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._handle)
            outer = (getattr(handler, "__self__", None) for handler in self._before.values())
            self.received |= any(each.received for each in outer if isinstance(each, Interrupt))
            sys.meta_path.insert(0, self)  # a finder that finds nothing
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the handlers that were there before."""
        if self._before:
            sys.meta_path.remove(self)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned
        if error and self.received and not isinstance(error, InterruptedRunError):
            raise InterruptedRunError from error

    def check(self) -> None:
        """Raise an `InterruptedRunError` if a signal has come."""
        if self.received:
            raise InterruptedRunError

    def find_spec(self, _name: str, _path: Sequence[str] | None, _target: object = None) -> None:
        """Find no module: this import is a safe place to end, and later ones would only take time."""
        if self.received and self.phase is Phase.PREPARING and threading.get_ident() == self._thread:
            # No Exception: `except Exception` around an import, as libraries have it, shall not swallow this.
            raise KeyboardInterrupt

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.phase is Phase.CLEANUP:
            return
        first, self.received = not self.received, True
        if self.stop_file:
            self.stop_file.touch()
        if self.phase is Phase.SERVING:
            self.phase = Phase.CLEANUP
            raise InterruptedRunError
        if not first:
            raise InterruptedRunError


def exit_code_of(main: Callable[[], int]) -> int:
    """Call a program's main function; return its exit code, or 130 and a short message if a signal has come.

    Everything that the function imports and does is covered, so that no signal ends in a traceback.

    Examples
    --------
    >>> exit_code_of(lambda: 0)
    0
    """
    try:
        with Interrupt() as interrupt:
            code = main()
            if code != EXIT_CODE:  # else the function has handled the signal, and has said so
                interrupt.check()
    except InterruptedRunError as error:
        print(error, file=sys.stderr)
        return EXIT_CODE
    return code
