"""Ctrl-C and its relatives, heard at the right moment."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from targets.process.recorder import InterruptedRunError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupt:
    """Turns signals into an orderly end for as long as it is entered (in the main thread; elsewhere it does nothing).

    While the SDK's scheduler runs, a signal only makes the file appear that tells the runner to stop the children:
    the step then fails and the SDK puts its own things in order. At other times, and for the impatient second signal,
    `InterruptedRunError` is raised at once.

    Attributes
    ----------
    heard : bool
        Whether a signal came.
    scheduling : bool
        To be set while the scheduler runs.
    """

    def __init__(self, stop_file: Path) -> None:
        self.heard = False
        self.scheduling = False
        self._stop_file = stop_file
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        again, self.heard = self.heard, True
        self._stop_file.touch()
        if again or not self.scheduling:
            raise InterruptedRunError(f"interrupted by {signal.Signals(number).name}")
