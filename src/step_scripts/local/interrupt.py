"""Ctrl-C and its relatives, heard at the right moment."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from step_scripts.local.execution import Execution

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class InterruptedRunError(StepScriptsError):
    """The user, or the system, ended the run. No `KeyboardInterrupt`: the SDK's telemetry decorator swallows that.

    Attributes
    ----------
    execution : Execution or None
        The record of the run, where it had come as far as that.
    """

    execution: Execution | None = None


class Interrupt:
    """Turns signals into an orderly end for as long as it is entered (in the main thread; elsewhere it hears nothing).

    While the SDK's scheduler runs, a signal only makes a file appear, which tells the runner to stop the children: the
    step then fails, and the SDK puts its own things in order. At other times, and for the impatient second signal, it
    is an `InterruptedRunError` at once. While the run is being cleared away nothing happens.

    Attributes
    ----------
    heard : bool
        Whether a signal came.
    scheduling, clearing : bool
        To be set while the scheduler runs, and when it is time to clear away.
    stop_file : Path or None
        The file that appears.
    """

    def __init__(self) -> None:
        self.heard = self.scheduling = self.clearing = False
        self.stop_file: Path | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        """Listen."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Leave signals to whom they went before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned

    def check(self) -> None:
        """Raise what a library has swallowed, if it has."""
        if self.heard:
            raise InterruptedRunError("interrupted")

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        again, self.heard = self.heard, True
        if self.stop_file:
            self.stop_file.touch()
        if not self.clearing and (again or not self.scheduling):
            raise InterruptedRunError("interrupted")
