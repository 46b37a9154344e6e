"""Whether two arguments or results of a step are the same, to the last bit."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

_IDENTITY: object = object.__eq__  # what a class has that defines no equality


def assert_same(one: object, other: object, where: str = "value") -> None:
    """Fail unless two values are equal: tables, arrays, plain values, models, and what is made of those.

    Parameters
    ----------
    one, other
        The values. What defines no equality, as a model often does not, is compared by the state that it is pickled by.
    where
        Names the values in the message.

    Examples
    --------
    >>> assert_same((1, {"a": [2.5]}), (1, {"a": [2.5]}))
    """
    __tracebackhide__ = True
    if difference := next(differences(one, other, where), None):
        pytest.fail(difference, pytrace=False)


def differences(one: Any, other: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - any two values
    """Yield a line for each place in which two values differ.

    Examples
    --------
    >>> list(differences({"a": [1, 2]}, {"a": [1, 3]}, "result"))
    ["result['a'][1]: expected: 2; got: 3"]
    """
    if type(one) is not type(other):
        yield f"{where}: expected: {type(one).__name__}; got: {type(other).__name__}"
    elif isinstance(one, tuple | list | dict) or (is_dataclass(one) and not isinstance(one, type)):
        mine, twins = _parts(one), _parts(other)
        if list(mine) != list(twins):
            yield f"{where}: expected: {', '.join(mine)}; got: {', '.join(twins)}"
            return
        for name, part in mine.items():
            yield from differences(part, twins[name], f"{where}{name}")
    else:
        yield from _tables_differ(one, other, where) if hasattr(one, "to_numpy") else _leaves_differ(one, other, where)


def _parts(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a tuple, list, dict or dataclass
    if isinstance(value, tuple | list):
        return {f"[{number}]": part for number, part in enumerate(value)}
    if isinstance(value, dict):
        return {f"[{name!r}]": part for name, part in value.items()}
    return {f".{field.name}": getattr(value, field.name) for field in fields(value)}


def _tables_differ(one: Any, other: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - two tables or columns
    import pandas as pd

    compare = pd.testing.assert_frame_equal if isinstance(one, pd.DataFrame) else pd.testing.assert_series_equal
    try:
        compare(one, other, check_exact=True, obj=where)
    except AssertionError as error:
        yield str(error)


def _leaves_differ(one: Any, other: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - any two values of a type
    import numpy as np

    if isinstance(one, np.ndarray):
        is_same = one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    elif type(one).__eq__ is _IDENTITY and (state := one.__getstate__()) is not None:
        yield from differences(state, other.__getstate__(), f"{where}'s state")
        return
    else:
        is_same = one == other or (one != one and other != other)  # noqa: PLR0124 - NaN, twice
    if not is_same:
        yield f"{where}: expected: {one!r}; got: {other!r}"
