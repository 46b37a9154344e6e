"""Which steps run again after a change, and which take their result from SageMaker's cache.

The developer guide lists the members that are a step's cache key: "Default cache key attributes by pipeline step type".
No other member matters: not its output, its machine or its display name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from step_scripts.preflight.definition import Definition, Step, read, references
from step_scripts.preflight.finding import pointer, shown
from step_scripts.preflight.properties import Reference, to_step

_TRAINING = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
# By step type: the members of the cache key, as paths below Arguments.
KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "AutoML": (
        *(
            ("AutoMLJobConfig", name)
            for name in ("CompletionCriteria", "CandidateGenerationConfig", "DataSplitConfig", "Mode")
        ),
        *(("AutoMLJobObjective",), ("InputDataConfig",), ("ProblemType",)),
    ),
    "Processing": (("AppSpecification",), ("Environment",), ("ProcessingInputs",)),
    "Training": (
        *(("AlgorithmSpecification",), ("CheckpointConfig",), ("DebugHookConfig",), ("DebugRuleConfigurations",)),
        *(("Environment",), ("HyperParameters",), ("InputDataConfig",)),
    ),
    "Transform": (("DataProcessing",), ("Environment",), ("ModelName",), ("TransformInput",)),
    "Tuning": (
        ("HyperParameterTuningJobConfig",),
        *(("TrainingJobDefinition", name) for name in _TRAINING),
        ("TrainingJobDefinitions",),
    ),
}
# Members whose addresses a step writes to. It may read from all others.
WRITTEN = frozenset(
    {
        *("CheckpointConfig", "DataCaptureConfig", "DebugHookConfig", "LogUri", "OutputDataConfig", "ProfilerConfig"),
        *("ProcessingOutputConfig", "TensorBoardOutputConfig", "TransformOutput"),
    }
)
# They have no cache, and each execution makes a resource with a new name: a model, a model package.
NEW_EACH_TIME = frozenset({"Model", "RegisterModel"})
# Variables of an execution that have another value in each one.
ONCE = frozenset({"CurrentDateTime", "PipelineExecutionArn", "PipelineExecutionId", "StartDateTime"})


class Rerun(NamedTuple):
    """A step of the new definition, whether it runs again, and why."""

    step: str
    runs: bool
    why: str


def reruns(old: object, new: object) -> list[Rerun]:
    """Return for each step that can have a cache whether it runs again.

    Parameters
    ----------
    old, new
        Two parsed definitions of one pipeline: the one of the last successful run, and the one to run next.

    Returns
    -------
    list of Rerun
        In the order of the new definition.

    Examples
    --------
    >>> def definition(depth):
    ...     arguments = {"HyperParameters": {"max-depth": depth}, "ResourceConfig": {"InstanceCount": int(depth)}}
    ...     step = {"Name": "Train", "Type": "Training", "Arguments": arguments, "CacheConfig": {"Enabled": True}}
    ...     return {"Version": "2020-12-01", "Steps": [step]}
    >>> reruns(definition("1"), definition("2"))[0].why
    "HyperParameters/max-depth was '1' and is '2'"
    """
    before, after = read(old)[0], read(new)[0]
    defaults = {
        name: (before.parameters[name].get("DefaultValue"), parameter.get("DefaultValue"))
        for name, parameter in after.parameters.items()
        if name in before.parameters and before.parameters[name].get("DefaultValue") != parameter.get("DefaultValue")
    }
    found: dict[str, Rerun] = {}
    waiting = [step for step in after.steps if step.type in KEYS]
    for _ in waiting:  # a step depends on those that it reads from; one round for each step is enough
        for step in waiting:
            reason = _reason(step, before, after, defaults, found)
            found[step.name] = Rerun(step.name, reason != "", reason or "its cache key has not changed")
    return list(found.values())


def can_hit(definition: Definition) -> frozenset[str]:
    """Return the steps that can take their result from the cache in a second execution of the same definition.

    A step cannot if its cache key holds a variable of the execution, or reads what another step makes anew.

    Examples
    --------
    >>> arguments = {"Environment": {"DAY": {"Get": "Execution.StartDateTime"}}}
    >>> step = {"Type": "Processing", "CacheConfig": {"Enabled": True}}
    >>> steps = [{"Name": "Dated", "Arguments": arguments, **step}, {"Name": "Undated", **step}]
    >>> list(can_hit(read({"Version": "2020-12-01", "Steps": steps})[0]))
    ['Undated']
    """
    known: dict[str, bool] = {}
    return frozenset(step.name for step in definition.steps if _can_hit(step, definition, known))


def _can_hit(step: Step, definition: Definition, known: dict[str, bool]) -> bool:
    if step.name not in known:
        known[step.name] = False  # where steps wait for each other in a cycle
        known[step.name] = _has_cache(step) and not any(
            given.removeprefix("Execution.") in ONCE or _is_new(to_step(given), definition, known)
            for path in KEYS.get(step.type, _inputs(step))
            for _, function, given in references(_at(step.arguments, path), "")
            if function == "Get" and isinstance(given, str)
        )
    return known[step.name]


def _inputs(step: Step) -> Iterator[tuple[str, ...]]:
    """Yield what may be the key of a type of which the guide lists none: all but the places to which it writes."""
    yield from ((name,) for name in step.arguments if name not in WRITTEN)


def _is_new(reference: Reference | None, definition: Definition, known: dict[str, bool]) -> bool:
    """Return whether a property has another value in each execution."""
    source = definition.step(reference.step) if reference else None
    if source is None:
        return False
    return source.type in NEW_EACH_TIME or (_names_execution(source) and not _can_hit(source, definition, known))


def _has_cache(step: Step) -> bool:
    config = step.raw.get("CacheConfig")
    return isinstance(config, Mapping) and config.get("Enabled") is True


def _names_execution(step: Step) -> bool:
    """Return whether a variable of the execution is part of a step's arguments, and so perhaps of its properties."""
    found = references(step.arguments, "")
    return any(given == f"Execution.{name}" for _, function, given in found if function == "Get" for name in ONCE)


