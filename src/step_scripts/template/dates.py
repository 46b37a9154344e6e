"""Which format dates and timestamps have, found by reading every value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.contracts.column import Column
from step_scripts.contracts.converters import converted
from step_scripts.contracts.date_format import date_format
from step_scripts.template.guess import Kind

ISO = ""  # the format of a timestamp of ISO 8601: a T or a blank, with or without seconds and fractions
# In the order in which they are tried: a format that comes first is taken where a later one fits as well.
_DATES = (
    *("yyyy-MM-dd", "yyyy/MM/dd", "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy", "MM-dd-yyyy", "yyyy.MM.dd"),
    *("d.M.yyyy", "d/M/yyyy", "M/d/yyyy", "d-M-yyyy", "M-d-yyyy", "yyyy/M/d"),
    *("dd MMM yyyy", "dd-MMM-yyyy", "d MMM yyyy", "d-MMM-yyyy", "MMM d, yyyy"),
)
_TIMES = ("HH:mm:ss", "HH:mm", "H:mm:ss", "H:mm", "HH:mm:ss.SSS", "HH:mm:ss.SSSSSS")
_ZONES = ("", "XXX", "XX")


@dataclass(frozen=True)
class Found:
    """A format that every value has, the other one that fits as well, and the first and the last moment."""

    kind: Kind
    format: str
    zone: bool
    low: datetime
    high: datetime
    also: str | None = None


def find_format(values: pa.Array) -> Found | None:
    """Return the format of different values, or None where no format fits them all.

    Parameters
    ----------
    values
        Strings, none missing.

    Examples
    --------
    >>> found = find_format(pa.array(["31/12/2019", "01/02/2020"]))
    >>> found.format, found.low.isoformat()
    ('dd/MM/yyyy', '2019-12-31T00:00:00')
    >>> find_format(pa.array(["01/02/2020", "03/02/2020"])).also
    'MM/dd/yyyy'
    """
    first = values[0].as_py()
    if not re.search(r"[0-9]{4}", first):
        return None
    likely = [each for each in _formats() if date_format(*each).parse(first)]
    found = [one for one in (_read(values, *each) for each in likely) if one]
    if not found:
        return None
    other = next((one for one in found[1:] if _day_first(one.format) != _day_first(found[0].format)), None)
    return replace(found[0], also=other.format if other else None)


def written(moment: datetime, pattern: str, *, zone: bool = False) -> str:
    """Return a moment in a format, in UTC where the format has a zone.

    Examples
    --------
    >>> written(datetime(2020, 1, 31), "dd.MM.yyyy")
    '31.01.2020'
    """
    return date_format(pattern, zone).text(moment.replace(tzinfo=UTC if zone else None))


def parsed(text: str, pattern: str, *, zone: bool = False) -> datetime:
    """Return the moment of a text in a format, in UTC where it has a zone.

    Examples
    --------
    >>> parsed("31.01.2020", "dd.MM.yyyy").isoformat()
    '2020-01-31T00:00:00'
    """
    found = date_format(pattern, zone).parse(text)
    if found is None:
        raise ValueError(f"expected a date as {pattern or 'ISO 8601'}, got {text!r}")
    return found.replace(tzinfo=None)


def _day_first(pattern: str) -> bool:
    return "M" in pattern and pattern.index("d") < pattern.index("M")


def _formats() -> Iterator[tuple[str, bool]]:
    """Yield the formats that are tried, each with whether its values have a zone."""
    yield from ((date, False) for date in _DATES)
    yield from ((ISO, zone) for zone in (False, True))
    for zone in _ZONES:
        for between in (" ", "'T'"):
            yield from ((f"{date}{between}{time}{zone}", bool(zone)) for date in _DATES for time in _TIMES)


def _read(values: pa.Array, pattern: str, zone: bool) -> Found | None:  # noqa: FBT001 - the two parts of a format
    """Read all values in one format, as a table is read; None where one does not fit."""
    column = Column(name="", dtype="datetime64[us, UTC]" if zone else "datetime64[us]", format=pattern)
    moments = pa.chunked_array([], pa.timestamp("us"))
    for some in (values.slice(0, 200), values):
        try:
            moments = converted(pa.chunked_array([some]), column)
        except pa.ArrowInvalid:
            return None
    ends = pc.min_max(moments).as_py()
    low, high = (ends[end].replace(tzinfo=None) for end in ("min", "max"))
    return Found("timestamp" if date_format(pattern, zone).has_time else "date", pattern, zone, low, high)
