"""Parameters given on the command line, checked and typed against a definition's declarations."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value = str | int | float | bool


class ParameterError(StepScriptsError, ValueError):
    """A parameter that the pipeline does not have, or a value that does not fit it."""


def parse(assignments: Sequence[str], declared: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """Turn ``Name=Value`` texts into values of the types that the definition declares.

    Parameters
    ----------
    assignments : sequence of str
        Texts such as ``TestFraction=0.3``; a later one wins over an earlier one of the same name.
    declared : sequence of mapping
        The ``Parameters`` of a definition: Name, Type, and perhaps EnumValues.

    Returns
    -------
    dict of str to str, int, float or bool
        Only the parameters that were given.

    Raises
    ------
    ParameterError
        Where the text has no ``=``, the name is unknown (the nearest known name is given), or the value does not
        fit the type or the choices.

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
            raise ParameterError(f"--param {assignment}: no parameter is called {name}. {nearest(name, known)}")
        values[name] = _typed(name, text, known[name])
    return values


def nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """Name the closest known name, or list them all where none is close.

    Examples
    --------
    >>> nearest("TestFracton", ["TestFraction", "Eta"])
    'Did you mean TestFraction?'
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"Did you mean {by_lower[close[0]]}?" if close else f"Known: {', '.join(known)}."


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
        raise ParameterError(f"--param {name}={text}: {name} is of type {kind}, and {text!r} is none") from None
    return text


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _example(declared: Sequence[Mapping[str, Any]]) -> str:
    first = next(iter(declared), {"Name": "Name", "DefaultValue": "Value"})
    return f"{first['Name']}={first.get('DefaultValue', 'Value')}"