def _reason(
    step: Step,
    before: Definition,
    now: Definition,
    defaults: Mapping[str, tuple[Any, Any]],
    found: Mapping[str, Rerun],
) -> str:
    """Return why a step runs, or an empty text if its cache hits."""
    if not _has_cache(step):
        return "it has no cache: it runs in each execution"
    was = before.step(step.name)
    if was is None or was.type != step.type:
        return "it is new"
    for path in KEYS[step.type]:
        changed = next(_changes(_at(was.arguments, path), _at(step.arguments, path), "/".join(path)), None)
        if changed:
            return changed
    return next(_indirect_reasons(step, now, defaults, found), "")


def _indirect_reasons(
    step: Step, now: Definition, defaults: Mapping[str, tuple[Any, Any]], found: Mapping[str, Rerun]
) -> Iterator[str]:
    """Yield why a step runs whose arguments are unchanged: a parameter, or a step from which it reads."""
    for path in KEYS[step.type]:
        for _, function, given in references(_at(step.arguments, path), ""):
            name = given.removeprefix("Parameters.") if function == "Get" and isinstance(given, str) else ""
            if name in defaults:
                yield f"the default of {name} was {shown(defaults[name][0])} and is {shown(defaults[name][1])}"
            reference = to_step(given) if function == "Get" else None
            if reference and reference.step in found and found[reference.step].runs:
                yield f"it reads the output of {reference.step}, which runs again"
            if reference and (source := now.step(reference.step)) and source.type in NEW_EACH_TIME:
                yield f"it reads from {reference.step}, which has no cache and makes a new resource in each execution"


def _at(arguments: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, Mapping) else None
    return arguments


def _changes(old: Any, new: Any, where: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the innermost places in which two values differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            yield from _changes(old.get(name), new.get(name), pointer(where, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (was, is_) in enumerate(zip(old, new, strict=True)):
            yield from _changes(was, is_, pointer(where, number))
    elif old != new:
        yield f"{where} was {shown(old)} and is {shown(new)}"
