"""Flags as pipeline parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from step_scripts.template.adopt.flags import Flag

_SWITCHES = frozenset({"store_true", "store_false", "store_const", "append", "append_const", "count", "extend"})
_MAX_INTEGER = 2**31 - 1  # of the service's integer parameters


@dataclass(frozen=True)
class Parameter:
    """A parameter of a pipeline: its name, type and default; None where it has no default."""

    name: str
    kind: Literal["Integer", "Float", "String"]
    default: int | float | str | None
    choices: tuple[str, ...] = ()


def parameter_of(flag: Flag, name: str) -> Parameter | str:  # noqa: PLR0911 - a sentence for each reason
    """Return the parameter that gives a flag its value, or a sentence that says why not.

    Examples
    --------
    >>> from step_scripts.template.adopt.flags import Flag
    >>> parameter_of(Flag(name="eta", attribute="eta", where="fit.py:3", kind="float", default="0.2"), "Eta")
    Parameter(name='Eta', kind='Float', default=0.2, choices=())
    """
    option, own = f"--{flag.name}", "the script's own default holds"
    if not flag.name:
        return f"{flag.attribute} has no name that begins with --; {own}: give it one"
    if flag.action in _SWITCHES or flag.action not in {"", "store"}:
        return f"{option} has the action {flag.action}, and a job's flag always has a value; {own}: let it take one"
    if flag.nargs not in {"", "?"}:
        return f"{option} takes several words (nargs), which one parameter cannot give; {own}"
    if flag.kind == "bool":
        return f"{option} has type=bool, for which every text is true, False as well; {own}: read true and false"
    if flag.computed:
        return f"{option} has a default that only a run can tell; {own}"
    if flag.default is None:
        if not flag.required:
            return f"{option} has no default, and the pipeline does not give it; {own}"
        return Parameter(name, _KINDS.get(flag.kind, "String"), None, _texts(flag.choices))
    return _with_default(flag, name) or f"{option} has the default {flag.default!r}, which no parameter can have; {own}"


_KINDS: dict[str, Literal["Integer", "Float"]] = {"int": "Integer", "float": "Float"}


def _with_default(flag: Flag, name: str) -> Parameter | None:
    value = flag.default
    if flag.kind in _KINDS:
        try:
            number: Any = {"int": int, "float": float}[flag.kind](value)
        except (TypeError, ValueError, OverflowError):
            return None
        is_same = not isinstance(value, bool) and (isinstance(value, str) or number == value)
        is_possible = abs(number) <= _MAX_INTEGER if flag.kind == "int" else abs(number) < float("inf")
        return Parameter(name, _KINDS[flag.kind], number) if is_same and is_possible else None
    if isinstance(value, bool) and flag.kind and flag.kind != "str":  # a function that reads true and false
        return Parameter(name, "String", str(value), ("True", "False"))
    if not isinstance(value, str) or not value.strip() or value.startswith("-"):
        return None
    return Parameter(name, "String", value, _texts(flag.choices))


def _texts(choices: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(choices) if all(isinstance(each, str) for each in choices) else ()
