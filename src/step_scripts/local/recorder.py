"""Follow an execution step by step: write the job spec before each step, collect outputs and failure after it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from step_scripts.local import execution as records
from step_scripts.local import storage
from step_scripts.local.executors import EXECUTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from pathlib import Path

    from step_scripts.local.interrupt import Interrupt
    from step_scripts.local.runner.job_spec import RunSpec

JOBS = frozenset({"Processing", "Training", "Transform"})
TAIL = 20  # lines of a failed step's log


class Recorder:
    """An observer of the SDK's scheduler that keeps an `Execution` up to date.

    Parameters
    ----------
    execution
        The record; its steps are known before the first of them starts.
    spec
        Makes the job specs, which the runner reads.
    client
        The S3 client from which outputs come.
    interrupt
        Knows whether the run has to end.
    on_event
        Is called with a step when it starts and when it ends.
    on_line
        Is called with a step's name and a line that it shows while it runs.
    isolated
        The steps whose jobs have no network.
    """

    def __init__(
        self,
        execution: records.Execution,
        spec: RunSpec,
        client: Any,  # noqa: ANN401  # botocore creates its classes at run time
        interrupt: Interrupt,
        on_event: Callable[[records.Step], None],
        on_line: Callable[[str, str], None] = lambda _, __: None,
        *,
        isolated: Container[str] = (),
    ) -> None:
        self._execution = execution
        self._spec = spec
        self._client = client
        self._interrupt = interrupt
        self._on_event, self._on_line = on_event, on_line
        self._isolated = isolated
        self._started = 0.0
        self._count = 0

    def started(self, name: str) -> None:
        """Write the step's job spec."""
        self._interrupt.check()
        step = self._execution.step(name)
        self._count += 1
        self._started = time.monotonic()
        step.order, step.status = self._count, records.EXECUTING
        if step.type in JOBS or _has_log(step.type):
            folder = self._execution.folder / name
            folder.mkdir()
            step.log = folder / "log.txt"
            step.log.touch()
            self._spec.job(folder, isolated=name in self._isolated).write()
        self._on_event(step)

    def succeeded(self, name: str, properties: Mapping[str, Any]) -> None:
        """Fetch the step's outputs."""
        step = self._execution.step(name)
        if step.type == "Fail":
            return  # its message is its only property, and its failure follows
        for output, uri in _outputs(properties).items():
            folder = self._execution.folder / name / output
            storage.download(self._client, uri, folder)
            step.outputs[output] = folder
        step.outcome, step.properties = properties.get("Outcome"), properties
        self._end(step, records.SUCCEEDED)

    def failed(self, name: str, reason: str) -> None:
        """Record why the step failed."""
        step = self._execution.step(name)
        if self._interrupt.received:
            self._end(step, records.INTERRUPTED)
            self._interrupt.check()
        folder = self._execution.folder / name
        message = folder / "failure.txt"
        reason = self._spec.reason() or reason
        self._execution.failure = records.Failure(
            step=name,
            reason=reason,
            message=message.read_text(errors="replace").strip() if message.is_file() else None,
            log_tail=tuple(_lines(step.log)[-TAIL:]),
        )
        self._end(step, records.FAILED)

    def reported(self, name: str, report: Mapping[str, str], trials: Sequence[records.Trial] = ()) -> None:
        """Keep what the executor says of the step."""
        step = self._execution.step(name)
        step.report.update(report)
        step.trials.extend(trials)

    def line(self, name: str, text: str) -> None:
        """Show a line of a step that runs."""
        self._on_line(name, text)

    def _end(self, step: records.Step, status: str) -> None:
        step.status, step.seconds = status, time.monotonic() - self._started
        reports = [line for line in _lines(step.log) if line.startswith("report:")]
        if reports:
            step.report |= dict(word.split("=", 1) for word in reports[-1].split()[1:] if "=" in word)
        self._on_event(step)


def _has_log(kind: str) -> bool:
    return kind in EXECUTORS and EXECUTORS[kind].has_log


def _outputs(properties: Mapping[str, Any]) -> dict[str, str]:
    outputs = (properties.get("ProcessingOutputConfig") or {}).get("Outputs") or {}
    found = {name: output["S3Output"]["S3Uri"] for name, output in outputs.items()}
    if transformed := (properties.get("TransformOutput") or {}).get("S3OutputPath"):
        # The SDK makes a folder named after the job there; the service does not.
        found["output"] = f"{transformed}/{properties['TransformJobName']}"
    if artifact := (properties.get("ModelArtifacts") or {}).get("S3ModelArtifacts"):
        # The service puts model.tar.gz and output.tar.gz into one folder, called output.
        found["output"] = artifact.rpartition("/")[0]
    if best := properties.get("BestTrainingJob"):
        folder = properties["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
        found["output"] = f"{folder}/{best['TrainingJobName']}/output"
    return found


def _lines(log: Path | None) -> list[str]:
    return log.read_text(errors="replace").splitlines() if log and log.is_file() else []
