"""The SDK's local scheduler, with an observer of each step: what a run needs of it that is not its public interface.

A part of `step_scripts.local.sdk`, under the same rule: ``tests/step_scripts/runs/test_sdk_canaries.py`` fails when the
SDK renames a symbol, or no longer needs what we do.

======================================================  ===============================================================
symbol                                                  why
======================================================  ===============================================================
_LocalPipelineExecution (subclassed)                    its methods are called when a step starts, succeeds and fails;
                                                        nothing else reports that
LocalPipelineExecutor._blocked_steps                    steps that are not run: this is how a run stops after a step
PipelineGraph.step_map, adjacency_list                  which steps there are, and which ones a step needs
======================================================  ===============================================================
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from step_scripts._shared import StepScriptsError
from step_scripts._text import hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class UnknownStepError(StepScriptsError, ValueError):
    """The pipeline has no step of this name."""


class Observer(Protocol):
    """Receives the events of a local execution, in the scheduler's own thread."""

    def started(self, name: str) -> None:
        """Handle the start of a step. An exception ends the execution, and reaches the caller of its `run`."""

    def succeeded(self, name: str, properties: Mapping[str, Any]) -> None:
        """Handle the success of a step, with its ``Describe*`` response."""

    def failed(self, name: str, reason: str) -> None:
        """Handle the failure of a step."""


def prepare(
    pipeline: Any,  # noqa: ANN401
    *,
    session: Any,  # noqa: ANN401
    execution_id: str,
    parameters: Mapping[str, Any],
    observer: Observer,
    stop_after: str | None = None,
) -> LocalExecution:
    """Prepare an execution of a pipeline by the SDK's own local scheduler.

    Parameters
    ----------
    pipeline
        A ``Pipeline`` built under `session`.
    session
        From `step_scripts.local.sdk.local_session`.
    execution_id
        The value of ``ExecutionVariables.PIPELINE_EXECUTION_ID``.
    parameters
        Values of pipeline parameters, of the declared types; the others keep their defaults.
    observer
        Receives the events of each step.
    stop_after
        Run this step and what it needs, and nothing else. Upper and lower case are the same.

    Raises
    ------
    UnknownStepError
        If the pipeline has no step of that name.
    botocore.exceptions.ClientError
        If the SDK rejects a parameter or a type of step.
    """
    from sagemaker.mlops.local.pipeline import LocalPipelineExecutor
    from sagemaker.mlops.local.pipeline_entities import _LocalPipelineExecution

    class ObservedExecution(_LocalPipelineExecution):  # type: ignore[misc]
        def mark_step_executing(self, step_name: str) -> None:
            super().mark_step_executing(step_name)
            observer.started(step_name)

        def update_step_properties(self, step_name: str, step_properties: Mapping[str, Any]) -> None:
            super().update_step_properties(step_name, step_properties)
            observer.succeeded(step_name, step_properties)

        def update_step_failure(self, step_name: str, failure_message: str) -> None:
            observer.failed(step_name, failure_message)
            super().update_step_failure(step_name, failure_message)

    execution = ObservedExecution(
        execution_id=execution_id, pipeline=pipeline, PipelineParameters=dict(parameters), local_session=session
    )
    executor = LocalPipelineExecutor(execution, session)
    if stop_after is not None:
        graph = executor.pipeline_dag
        stop_after = _known(stop_after, graph.step_map)
        executor._blocked_steps |= set(graph.step_map) - _needed(graph, stop_after)  # noqa: SLF001
    return LocalExecution(executor, stop_after)


class LocalExecution:
    """A prepared execution.

    Attributes
    ----------
    stop_after
        The step after which it stops, spelt as in the pipeline.
    """

    def __init__(self, executor: Any, stop_after: str | None) -> None:  # noqa: ANN401
        self._executor = executor
        self.stop_after = stop_after

    @property
    def steps(self) -> dict[str, str]:
        """Every step's name and type, branches included, in the order of the definition."""
        return {name: step.step_type.value for name, step in self._executor.pipeline_dag.step_map.items()}

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter with the value that it has in this execution."""
        return dict(self._executor.execution.pipeline_parameters)

    @property
    def requests(self) -> str:
        """Every step's arguments as text, with unresolved references."""
        steps = self._executor.pipeline_dag.step_map.values()
        return json.dumps([step.arguments for step in steps], default=_plain)

    def run(self) -> bool:
        """Run to the end; return whether it succeeded."""
        return bool(self._executor.execute().status == "Succeeded")


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value.expr if hasattr(value, "expr") else value.to_request()


def _known(name: str, steps: Iterable[str]) -> str:
    spelt = {step.lower(): step for step in steps}
    if name.lower() not in spelt:
        raise UnknownStepError(f"no step is called {name}. {hint(name, spelt.values())}")
    return spelt[name.lower()]


def _needed(graph: Any, name: str) -> set[str]:  # noqa: ANN401
    needed = {name}
    while more := {step for step, after in graph.adjacency_list.items() if needed.intersection(after)} - needed:
        needed |= more
    return needed
