"""Keys for rows that are made up: different for each row, and valid as the contract's key columns say."""

import datetime as dt
import math
from itertools import product
from typing import TypeAlias

from step_scripts.contracts.contract import Column, Contract

Cell: TypeAlias = str | int
Value: TypeAlias = str | int | dt.datetime

_FIRST_DAY = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - of columns with a zone and without
_DAY = dt.timedelta(days=1)


def key_cells(contract: Contract, number: int) -> dict[str, Cell]:
    """Return the key columns of a row as cells of a CSV file: another key for each number, counted from 1.

    Parameters
    ----------
    contract
        The contract of the row; an empty result where it has no key.
    number
        The row's number.

    Raises
    ------
    ValueError
        When there are not so many keys, or a text must match a pattern: the project has to supply keys then.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> key_cells(houses(), 3)
    {'house_id': 3}
    """
    place, cells = number - 1, dict[str, Cell]()
    free = [key for key in contract.keys if size(contract.columns[key]) is None]
    for key in contract.keys:
        digit, domain = place, size(contract.columns[key])
        if domain is not None:
            # Where no column has values without end, the row's number is written in the digits of all columns.
            digit, rest = place % domain, place // domain
            place = place if free else rest
        cells[key] = _cell(contract.columns[key], digit)
    if place and not free and contract.keys:
        raise ValueError(f"{contract.name}: expected at most {capacity(contract)} different keys, got row {number}")
    return cells


def capacity(contract: Contract) -> int | None:
    """Return how many different keys a table can have; None where there is no end.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> capacity(houses())
    """
    total = 1
    for key in contract.keys:
        if (domain := size(contract.columns[key])) is None:
            return None
        total *= domain
    return total if contract.keys else None


def size(column: Column) -> int | None:
    """Return how many values a key column can have; None where there is no end.

    Examples
    --------
    >>> size(Column(name="rooms", dtype="int64", minimum=1, maximum=30))
    30
    """
    if column.categories:
        return len(column.categories)
    if column.kind == "integer" and column.minimum is not None and column.maximum is not None:
        return int(column.maximum) - int(column.minimum) + 1
    if column.earliest is not None and column.latest is not None:
        return (column.latest - column.earliest) // _DAY + 1
    return None


def every_key(contract: Contract) -> list[tuple[Value, ...]]:
    """Return all keys that a table can have, of which there is a number that `capacity` returns."""
    columns = [contract.columns[key] for key in contract.keys]
    return list(product(*([_value(column, place) for place in range(size(column) or 0)] for column in columns)))


def _cell(column: Column, place: int) -> Cell:
    value = _value(column, place)
    return column.dates.text(value) if isinstance(value, dt.datetime) else value


def _value(column: Column, place: int) -> Value:
    """Return the value of a column at a place, counted from 0."""
    if column.categories:
        return column.categories[place]
    if column.kind == "integer":
        if size(column) is not None:  # all of a small domain is used
            return int(column.minimum or 0) + place
        low = -math.inf if column.minimum is None else column.minimum
        high = math.inf if column.maximum is None else column.maximum
        return place + int(max(low, 1)) if high >= 1 + place else int(high) - place
    if column.kind in {"date", "timestamp"}:
        first = column.earliest or _FIRST_DAY.replace(tzinfo=dt.UTC if column.zone else None)
        return first + place * _DAY
    if column.pattern is not None:
        fix = f"supply rows with {column.name}"
        raise ValueError(f"key column {column.name}: expected keys by hand, as it has a pattern, got none; fix: {fix}")
    return f"key {place + 1}"
