"""What is known about one execution of a pipeline, whatever the target: its steps, its outputs, why it failed.

``run.json`` is the same as data, for programs::

    {"schema": 1, "execution": "2DRR2511NGO3", "pipeline": "claims-fraud", "target": "process",
     "status": "Succeeded" | "Failed" | "Interrupted",
     "started": "2026-01-31T12:00:00+00:00", "seconds": 4.2, "timings": {"sdk": 1.4, "compile": 0.4, ...},
     "parameters": {"TestFraction": 0.2, ...}, "stop_after": null | "Train",
     "failure": null | {"step": "Train", "reason": "exit code 1", "message": "..." | null, "log_tail": ["...", ...]},
     "steps": [{"name": "Preprocess", "type": "Processing", "order": 1 | null,
                "status": "Succeeded" | "Failed" | "Interrupted" | "Skipped", "seconds": 0.8 | null,
                "outputs": {"train": "Preprocess/train", ...}, "report": {"rows": 5000, ...},
                "outcome": true | false | null, "log": "Preprocess/log.txt" | null}, ...]}

Paths are relative to the folder of ``run.json``. A step that a condition, an error or ``stop_after`` passed over is
``Skipped`` and has no ``order``; ``outcome`` is the answer of a condition.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

SUCCEEDED, FAILED, INTERRUPTED, SKIPPED, EXECUTING = "Succeeded", "Failed", "Interrupted", "Skipped", "Executing"

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
COUNTS = re.compile(r"[A-Za-z_]\w*:[0-9]+(,[A-Za-z_]\w*:[0-9]+)*")


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
        How long it took, inputs' and outputs' way included.
    outputs
        Output name to the local folder of its files.
    report
        The values of the last line of its log that starts with ``report:``.
    outcome
        A condition's answer.
    log
        What it printed.
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


@dataclass(frozen=True)
class Failure:
    """Why an execution failed: where, what ended it, the step's own words, and the last lines of its log."""

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
        Looks like the service's: 12 capital letters and digits.
    folder
        Where its outputs, logs and ``run.json`` lie.
    seconds
        From the call to the end.
    timings
        Seconds of the parts that are no step: ``sdk`` (import), ``compile``, ``upload``.
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
        """Find a step by its name.

        Raises
        ------
        KeyError
            If the pipeline has no such step.
        """
        return {step.name: step for step in self.steps}[name]

    def write(self) -> Path:
        """Write ``run.json``, which appears whole or not at all."""
        partial = self.folder / ".run.json.partial"
        partial.write_text(json.dumps(self.as_dict(), indent=2) + "\n")
        return partial.replace(self.folder / "run.json")

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
            "report": {name: _value(told) for name, told in step.report.items()},
            "outcome": step.outcome,
            "log": step.log.relative_to(self.folder).as_posix() if step.log else None,
        }


def _value(told: str) -> int | float | str | dict[str, int]:
    """Return a reported value as what it is: a number, counts by name (``month_range:2,hour_range:1``), or a word.

    Examples
    --------
    >>> _value("5000"), _value("0.8222"), _value("month_range:2,hour_range:1"), _value("hist")
    (5000, 0.8222, {'month_range': 2, 'hour_range': 1}, 'hist')
    """
    if COUNTS.fullmatch(told):
        return {name: int(count) for name, _, count in (pair.rpartition(":") for pair in told.split(","))}
    if not NUMBER.fullmatch(told):
        return told
    return float(told) if "." in told else int(told)
