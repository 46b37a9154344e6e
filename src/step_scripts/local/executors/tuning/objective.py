"""The objective of a trial, from its log; and the order of the trials by it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from step_scripts.local.execution import Trial
    from step_scripts.local.executors.tuning.request import Objective


def final(log: Path, objective: Objective) -> float | None:
    """Return the last value of the objective in a log, as the service does; None if it is not a finite number.

    The service reads a log line by line, so the regular expression sees one line at a time.
    """
    if not log.is_file():
        return None
    with log.open(errors="replace") as lines:
        return last(lines, objective)


def last(lines: Iterable[str], objective: Objective) -> float | None:
    r"""Return the last value of the objective in lines of a log.

    Examples
    --------
    >>> import re
    >>> from step_scripts.local.executors.tuning.request import Objective
    >>> error = Objective("error", re.compile(r"error=(\S+)"), maximize=False)
    >>> last(["error=0.5 error=0.25\n", "error=2e-1\n", "end\n"], error)
    0.2
    """
    found = None
    for line in lines:
        for match in objective.pattern.finditer(line):
            found = _number(match[1])
    return found


def ranked(trials: Iterable[Trial], objective: Objective) -> list[Trial]:
    """Sort trials: the best first, and those without an objective last. Of equal ones the earlier comes first."""

    def place(trial: Trial) -> tuple[bool, float]:
        if trial.objective is None:
            return True, 0.0
        return False, -trial.objective if objective.maximize else trial.objective

    return sorted(trials, key=place)


def is_over(
    objectives: Sequence[float | None], objective: Objective, *, target: float | None, patience: int | None
) -> str | None:
    """Say why a search is over: it has reached its target, or has not become better for some time; None if it is not.

    Parameters
    ----------
    objectives
        Of the trials, in their order.
    target
        The value to reach, or None.
    patience
        How many trials in a row may not be better than the best one, or None for any number.

    Examples
    --------
    >>> import re
    >>> from step_scripts.local.executors.tuning.request import Objective
    >>> error = Objective("error", re.compile("(.*)"), maximize=False)
    >>> is_over([0.3, 0.1, 0.2], error, target=0.1, patience=None)
    'TargetObjectiveMetricValue 0.1 is reached'
    >>> is_over([0.3, 0.1, 0.2], error, target=None, patience=2)
    """
    best, since = None, 0
    for value in objectives:
        since += 1
        if value is not None and (best is None or objective.better(value, best)):
            best, since = value, 0
    if target is not None and best is not None and not objective.better(target, best):
        return f"TargetObjectiveMetricValue {target} is reached"
    if patience is not None and since >= patience:
        return f"{since} trials in a row have not become better"
    return None


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").replace("_", "x"))  # 1_000 is a number in Python alone
    except ValueError:
        return None
    return value if math.isfinite(value) else None
