"""Which steps will run again after a change, and which find their result in SageMaker's cache.

What a step's cache goes by is listed in the developer guide: "Default cache key attributes by pipeline step type".
Nothing else of a step matters: not its output, its machine or its name for people.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from step_scripts.preflight.definition import Definition, Step, read, references
from step_scripts.preflight.finding import pointer, shown
from step_scripts.preflight.properties import to_step

_TRAINING = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
# The members that a step type's cache goes by, as paths below Arguments.
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


# They have no cache, and each execution makes a resource of a new name: a model, a model package.
NEW_EACH_TIME = frozenset({"Model", "RegisterModel"})


class Rerun(NamedTuple):
    """A step of the new definition, whether it runs, and why."""

    step: str
    runs: bool
    why: str


def reruns(old: object, new: object) -> list[Rerun]:
    """Say of each step with a cache whether it will run again.

    Parameters
    ----------
    old, new
        Two parsed definitions of one pipeline: that of the last successful run, and the one that is to run.

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
    told: dict[str, Rerun] = {}
    waiting = [step for step in after.steps if step.type in KEYS]
    for _ in waiting:  # a step is told after those that it reads from; a round for each is enough
        for step in waiting:
            reason = _reason(step, before, after, defaults, told)
            told[step.name] = Rerun(step.name, reason != "", reason or "nothing that its cache goes by has changed")
    return list(told.values())


def _reason(
    step: Step,
    before: Definition,
    now: Definition,
    defaults: Mapping[str, tuple[Any, Any]],
    told: Mapping[str, Rerun],
) -> str:
    """Return why a step runs, or nothing where its cache holds."""
    config = step.raw.get("CacheConfig")
    if not isinstance(config, Mapping) or config.get("Enabled") is not True:
        return "it has no cache: it runs each time"
    was = before.step(step.name)
    if was is None or was.type != step.type:
        return "it is new"
    for path in KEYS[step.type]:
        changed = next(_changes(_at(was.arguments, path), _at(step.arguments, path), "/".join(path)), None)
        if changed:
            return changed
    return next(_reasons_from_afar(step, now, defaults, told), "")


def _reasons_from_afar(
    step: Step, now: Definition, defaults: Mapping[str, tuple[Any, Any]], told: Mapping[str, Rerun]
) -> Iterator[str]:
    """Yield why a step runs whose own text has not changed: by parameters, and by the steps that it reads from."""
    for path in KEYS[step.type]:
        for _, function, given in references(_at(step.arguments, path), ""):
            name = given.removeprefix("Parameters.") if function == "Get" and isinstance(given, str) else ""
            if name in defaults:
                yield f"the default of {name} was {shown(defaults[name][0])} and is {shown(defaults[name][1])}"
            reference = to_step(given) if function == "Get" else None
            if reference and reference.step in told and told[reference.step].runs:
                yield f"it reads what {reference.step} writes, which runs"
            if reference and (source := now.step(reference.step)) and source.type in NEW_EACH_TIME:
                yield f"it reads from {reference.step}, which has no cache and gives something new each time"


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
