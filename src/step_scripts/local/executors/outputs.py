"""What a Lambda or Callback step declares as outputs, and what it got."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.base import StepError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TYPES: dict[str, tuple[type, ...]] = {"String": (str,), "Integer": (int,), "Float": (float, int), "Boolean": (bool,)}


def checked(result: Any, declared: Sequence[Mapping[str, str]]) -> dict[str, Any]:  # noqa: ANN401
    """Return the outputs that are declared, each of the declared type.

    Parameters
    ----------
    result
        What came back: a dict by name.
    declared
        ``[{"OutputName": "version", "OutputType": "Integer"}, ...]``

    Raises
    ------
    StepError
        When one is missing or of another type. NaN and infinity are no Float: JSON has neither.

    Examples
    --------
    >>> checked({"version": 3, "other": None}, [{"OutputName": "version", "OutputType": "Integer"}])
    {'version': 3}
    """
    if not declared:
        return {}
    if not isinstance(result, dict):
        names = ", ".join(each["OutputName"] for each in declared)
        raise StepError(f"expected: an object with the outputs {names}; got: {_shown(result)}")
    outputs = {}
    for each in declared:
        name, kind = each["OutputName"], each["OutputType"]
        if name not in result:
            got = ", ".join(result) or "nothing"
            raise StepError(f"expected: an output {name} ({kind}); got: {got}; fix: return it, or declare it no more")
        value = result[name]
        fits = isinstance(value, _TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))
        if not fits or (kind == "Float" and not abs(value) <= sys.float_info.max):  # NaN, or too large for a Float
            fix = "change the type that the step declares, or the value"
            raise StepError(f"output {name}: expected: a value of type {kind}; got: {_shown(value)}; fix: {fix}")
        outputs[name] = float(result[name]) if kind == "Float" else value
    return outputs


def metadata(outputs: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return outputs as ``list_steps`` shows them."""
    return [{"Name": name, "Value": str(value)} for name, value in outputs.items()]


def report(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return outputs as a progress line shows them: without blanks."""
    return {name: "_".join(str(value).split()) or "''" for name, value in outputs.items()}


def _shown(value: object) -> str:
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"
