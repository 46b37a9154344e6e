"""What the jobs of a definition need of their target: which images, and whether a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

IMAGE_MEMBERS = frozenset({"ImageUri", "TrainingImage", "Image"})  # of processing, training and model requests


def images(definition: Mapping[str, Any], values: Mapping[str, Any]) -> set[str]:
    """List the images that a definition names directly or by a parameter, but not names that only the run can join.

    Parameters
    ----------
    definition
        A parsed pipeline definition.
    values
        Every parameter's value.

    Examples
    --------
    >>> step = {"Name": "A", "Arguments": {"AppSpecification": {"ImageUri": {"Get": "Parameters.Image"}}}}
    >>> images({"Steps": [step]}, {"Image": "step-scripts:latest"})
    {'step-scripts:latest'}
    """
    named = _members({"Steps": definition.get("Steps", [])})
    resolved = (
        values.get(str(value.get("Get", "")).removeprefix("Parameters.")) if isinstance(value, dict) else value
        for value in named
    )
    return {value for value in resolved if isinstance(value, str)}


def isolated(definition: Mapping[str, Any]) -> set[str]:
    """List the steps whose jobs have no network: those with network isolation, and transforms with such a model.

    Examples
    --------
    >>> train = {"Name": "Train", "Type": "Training", "Arguments": {"EnableNetworkIsolation": True}}
    >>> tune = {"Name": "Tune", "Type": "Tuning", "Arguments": {"TrainingJobDefinition": train["Arguments"]}}
    >>> sorted(isolated({"Steps": [train, tune, {"Name": "Gate", "Type": "Condition", "Arguments": {}}]}))
    ['Train', 'Tune']
    """
    arguments = {step["Name"]: step.get("Arguments", {}) for step in _steps(definition.get("Steps", []))}
    found = {name for name, given in arguments.items() if _is_isolated(given)}
    models = {f"Steps.{name}.ModelName" for name in found}
    by_model = {name for name, given in arguments.items() if _get(given.get("ModelName")) in models}
    return found | by_model


def _is_isolated(arguments: Mapping[str, Any]) -> bool:
    # Processing has it in a structure of its own, and Tuning in the definition of its training jobs.
    parts = (arguments.get("NetworkConfig"), arguments.get("TrainingJobDefinition"), arguments)
    return next(part for part in parts if isinstance(part, dict)).get("EnableNetworkIsolation") is True


def _get(value: object) -> str | None:
    return value.get("Get") if isinstance(value, dict) else None


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        arguments = step.get("Arguments", {})
        yield from _steps([*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])])


def _members(value: object) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in IMAGE_MEMBERS:
                yield item
            else:
                yield from _members(item)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)
