"""Reading a definition's text, more strictly than `json` does: what is no JSON, and what JSON can say in two ways."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from step_scripts.preflight.finding import Finding, pointer, shown

MAX_DEPTH = 100  # levels: a condition in a condition in a condition … has four each


class Repeated(dict[str, Any]):
    """An object in whose text members are named several times; of each it holds the last."""

    names: tuple[str, ...] = ()


def parse(text: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return what a text in UTF-8 says.

    Raises
    ------
    ValueError
        When it is no UTF-8, or no JSON: NaN and Infinity are Python's, and no JSON.
    RecursionError
        When it is nested deeper than Python can follow.

    Examples
    --------
    >>> parse(b'{"Version": "2020-12-01"}')
    {'Version': '2020-12-01'}
    >>> parse(b'[NaN]')
    Traceback (most recent call last):
    ValueError: NaN is no number of JSON
    """
    return json.loads(text.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_object)


def repeated(value: object, where: str = "") -> Iterator[Finding]:
    """Yield members that are there twice; which of the two the service goes by is not known.

    Examples
    --------
    >>> [(one.where, one.message) for one in repeated(parse(b'{"Steps": [], "Steps": []}'))]
    [('/Steps', "there are two members called 'Steps': take one out")]
    """
    waiting = [(where, value)]
    while waiting:
        place, current = waiting.pop()
        if isinstance(current, Repeated):
            for name in current.names:
                message = f"there are two members called {shown(name)}: take one out"
                yield Finding(pointer(place, name), "duplicate-name", "error", None, message)
        waiting += _members(place, current)


def too_deep(value: object) -> str | None:
    """Return a place that is nested deeper than any definition, or None.

    Whoever walks a value calls itself at each level, and Python lets it do so some hundred times.

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
    raise ValueError(f"{name} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) == len(names):
        return dict(pairs)
    held = Repeated(pairs)
    held.names = tuple(sorted({name for name in names if names.count(name) > 1}))
    return held
