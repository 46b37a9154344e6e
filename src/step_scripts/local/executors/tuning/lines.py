"""What a person sees of a search: a line when a trial ends, and the end of a log when there is no winner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from step_scripts.local.executors.tuning.trials import COMPLETED
from step_scripts.local.progress import TAIL, shown

if TYPE_CHECKING:
    from step_scripts.local.execution import Trial
    from step_scripts.local.executors.tuning.request import Objective


class Progress:
    """The best trial so far, in the order in which they end: only for a person who waits.

    Parameters
    ----------
    objective
        What decides.
    total
        The number of trials.
    """

    def __init__(self, objective: Objective, total: int) -> None:
        self._objective, self._total = objective, total
        self._best: tuple[float, int] | None = None
        self._ended = 0

    def line(self, trial: Trial) -> str:
        """Return what to show of a trial that has ended."""
        self._ended += 1
        values = " ".join(f"{name}={rounded(value)}" for name, value in trial.hyperparameters.items())
        parts = (
            f"{self._ended} of {self._total}",
            f"trial {trial.number}",
            self._outcome(trial),
            values,
            self._so_far(trial),
        )
        return "  ".join(filter(None, parts))

    def _outcome(self, trial: Trial) -> str:
        metric = self._objective.metric
        if trial.objective is not None:
            return f"✓ {metric}={trial.objective!r}"
        if trial.status == COMPLETED:
            return f"✗ no {metric} in {shown(trial.log)}"
        return f"✗ {trial.status}, {trial.reason}: {shown(trial.log)}"

    def _so_far(self, trial: Trial) -> str:
        if trial.objective is not None and self._is_best(trial.objective, trial.number):
            self._best = trial.objective, trial.number
            return "(best so far)"
        return f"(best so far: {self._best[0]!r} of trial {self._best[1]})" if self._best else ""

    def _is_best(self, value: float, number: int) -> bool:
        if self._best is None or self._objective.better(value, self._best[0]):
            return True
        return value == self._best[0] and number < self._best[1]


def rounded(value: str) -> str:
    """Shorten a number for a person; other words stay as they are.

    Examples
    --------
    >>> rounded("0.13436424411240122"), rounded("3"), rounded("hist")
    ('0.134364', '3', 'hist')
    """
    try:
        return value if value.lstrip("-").isdigit() else f"{float(value):.6g}"
    except ValueError:
        return value


def evidence(trial: Trial) -> list[str]:
    """Return a trial's own failure message, and the end of its log."""
    message = trial.log.with_name("failure.txt")
    found = message.read_text(errors="replace").strip().splitlines() if message.is_file() else []
    log = trial.log.read_text(errors="replace").splitlines()[-TAIL:] if trial.log.is_file() else []
    return (
        [*found, f"the end of {shown(trial.log)}:", *(f"  {line}" for line in log)]
        if log
        else [*found, f"log: {shown(trial.log)}"]
    )
