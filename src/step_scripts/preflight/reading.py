"""Parse a definition's text, more strictly than `json` does: no NaN, no repeated members, bounded depth."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from step_scripts.preflight.finding import Finding, pointer, shown

MAX_DEPTH = 100  # nested levels; each nested condition takes four


class Repeated(dict[str, Any]):
    """An object whose text repeats members; it holds the last value of each."""

    names: tuple[str, ...] = ()


def parse(text: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the value of a text in UTF-8.

    Raises
    ------
    ValueError
        If it is not UTF-8, or not JSON: NaN and Infinity are not.
    RecursionError
        If it is nested too deeply for Python.

    Examples
    --------
    >>> parse(b'{"Version": "2020-12-01"}')
    {'Version': '2020-12-01'}
    >>> parse(b'[NaN]')
    Traceback (most recent call last):
    ValueError: NaN is not a number in JSON
    """
    return json.loads(text.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_object)


def repeated(value: object, where: str = "") -> Iterator[Finding]:
    """Yield repeated members; which of them the service uses is unknown.

    Examples
    --------
    >>> [(one.where, one.message) for one in repeated(parse(b'{"Steps": [], "Steps": []}'))]
    [('/Steps', "there are two members called 'Steps': remove one")]
    """
    waiting = [(where, value)]
    while waiting:
        place, current = waiting.pop()
        if isinstance(current, Repeated):
            for name in current.names:
                message = f"there are two members called {shown(name)}: remove one"
                yield Finding(pointer(place, name), "duplicate-name", "error", None, message)
        waiting += _members(place, current)


def too_deep(value: object) -> str | None:
    """Return the JSON pointer of a value nested deeper than `MAX_DEPTH`, or None.

    The rules walk a definition recursively, and Python limits recursion.

    Examples
    --------
    >>> too_deep([[]]) is None
    True
    """
    level = [("", value)]
    for _ in range(MAX_DEPTH):
        level = [below for place, current in level for below in _members(place, current)]
    return level[0][0] if level else None


def _members(place: str, value: object) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(pointer(place, name), member) for name, member in value.items()]
    return [(pointer(place, number), member) for number, member in enumerate(value)] if isinstance(value, list) else []


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) == len(names):
        return dict(pairs)
    repeating = Repeated(pairs)
    repeating.names = tuple(sorted({name for name in names if names.count(name) > 1}))
    return repeating
