"""Parameters given on the command line, checked and typed against a definition's declarations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError
from step_scripts._text import hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value = str | int | float | bool


class ParameterError(StepScriptsError, ValueError):
    """A parameter that the pipeline does not have, or a value of another type."""


def parse(assignments: Sequence[str], declared: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """Turn ``Name=Value`` texts into values of the types that the definition declares.

    Parameters
    ----------
    assignments : sequence of str
        Texts such as ``TestFraction=0.3``. Of several with the same name the last one counts.
    declared : sequence of mapping
        The ``Parameters`` of a definition: Name, Type and, where there are choices, EnumValues.

    Returns
    -------
    dict of str to str, int, float or bool
        The parameters that were given, and no others.

    Raises
    ------
    ParameterError
        When a text has no ``=``, a name is unknown (the message has the nearest known one), or a value has another
        type or is not one of the choices.

    Examples
    --------
    >>> parse(["TestFraction=0.3"], [{"Name": "TestFraction", "Type": "Float"}])
    {'TestFraction': 0.3}
    """
    known = {parameter["Name"]: parameter for parameter in declared}
    values: dict[str, Value] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ParameterError(f"--param {assignment}: expected Name=Value, for example {_example(declared)}")
        if name not in known:
            raise ParameterError(f"--param {assignment}: no parameter is called {name}. {hint(name, known)}")
        values[name] = _typed(name, text, known[name])
    return values


def _typed(name: str, text: str, parameter: Mapping[str, Any]) -> Value:
    kind, choices = parameter["Type"], parameter.get("EnumValues")
    if choices and text not in choices:
        raise ParameterError(f"--param {name}={text}: expected one of {', '.join(choices)}")
    if not text:
        raise ParameterError(f"--param {name}=: expected a value, got none")
    try:
        if kind == "Integer":
            return int(text)
        if kind == "Float":
            return _finite(text)
        if kind == "Boolean":
            return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError):
        raise ParameterError(f"--param {name}={text}: expected a value of type {kind}") from None
    return text


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _example(declared: Sequence[Mapping[str, Any]]) -> str:
    first = next(iter(declared), {"Name": "Name", "DefaultValue": "Value"})
    return f"{first['Name']}={first.get('DefaultValue', 'Value')}"
