"""Which format dates and timestamps have, found by reading every value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.template.guess import Kind

ISO = ""  # the format of a timestamp of ISO 8601: a T or a blank, with or without seconds and fractions
# In the order in which they are tried: a format that comes first is taken where a later one fits as well.
_DATES = (
    *("yyyy-MM-dd", "yyyy/MM/dd", "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy", "MM-dd-yyyy", "yyyy.MM.dd"),
    *("d.M.yyyy", "d/M/yyyy", "M/d/yyyy", "d-M-yyyy", "M-d-yyyy", "yyyy/M/d"),
    *("dd MMM yyyy", "dd-MMM-yyyy", "d MMM yyyy", "d-MMM-yyyy", "MMM d, yyyy"),
)
_TIMES = ("HH:mm:ss", "HH:mm", "H:mm:ss", "H:mm", "HH:mm:ss.SSS", "HH:mm:ss.SSSSSS")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "yyyy": "(?P<year>[0-9]{4})",
        "MMM": f"(?P<name>(?i:{'|'.join(_MONTHS)}))",
        "MM": "(?P<month>[0-9]{2})",
        "M": "(?P<month>[0-9]{1,2})",
        "dd": "(?P<day>[0-9]{2})",
        "d": "(?P<day>[0-9]{1,2})",
        "HH": "(?P<hour>[0-9]{2})",
        "H": "(?P<hour>[0-9]{1,2})",
        "mm": "(?P<minute>[0-9]{2})",
        "ss": "(?P<second>[0-9]{2})",
        "SSSSSS": "(?P<fraction>[0-9]{6})",
        "SSS": "(?P<fraction>[0-9]{3})",
        "XXX": "(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})",
    }
)
_LETTERS = re.compile(r"'T'|yyyy|MMM|MM|M|dd|d|HH|H|mm|ss|SSSSSS|SSS|XXX")
_ISO_REGEX = (
    "^(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?"
)


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
    if not re.search(r"[0-9]", first):
        return None
    likely = [each for each in _formats() if re.match(_regex(*each), first)]
    found = [one for one in (_read(values, *each) for each in likely) if one]
    if not found:
        return None
    other = next((one for one in found[1:] if _day_first(one.format) != _day_first(found[0].format)), None)
    return replace(found[0], also=other.format if other else None)


def _day_first(pattern: str) -> bool:
    return "M" in pattern and pattern.index("d") < pattern.index("M")


def written(moment: datetime, pattern: str, *, zone: bool = False) -> str:
    """Return a moment in a format, in UTC where the format has a zone.

    Examples
    --------
    >>> written(datetime(2020, 1, 31), "dd.MM.yyyy")
    '31.01.2020'
    """
    if pattern == ISO:
        text = moment.isoformat()
        return f"{text}Z" if zone else text
    parts = {
        "yyyy": f"{moment.year:04}",
        "MMM": _MONTHS[moment.month - 1].title(),
        "MM": f"{moment.month:02}",
        "M": f"{moment.month}",
        "dd": f"{moment.day:02}",
        "d": f"{moment.day}",
        "HH": f"{moment.hour:02}",
        "H": f"{moment.hour}",
        "mm": f"{moment.minute:02}",
        "ss": f"{moment.second:02}",
        "SSSSSS": f"{moment.microsecond:06}",
        "SSS": f"{moment.microsecond // 1000:03}",
        "XXX": "Z",
        "'T'": "T",
    }
    return _LETTERS.sub(lambda match: parts[match[0]], pattern)


def _formats() -> list[tuple[str, bool]]:
    """Return the formats that are tried, each with whether its values have a zone."""
    times = [f"{date}{between}{time}" for date in _DATES for between in (" ", "'T'") for time in _TIMES]
    return [(ISO, False), (ISO, True), *((date, False) for date in _DATES), *((each, False) for each in times)] + [
        (f"{each}XXX", True) for each in times
    ]


def _regex(pattern: str, zone: bool) -> str:  # noqa: FBT001 - the two parts of a format
    """Return the regular expression of a format's values; its groups are the parts of a date."""
    if pattern == ISO:
        return _ISO_REGEX + (r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})$" if zone else "$")
    expression, place = "", 0
    for match in _LETTERS.finditer(pattern):
        expression += re.escape(pattern[place : match.start()]) + _FIELDS.get(match[0], "T")
        place = match.end()
    return f"^{expression}$"


def _read(values: pa.Array, pattern: str, zone: bool) -> Found | None:  # noqa: FBT001 - the two parts of a format
    """Read all values in one format; None where one does not fit."""
    regex = _regex(pattern, zone)
    for some in (values.slice(0, 200), values):
        parts = pc.extract_regex(some, regex)
        if parts.null_count:
            return None
    names = [field.name for field in parts.type]

    def part(name: str, width: int = 2) -> pa.Array:
        return pc.utf8_lpad(parts.field(names.index(name)), width, "0") if name in names else "0" * width

    month = part("month") if "month" in names else _month(parts.field(names.index("name")))
    iso = pc.binary_join_element_wise(part("year", 4), month, part("day"), "-")
    if "hour" in names:
        second = parts.field(names.index("second")) if "second" in names else "00"
        second = pc.if_else(pc.equal(second, ""), "00", second)
        time = pc.binary_join_element_wise(part("hour"), part("minute"), second, ":")
        iso = pc.binary_join_element_wise(iso, time, " ")
        if zone:
            iso = pc.binary_join_element_wise(iso, parts.field(names.index("zone")), "")
    try:
        moments = iso.cast(pa.timestamp("us", "UTC" if zone else None))
    except pa.ArrowInvalid:
        return None
    ends = pc.min_max(moments).as_py()
    low, high = (ends[end].replace(tzinfo=None) for end in ("min", "max"))
    return Found("timestamp" if "hour" in names else "date", pattern, zone, low, high)


def _month(names: pa.Array) -> pa.Array:
    places = pc.index_in(pc.utf8_lower(names), pa.array(_MONTHS))
    return pc.utf8_lpad(pc.add(places, 1).cast(pa.string()), 2, "0")
