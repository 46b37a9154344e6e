"""One value of one column: of a JSON record, or as the text of a cell."""

import math
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from step_scripts.contracts.column import Column, Kind
from step_scripts.contracts.date_format import as_moment

MAX_INT64 = 2**63 - 1
_WHOLE = re.compile(r"[ \t]*-?[0-9]{1,19}[ \t]*")
_NUMBER = re.compile(r"[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*")


def sample(column: Column) -> Any:  # noqa: ANN401 - a value of the column's kind
    """Return a value of a column's kind, by which a rule on rows is tried out.

    Examples
    --------
    >>> sample(Column(name="garden", dtype="bool"))
    1
    """
    samples: dict[Kind, Any] = {"integer": 1, "number": 1.0, "boolean": 1, "category": _Category("a"), "text": "a"}
    return samples.get(column.kind, datetime(2026, 1, 1, tzinfo=UTC if column.zone else None))


class _Category(str):
    """A word that has no order, and of which nothing is computed, as pandas has it."""

    __slots__ = ()

    def _refuse(self, _: object) -> bool:
        raise TypeError("categories can only be equal or not")

    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = _refuse  # type: ignore[assignment]


def number(cell: str, column: Column) -> int | float | str | None:
    """Return the value of a cell of text: a number or a bool where the column holds those, None for a missing value.

    A text that is not in plain notation stays text: the contract then reports it. So does a date.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> [number(cell, houses().columns["rooms"]) for cell in ("2", "", "1,000")]
    [2, None, '1,000']
    """
    if not cell or cell in column.missing_values:
        return None
    kind = column.kind
    if kind == "integer" and _WHOLE.fullmatch(cell):
        return int(cell)
    if kind == "number" and _NUMBER.fullmatch(cell) and math.isfinite(value := float(cell)):
        return value
    if kind == "boolean":
        return column.flags.get(cell.strip().casefold(), cell)
    return cell


def written(value: object, column: Column) -> str:
    """Return a value as a CSV file of the column has it; an empty text for a missing value.

    Examples
    --------
    >>> sold_on = Column(name="sold_on", dtype="datetime64[us]", format="dd.MM.yyyy")
    >>> written(datetime(2026, 1, 31), sold_on), written(None, sold_on)
    ('31.01.2026', '')
    """
    if value is None:
        return ""
    if column.kind in {"date", "timestamp"} and isinstance(value, datetime):
        return column.dates.text(value)
    if isinstance(value, bool) and column.true_values:
        return (column.true_values if value else column.false_values)[0]
    return str(value)


def moment(value: object, column: Column) -> datetime | None:
    """Return the date or timestamp of a record's text, in ISO 8601 or in the column's format; None if it is neither.

    Examples
    --------
    >>> sold_on = Column(name="sold_on", dtype="datetime64[us]", format="dd.MM.yyyy")
    >>> moment("31.01.2026", sold_on) == moment("2026-01-31", sold_on)
    True
    """
    if not isinstance(value, str):
        return None
    found = column.dates.parse(value)
    if found is None and column.format:
        found = as_moment(value, zone=column.zone)
        if found is not None and column.kind == "date" and (found.hour or found.minute or found.second):
            return None
    return found


def bounds(column: Column) -> tuple[float, float]:
    """Return the smallest and the largest number that a column may hold."""
    most = MAX_INT64 if column.kind == "integer" else sys.float_info.max
    return (
        -most if column.minimum is None else column.minimum,
        most if column.maximum is None else column.maximum,
    )


def is_of(value: object, column: Column) -> bool:
    """Tell whether a value has its column's type; neither a bool nor a value that is not finite is a number."""
    kind = column.kind
    if kind == "category":
        return isinstance(value, str) and value not in column.missing_values
    if kind == "text":
        return isinstance(value, str) and value != "" and value not in column.missing_values
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in {"date", "timestamp"}:
        return moment(value, column) is not None
    if isinstance(value, float):
        return value.is_integer() if kind == "integer" else math.isfinite(value)
    return type(value) is int and abs(value) <= (MAX_INT64 if kind == "integer" else sys.float_info.max)


def is_in_range(value: Any, column: Column) -> bool:  # noqa: ANN401 - a value of the column's type
    """Tell whether a number, date or timestamp of the column's type is within its bounds."""
    if column.kind in {"date", "timestamp"}:
        found = moment(value, column)
        return found is not None and (
            (column.earliest is None or column.earliest <= found) and (column.latest is None or found <= column.latest)
        )
    low, high = bounds(column)
    return bool(low <= value <= high)


def has_pattern(value: str, column: Column) -> bool:
    """Tell whether a text matches the column's pattern, as RE2 reads it: letters and digits are those of ASCII."""
    return column.pattern is None or re.search(column.pattern, value, re.ASCII) is not None


def has_length(value: str, column: Column) -> bool:
    """Tell whether a text has as many characters as the column allows."""
    return (column.min_length or 0) <= len(value) <= (sys.maxsize if column.max_length is None else column.max_length)


def checker(column: Column) -> Callable[[Any], bool]:
    """Return a function that checks one value in a microsecond: its type, and whether it is in the column's domain.

    Examples
    --------
    >>> rooms = Column(name="rooms", dtype="Int64", minimum=1)
    >>> [checker(rooms)(value) for value in (2, 0, None, "2")]
    [True, False, True, False]
    """
    kind = column.kind
    if kind == "category":
        known: Callable[[Any], bool] = frozenset(column.categories).__contains__
    elif kind == "boolean":
        known = _is_flag
    elif kind == "text":
        known = _text_checker(column)
    elif kind in {"date", "timestamp"}:
        known = _date_checker(column)
    else:
        known = _number_checker(column)
    return known if column.required else lambda value: value is None or known(value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _number_checker(column: Column) -> Callable[[Any], bool]:
    (low, high), whole = bounds(column), column.kind == "integer"

    def holds(value: Any) -> bool:  # noqa: ANN401 - any value of JSON
        kind = type(value)
        return (kind is int or (kind is float and (not whole or value.is_integer()))) and bool(low <= value <= high)

    return holds


def _text_checker(column: Column) -> Callable[[Any], bool]:
    search = re.compile(column.pattern or "", re.ASCII).search
    fewest, missing = max(1, column.min_length or 0), frozenset(column.missing_values)
    most = sys.maxsize if column.max_length is None else column.max_length

    def holds(value: Any) -> bool:  # noqa: ANN401
        return type(value) is str and fewest <= len(value) <= most and value not in missing and bool(search(value))

    return holds


def _date_checker(column: Column) -> Callable[[Any], bool]:
    zone = UTC if column.zone else None
    low = column.earliest or datetime.min.replace(tzinfo=zone)
    high = column.latest or datetime.max.replace(tzinfo=zone)

    parse = column.dates.parse

    def holds(value: Any) -> bool:  # noqa: ANN401
        found = (type(value) is str and parse(value)) or moment(value, column)
        return found is not None and low <= found <= high

    return holds
