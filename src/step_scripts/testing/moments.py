"""Dates and timestamps that a column may hold, and others that are out of its bounds."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from step_scripts.contracts.cells import is_in_range
from step_scripts.contracts.column import Column

_DAY = timedelta(days=1)
_ALWAYS = (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))  # noqa: DTZ001 - of Python
_CENTURY = (datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59))  # noqa: DTZ001 - what two digits of a year mean


def moments(column: Column) -> st.SearchStrategy[datetime]:
    """Draw values of a column of dates or timestamps; its bounds are drawn often.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(database=None)
    ... @given(moments(Column(name="sold_on", dtype="datetime64[us]", format="d/M/yyyy")))
    ... def test_a_date_has_no_time(value):
    ...     assert value.hour == value.minute == value.second == 0
    >>> test_a_date_has_no_time()
    """
    bounds = [_as_written(bound, column) for bound in (column.earliest, column.latest) if bound is not None]
    valid = [bound for bound in bounds if is_valid(bound, column)]
    inside = _between(column, column.earliest, column.latest).filter(lambda value: is_valid(value, column))
    return st.sampled_from(valid) | inside if valid else inside


def moments_beyond(column: Column) -> st.SearchStrategy[datetime]:
    """Draw values of a column of dates or timestamps that are out of its bounds.

    Raises
    ------
    ValueError
        When the column has no bounds.
    """
    found = []
    if column.earliest is not None:
        found += [st.just(_as_written(column.earliest - _DAY, column)), _between(column, None, column.earliest - _DAY)]
    if column.latest is not None:
        found += [st.just(_as_written(column.latest + _DAY, column)), _between(column, column.latest + _DAY, None)]
    if not found:
        raise ValueError(f"column {column.name}: expected a minimum or a maximum, got neither")
    return st.one_of(found).filter(lambda value: not is_valid(value, column))


def is_valid(value: datetime, column: Column) -> bool:
    """Tell whether a column may hold a value."""
    return is_in_range(column.dates.text(value), column)


def _between(column: Column, low: datetime | None, high: datetime | None) -> st.SearchStrategy[datetime]:
    least, most = _CENTURY if "yy" in column.format.replace("yyyy", "") else _ALWAYS
    if low is not None:
        least = max(least, low.replace(tzinfo=None))
    if high is not None:
        most = min(most, high.replace(tzinfo=None))
    zones: dict[str, Any] = {"timezones": st.just(UTC)} if column.zone else {}
    return st.datetimes(least, most, **zones).map(lambda value: _as_written(value, column))


def _as_written(value: datetime, column: Column) -> datetime:
    """Return a value without what the column's format does not write."""
    found = column.dates.parse(column.dates.text(value))
    return value if found is None else found
