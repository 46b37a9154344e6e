"""The SDK's local scheduler, with an observer of each step: what a run needs of it that is not its public interface.

A part of `step_scripts.local.sdk`, under the same rule: ``tests/step_scripts/runs/test_sdk_canaries.py`` fails when the
SDK renames a symbol, or no longer needs what we do.

======================================================  ===============================================================
symbol                                                  why
======================================================  ===============================================================
_LocalPipelineExecution (subclassed)                    its methods are called when a step starts, succeeds and fails;
                                                        nothing else reports that
_initialize_step_execution (overridden)                 refuses the step types that we run
_LocalPipelineExecutionStep._step_type_to_output_…      knows no other types: list_steps would raise a KeyError
LocalPipelineExecutor._step_executor_factory            makes the executor of a step: for these types, ours
_parse_arguments                                        gives each reference its value
LocalPipelineExecutor._blocked_steps                    steps that are not run: this is how a run stops after a step
PipelineGraph.step_map, adjacency_list                  which steps there are, and which ones a step needs; the SDK has
                                                        them in sets, so that each run would have an order of its own
======================================================  ===============================================================
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from step_scripts._shared import StepScriptsError
from step_scripts._text import hint
from step_scripts.local.executors import EXECUTORS, RUNNABLE
from step_scripts.local.executors.base import Step, StepError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from step_scripts.local.execution import Trial
    from step_scripts.local.executors.base import Context, Executor


class UnknownStepError(StepScriptsError, ValueError):
    """The pipeline has no step of this name."""


class StepTypeError(StepScriptsError, ValueError):
    """A step cannot run on this machine. Nothing has run."""


class Observer(Protocol):
    """Receives the events of a local execution, in the scheduler's own thread."""

    def started(self, name: str) -> None:
        """Handle the start of a step. An exception ends the execution, and reaches the caller of its `run`."""

    def succeeded(self, name: str, properties: Mapping[str, Any]) -> None:
        """Handle the success of a step, with its ``Describe*`` response."""

    def failed(self, name: str, reason: str) -> None:
        """Handle the failure of a step."""

    def reported(self, name: str, report: Mapping[str, str], trials: Sequence[Trial] = ()) -> None:
        """Take what an executor of ours says of a step that is about to end."""

    def line(self, name: str, text: str) -> None:
        """Show a line of a step that runs."""


def prepare(
    pipeline: Any,  # noqa: ANN401
    *,
    context: Context,
    parameters: Mapping[str, Any],
    observer: Observer,
    stop_after: str | None = None,
    hits: Mapping[str, Mapping[str, Any]] | None = None,
) -> LocalExecution:
    """Prepare an execution of a pipeline by the SDK's own local scheduler.

    Parameters
    ----------
    pipeline
        A ``Pipeline`` built under the context's session.
    context
        What our own executors may use. Its session is one of `step_scripts.local.sdk.local_session`; its execution id
        is the value of ``ExecutionVariables.PIPELINE_EXECUTION_ID``.
    parameters
        Values of pipeline parameters, of the declared types; the others keep their defaults.
    observer
        Receives the events of each step.
    stop_after
        Run this step and what it needs, and nothing else. Upper and lower case are the same.
    hits
        Steps that do not run, because the cache has their properties from an earlier execution.

    Raises
    ------
    UnknownStepError
        If the pipeline has no step of that name.
    StepTypeError
        If a step cannot run here: its type, or what its executor needs.
    botocore.exceptions.ClientError
        If the SDK rejects a parameter.
    """
    from sagemaker.mlops.local.pipeline import LocalPipelineExecutor, _StepExecutorFactory
    from sagemaker.mlops.local.pipeline_entities import _LocalPipelineExecution, _LocalPipelineExecutionStep

    class ObservedExecution(_LocalPipelineExecution):  # type: ignore[misc]
        def _initialize_step_execution(self, steps: Iterable[Any]) -> None:
            for step in _with_branches(steps):
                made = _LocalPipelineExecutionStep(step.name, step.step_type, step.description, step.display_name)
                if executor := EXECUTORS.get(step.step_type.value):
                    _check(executor, step, context)
                    made._step_type_to_output_format_map[step.step_type] = partial(_metadata, executor, made)  # noqa: SLF001
                self.step_execution[step.name] = made

        def mark_step_executing(self, step_name: str) -> None:
            super().mark_step_executing(step_name)
            observer.started(step_name)

        def update_step_properties(self, step_name: str, step_properties: Mapping[str, Any]) -> None:
            super().update_step_properties(step_name, step_properties)
            observer.succeeded(step_name, step_properties)

        def update_step_failure(self, step_name: str, failure_message: str) -> None:
            observer.failed(step_name, failure_message)
            super().update_step_failure(step_name, failure_message)

    class Factory(_StepExecutorFactory):  # type: ignore[misc]
        def get(self, step: Any) -> Any:  # noqa: ANN401
            if hits and step.name in hits:
                observer.reported(step.name, {"cache": "hit"})
                return _Hit(hits[step.name])
            executor = EXECUTORS.get(step.step_type.value)
            return (
                _Adapter(executor, self.pipeline_executor, step, context, observer) if executor else super().get(step)
            )

    execution = ObservedExecution(
        execution_id=context.execution_id,
        pipeline=pipeline,
        PipelineParameters=dict(parameters),
        local_session=context.session,
    )
    executor = LocalPipelineExecutor(execution, context.session)
    executor._step_executor_factory = Factory(executor)  # noqa: SLF001
    put_in_order(executor.pipeline_dag)
    if stop_after is not None:
        graph = executor.pipeline_dag
        stop_after = _known(stop_after, graph.step_map)
        executor._blocked_steps |= set(graph.step_map) - _needed(graph, stop_after)  # noqa: SLF001
    return LocalExecution(executor, stop_after)


