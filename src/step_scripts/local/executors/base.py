"""What executors have in common: what they may use of a run, and what they owe."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from step_scripts.local.door import Door
    from step_scripts.local.execution import Trial
    from step_scripts.local.interrupt import Interrupt
    from step_scripts.local.runner.job_spec import RunSpec

MAX_NAME = 63  # characters of a job, a model or an endpoint, as in the service


class StepError(StepScriptsError, RuntimeError):
    """The step fails, and this is the reason."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an executor may use of the run.

    Attributes
    ----------
    session
        The SDK's local session. Its AWS is moto in this process.
    execution_id
        As in ``ExecutionVariables.PIPELINE_EXECUTION_ID``.
    folder
        The execution's folder. ``folder / name`` is a step's own.
    spec
        Makes the specs of jobs.
    door
        Lets a child process into the run's AWS.
    interrupt
        Knows whether the run has to end.
    state
        What lasts between runs lies here: ``registry``, ``endpoints``, ``callbacks``.
    project
        The project's folder.
    isolated
        The steps whose jobs have no network.
    """

    session: Any
    execution_id: str
    folder: Path
    spec: RunSpec
    door: Door
    interrupt: Interrupt
    state: Path
    project: Path
    isolated: frozenset[str] = frozenset()

    def client(self, service: str = "sagemaker") -> Any:  # noqa: ANN401  # botocore creates its classes at run time
        """Return a client of the run's AWS."""
        return self.session.boto_session.client(service)

    def name(self, step: str) -> str:
        """Return the name that a step's resource has in this execution: the same again for the same execution.

        The service's names look like that: ``pipelines-2drr2511ngo3-Train-c8aOpkvDPh``.
        """
        ending = hashlib.sha256(f"{self.execution_id}/{step}".encode()).hexdigest()[:10]
        start = f"pipelines-{self.execution_id.lower()}-"
        return f"{start}{step[: MAX_NAME - len(start) - len(ending) - 1]}-{ending}"


@dataclass(frozen=True)
class Step:
    """A step that is about to run: its part of the definition, with the value of each reference.

    Attributes
    ----------
    name
        As in the definition.
    request
        The step, such as ``{"Name": ..., "Type": "Lambda", "Arguments": {...}, "FunctionArn": ...}``.
    show
        Prints a line for a person, under the step's name. A step that takes long calls it.
    """

    name: str
    request: Mapping[str, Any]
    show: Callable[[str], None] = field(default=lambda _: None)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the step's call of the service."""
        return dict(self.request.get("Arguments") or {})


class Executor(ABC):
    """Runs the steps of one type.

    Attributes
    ----------
    step_type
        As in the definition.
    has_log
        Whether a step of this type writes ``log.txt`` into a folder of its own.
    report
        What the progress line and ``run.json`` show of the step. `run` fills it.
    trials
        The training jobs of a tuning step, the best first. `run` fills it, also when it fails.
    """

    step_type: ClassVar[str]
    has_log: ClassVar[bool] = False

    def __init__(self, context: Context, step: Step) -> None:
        self.context, self.step = context, step
        self.report: dict[str, str] = {}
        self.trials: list[Trial] = []

    @classmethod  # noqa: B027  # most types have nothing to check
    def check(cls, request: Mapping[str, Any], project: Path) -> None:
        """Refuse a step that cannot run, before anything has run.

        Parameters
        ----------
        request
            The step in the definition. References have no values yet.
        project
            The project's folder.

        Raises
        ------
        StepError
            When the step cannot run, whatever the values are.
        """

    @property
    def folder(self) -> Path:
        """The step's own folder."""
        return self.context.folder / self.step.name

    @abstractmethod
    def run(self) -> dict[str, Any]:
        """Run the step, and return its properties: what the service's ``Describe*`` call would answer.

        Raises
        ------
        StepError
            When the step fails.
        """

    @staticmethod
    @abstractmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return what ``list_steps`` shows of the step."""
