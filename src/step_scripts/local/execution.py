"""The record of one execution of a pipeline: its steps, its outputs, why it failed. It is the same on every target.

``run.json`` is the same as data, for programs::

    {"schema": 1, "execution": "2DRR2511NGO3", "pipeline": "houses", "target": "process",
     "status": "Succeeded" | "Failed" | "Interrupted",
     "started": "2026-01-31T12:00:00+00:00", "seconds": 4.2, "timings": {"sdk": 1.4, "compile": 0.4, ...},
     "parameters": {"TestFraction": 0.2, ...}, "stop_after": null | "Train",
     "failure": null | {"step": "Train", "reason": "exit code 1", "message": "..." | null, "log_tail": ["...", ...]},
     "steps": [{"name": "Preprocess", "type": "Processing", "order": 1 | null,
                "status": "Succeeded" | "Failed" | "Interrupted" | "Skipped", "seconds": 0.8 | null,
                "outputs": {"train": "Preprocess/train", ...}, "report": {"rows": 5000, ...},
                "outcome": true | false | null, "log": "Preprocess/log.txt" | null}, ...]}

A tuning step has ``trials`` too: the best first, and those without an objective last, in the order in which they
were chosen::

    {"name": "Tune", "type": "Tuning", ...,
     "trials": [{"name": "2drr2511ngo3-Tune-0c5b6f3a1e-003", "status": "Completed" | "Failed" | "Stopped",
                 "objective": 0.82 | null, "hyperparameters": {"max-depth": "3", ...}, "seconds": 0.7,
                 "log": "Tune/003/log.txt", "reason": null | "exit code 1"}, ...]}

Paths are relative to the folder of ``run.json``. A step that did not run, because of a condition, an error or
``stop_after``, is ``Skipped`` and has no ``order``. ``outcome`` is the result of a condition.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from step_scripts._shared import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

SUCCEEDED, FAILED, INTERRUPTED, SKIPPED, EXECUTING = "Succeeded", "Failed", "Interrupted", "Skipped", "Executing"

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
COUNTS = re.compile(r"[A-Za-z_]\w*:[0-9]+(,[A-Za-z_]\w*:[0-9]+)*")


@dataclass(frozen=True)
class Trial:
    """One training job of a tuning step.

    Attributes
    ----------
    name
        Of the training job.
    number
        1 for the one that was chosen first.
    status
        ``Completed``, ``Failed`` or ``Stopped``, as in the service.
    objective
        The final value of the metric that decides; None if the trial has none.
    hyperparameters
        Those that were chosen for it, as it received them.
    seconds
        How long it took, with the transfer of its inputs and outputs.
    log
        What it printed.
    reason
        Why it failed.
    """

    name: str
    number: int
    status: str
    objective: float | None
    hyperparameters: dict[str, str]
    seconds: float
    log: Path
    reason: str | None = None


@dataclass
class Step:
    """One step of an execution.

    Attributes
    ----------
    name, type
        As in the definition.
    status
        ``Executing`` while it runs; then ``Succeeded``, ``Failed``, ``Interrupted`` or ``Skipped``.
    order
        1 for the step that started first; None where it never started.
    seconds
        How long it took, with the transfer of its inputs and outputs.
    outputs
        Output name to the local folder of its files.
    report
        The values of the last line of its log that starts with ``report:``.
    outcome
        A condition's result.
    log
        What it printed.
    properties
        What a ``Describe*`` call of the service would answer, for a test that lets a later run find it in the cache.
        It is not in ``run.json``.
    trials
        Of a tuning step, the best first.
    """

    name: str
    type: str
    status: str = SKIPPED
    order: int | None = None
    seconds: float | None = None
    outputs: dict[str, Path] = field(default_factory=dict)
    report: dict[str, str] = field(default_factory=dict)
    outcome: bool | None = None
    log: Path | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)


@dataclass(frozen=True)
class Failure:
    """Why an execution failed: the step, what ended it, the step's own message, and the last lines of its log."""

    step: str | None
    reason: str
    message: str | None = None
    log_tail: tuple[str, ...] = ()


@dataclass
class Execution:
    """One execution of a pipeline.

    Attributes
    ----------
    id
        12 capital letters and digits, as the service's ids.
    folder
        Holds its outputs, logs and ``run.json``.
    seconds
        From the call to the end.
    timings
        Seconds of the parts that belong to no step: ``sdk`` (import), ``compile``, ``upload``.
    """

    id: str
    pipeline: str
    target: str
    folder: Path
    started: datetime
    parameters: dict[str, Any] = field(default_factory=dict)
    stop_after: str | None = None
    status: str = EXECUTING
    seconds: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    failure: Failure | None = None

    def step(self, name: str) -> Step:
        """Return a step by its name.

        Raises
        ------
        KeyError
            If the pipeline has no such step.
        """
        return {step.name: step for step in self.steps}[name]

    def end(self, status: str) -> None:
        """End the execution before its pipeline has ended. No step is left that seems to run."""
        self.status = status
        for step in self.steps:
            if step.status == EXECUTING:
                step.status = status

    def write(self) -> Path:
        """Write ``run.json``, which appears whole or not at all."""
        return write_whole(self.folder / "run.json", (json.dumps(self.as_dict(), indent=2) + "\n").encode())

    def as_dict(self) -> dict[str, Any]:
        """Return the content of ``run.json``."""
        return {
            "schema": 1,
            "execution": self.id,
            "pipeline": self.pipeline,
            "target": self.target,
            "status": self.status,
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "timings": {name: round(value, 3) for name, value in self.timings.items()},
            "parameters": self.parameters,
            "stop_after": self.stop_after,
            "failure": asdict(self.failure) if self.failure else None,
            "steps": [self._step_as_dict(step) for step in self.steps],
        }

    def _step_as_dict(self, step: Step) -> dict[str, Any]:
        return {
            "name": step.name,
            "type": step.type,
            "order": step.order,
            "status": step.status,
            "seconds": None if step.seconds is None else round(step.seconds, 3),
            "outputs": {name: path.relative_to(self.folder).as_posix() for name, path in step.outputs.items()},
            "report": {name: _value(text) for name, text in step.report.items()},
            "outcome": step.outcome,
            "log": step.log.relative_to(self.folder).as_posix() if step.log else None,
            **({"trials": [self._trial_as_dict(trial) for trial in step.trials]} if step.trials else {}),
        }

    def _trial_as_dict(self, trial: Trial) -> dict[str, Any]:
        return {
            "name": trial.name,
            "status": trial.status,
            "objective": trial.objective,
            "hyperparameters": trial.hyperparameters,
            "seconds": round(trial.seconds, 3),
            "log": trial.log.relative_to(self.folder).as_posix(),
            "reason": trial.reason,
        }


def _value(text: str) -> int | float | str | dict[str, int]:
    """Return a reported value with its type: a number, counts by name (``price_range:2,rooms_range:1``), or a word.

    Examples
    --------
    >>> _value("5000"), _value("0.8222"), _value("price_range:2,rooms_range:1"), _value("hist")
    (5000, 0.8222, {'price_range': 2, 'rooms_range': 1}, 'hist')
    """
    if COUNTS.fullmatch(text):
        return {name: int(count) for name, _, count in (pair.rpartition(":") for pair in text.split(","))}
    if not NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)
