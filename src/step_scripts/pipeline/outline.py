"""A pipeline definition as text: steps, edges and parameters. Works on any definition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts._text import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

STEP_REFERENCE = re.compile(r"^Steps\.([^.\[]+)")


@dataclass(frozen=True)
class StepOutline:
    """One step of a definition: its name, its type, and the steps that end before it starts."""

    name: str
    type: str
    after: tuple[str, ...]


def steps_of(definition: Mapping[str, Any]) -> list[StepOutline]:
    """List a definition's steps in their order, with those in a condition's branches.

    Parameters
    ----------
    definition : mapping
        A parsed pipeline definition.

    Returns
    -------
    list of StepOutline
        ``after`` holds the steps that a step refers to or depends on. In a branch it holds the condition, too.

    Examples
    --------
    >>> fail = {"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Steps.A.TrainingJobName"}}}
    >>> steps_of({"Steps": [{"Name": "A", "Type": "Training", "Arguments": {}}, fail]})[1].after
    ('A',)
    """
    return list(_walk(definition.get("Steps", []), branch_of=""))


def _walk(steps: Iterable[Mapping[str, Any]], *, branch_of: str) -> Iterator[StepOutline]:
    for step in steps:
        arguments = dict(step.get("Arguments", {}))
        branches = [*arguments.pop("IfSteps", []), *arguments.pop("ElseSteps", [])]
        found = [*_references(arguments), *(str(name) for name in step.get("DependsOn", [])), branch_of]
        after = tuple(dict.fromkeys(name for name in found if name))
        yield StepOutline(step["Name"], step["Type"], after)
        yield from _walk(branches, branch_of=step["Name"])


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        target = value.get("Get")
        if isinstance(target, str) and (match := STEP_REFERENCE.match(target)):
            yield match[1]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def render(
    name: str, definition: Mapping[str, Any], *, values: Mapping[str, object] | None = None, last: str | None = None
) -> str:
    """Write steps, edges and parameters as the text that ``python pipeline.py`` prints.

    Parameters
    ----------
    name : str
        The pipeline's name.
    definition : mapping
        A parsed pipeline definition.
    values : mapping, optional
        Values by name, of the parameters that do not have their default.
    last : str, optional
        Show only this step and the steps that it needs.

    Examples
    --------
    >>> print(render("tiny", {"Steps": [{"Name": "A", "Type": "Training", "Arguments": {}}], "Parameters": []}))
    tiny: 1 step, 0 parameters
    <BLANKLINE>
      step  type      after
      A     Training  -
    """
    steps, parameters = steps_of(definition), definition.get("Parameters", [])
    if last is not None:
        needed = _needed(last, steps)
        steps = [step for step in steps if step.name in needed]
    lines = [f"{name}: {_count(steps, 'step')}, {_count(parameters, 'parameter')}", ""]
    rows = [(step.name, step.type, ", ".join(step.after) or "-") for step in steps]
    lines += table(("step", "type", "after"), rows)
    if parameters:
        given = values or {}
        declared = [
            (
                parameter["Name"],
                parameter["Type"],
                str(given.get(parameter["Name"], "")),
                _shown(parameter.get("DefaultValue")),
                _choices(parameter),
            )
            for parameter in parameters
        ]
        lines += ["", *table(("parameter", "type", "value", "default", "choices"), declared)]
    return "\n".join(lines)


def _needed(last: str, steps: Sequence[StepOutline]) -> set[str]:
    after = {step.name: step.after for step in steps}
    needed, waiting = set(), [last]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += after.get(name, ())
    return needed


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _shown(value: object) -> str:
    return "(required)" if value is None else str(value)


def _choices(parameter: Mapping[str, Any]) -> str:
    return " | ".join(str(value) for value in parameter.get("EnumValues", []))