class _Adapter:
    """One of our executors, as the SDK's scheduler calls one of its own."""

    def __init__(
        self,
        executor: type[Executor],
        scheduler: Any,  # noqa: ANN401
        step: Any,  # noqa: ANN401
        context: Context,
        observer: Observer,
    ) -> None:
        self._executor, self._scheduler, self._step = executor, scheduler, step
        self._context, self._observer = context, observer

    def execute(self) -> Any:  # noqa: ANN401
        name = self._step.name
        request = self._scheduler._parse_arguments(self._step.to_request(), name)  # noqa: SLF001
        executor = self._executor(self._context, Step(name, request, partial(self._observer.line, name)))
        try:
            return executor.run()
        except StepError as error:
            reason = str(error)
        finally:
            self._observer.reported(name, executor.report, executor.trials)
        return self._scheduler.execution.update_step_failure(name, reason)


class _Hit:
    """A step whose properties an earlier execution has left."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self._properties = dict(properties)

    def execute(self) -> dict[str, Any]:
        return self._properties


def _check(executor: type[Executor], step: Any, context: Context) -> None:  # noqa: ANN401
    try:
        executor.check(step.to_request(), context.project)
    except StepError as error:
        raise StepTypeError(f"{step.name}: {error}") from None


def _metadata(executor: type[Executor], step: Any) -> dict[str, Any]:  # noqa: ANN401
    return executor.metadata(step.properties)


def _with_branches(steps: Iterable[Any]) -> Iterator[Any]:
    """Yield each step, also those in a condition's branches.

    Raises
    ------
    StepTypeError
        If no step of some type can run here.
    """
    for step in steps:
        if (kind := step.step_type.value) not in RUNNABLE:
            fix = "try this step in the service, and stop before it here: --to STEP"
            raise StepTypeError(
                f"{step.name}: expected: a step of a type that runs on this machine ({', '.join(sorted(RUNNABLE))}); "
                f"got: {kind}; fix: {fix}"
            )
        yield step
        if kind == "Condition":
            yield from _with_branches([*step.if_steps, *step.else_steps])


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


def put_in_order(graph: Any) -> None:  # noqa: ANN401
    """Let steps that do not wait for each other run in the order of the definition.

    The SDK goes through the graph in depth, and takes the steps from the end of what it has seen.
    """
    place = {name: number for number, name in enumerate(graph.step_map)}
    last_first = partial(sorted, key=place.__getitem__, reverse=True)
    after = graph.adjacency_list
    graph.adjacency_list = {name: last_first(after[name]) for name in last_first(after)}


def _needed(graph: Any, name: str) -> set[str]:  # noqa: ANN401
    needed = {name}
    while more := {step for step, after in graph.adjacency_list.items() if needed.intersection(after)} - needed:
        needed |= more
    return needed
