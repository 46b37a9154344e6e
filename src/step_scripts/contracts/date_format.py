"""Dates and timestamps as text: the formats of the standard, and the values that a text stands for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, cached_property

from step_scripts.contracts.error import InvalidContractError

ISO_DATE = "yyyy-MM-dd"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# The letters of a format, which are those of Java, each with a group of a regular expression that Python and RE2 read.
_FIELDS = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "yy": r"(?P<short_year>[0-9]{2})",
    "MMM": rf"(?P<name>(?i:{'|'.join(MONTHS)}))",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "dd": r"(?P<day>[0-9]{2})",
    "d": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    **{"S" * digits: rf"(?P<fraction>[0-9]{{{digits}}})" for digits in range(1, 7)},
    "XXX": r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})",
    "XX": r"(?P<zone>Z|[+-][0-9]{4})",
    "X": r"(?P<zone>Z|[+-][0-9]{2})",
}
_ISO_DAY = _FIELDS["yyyy"] + "-" + _FIELDS["MM"] + "-" + _FIELDS["dd"]
# Microseconds are the smallest unit here: a seventh digit and later ones must be 0.
_ISO_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6})0{0,3})?)?"
_ISO_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})"
_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<mark>[^'])")
_ISO = re.compile(r"(yyyy-MM-dd(( |'T')HH:mm(:ss(\.S{1,6})?)?X{0,3})?)?")  # formats whose texts are ISO 8601
_PLAIN = ("year", "month", "day", "hour", "minute", "second")
LETTERS = "yyyy MM dd HH mm ss SSS XXX, also yy M MMM d H"


@dataclass(frozen=True)
class DateFormat:
    """How a column writes its dates or timestamps.

    Attributes
    ----------
    pattern
        A format as Java has it, such as ``dd.MM.yyyy``; an empty text is a timestamp of ISO 8601.
    zone
        Whether each value has an offset from UTC, or Z.

    Raises
    ------
    InvalidContractError
        When the pattern has other letters, lacks a part of the date, or does not fit `zone`.

    Examples
    --------
    >>> DateFormat("dd.MM.yyyy").parse("31.01.2026")
    datetime.datetime(2026, 1, 31, 0, 0)
    >>> DateFormat("dd.MM.yyyy").parse("31.02.2026") is None
    True
    """

    pattern: str = ""
    zone: bool = False

    def __post_init__(self) -> None:
        """Read the pattern once, so that a mistake in it is found now."""
        _ = self.regex

    @cached_property
    def is_iso(self) -> bool:
        """Whether a text is also read by every library that reads ISO 8601."""
        return _ISO.fullmatch(self.pattern) is not None

    @cached_property
    def has_time(self) -> bool:
        """Whether a value has a time of day."""
        return not self.pattern or "(?P<hour>" in self.regex

    @cached_property
    def regex(self) -> str:
        """A regular expression for Python and RE2 whose groups are the parts of a value."""
        if not self.pattern:
            return f"^{_ISO_DAY}[T ]{_ISO_TIME}{_ISO_ZONE}$" if self.zone else f"^{_ISO_DAY}(?:[T ]{_ISO_TIME})?$"
        parts = "".join(_parts(self.pattern))
        for needed, letters in (("year>", "yyyy"), ("(?P<month>|(?P<name>", "MM"), ("(?P<day>", "dd")):
            if not any(group in parts for group in needed.split("|")):
                raise InvalidContractError(f"format {self.pattern!r}: expected a date with {letters} in it")
        groups = re.findall(r"\?P<(\w+)>", parts)
        if repeated := [name for name in groups if groups.count(name) > 1]:
            raise InvalidContractError(f"format {self.pattern!r}: expected each part once, got the {repeated[0]} again")
        for later, earlier in (("minute", "hour"), ("second", "minute"), ("fraction", "second"), ("zone", "hour")):
            if later in groups and earlier not in groups:
                raise InvalidContractError(f"format {self.pattern!r}: expected the {earlier} beside the {later}")
        if ("zone" in groups) != self.zone:
            expected = "XXX at its end, as timezone is true" if self.zone else "no X, as timezone is not true"
            raise InvalidContractError(f"format {self.pattern!r}: expected {expected}")
        return f"^{parts}$"

    @cached_property
    def _compiled(self) -> "re.Pattern[str]":
        return re.compile(self.regex)

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        """The parts of a value, where all of them are plain numbers; else none."""
        names = tuple(name for name in _PLAIN if name in self._compiled.groupindex)
        return names if len(names) == len(self._compiled.groupindex) else ()

    def parse(self, text: str) -> datetime | None:
        """Return the value of a text, in UTC if it has a zone; None if the text is not in the format, or no such day.

        Examples
        --------
        >>> DateFormat(zone=True).parse("2026-01-31T12:00:00+02:00")
        datetime.datetime(2026, 1, 31, 10, 0, tzinfo=datetime.timezone.utc)
        """
        found = self._compiled.fullmatch(text)
        if found is None:
            return None
        try:
            if self.is_iso:
                value = datetime.fromisoformat(text)
            elif self._plain:
                value = datetime(*map(int, found.group(*self._plain)))  # type: ignore[arg-type] # noqa: DTZ001 - no zone
            else:
                value = _value({name: part for name, part in found.groupdict().items() if part is not None})
            return value.astimezone(UTC) if self.zone else value
        except (ValueError, OverflowError):
            return None

    def text(self, value: datetime) -> str:
        """Return a value in the format.

        Examples
        --------
        >>> DateFormat("d/M/yyyy").text(datetime(2026, 1, 31))
        '31/1/2026'
        """
        if not self.pattern:
            return iso_text(value)
        return "".join(_written(letters, value) if letters else mark for letters, mark in _tokens(self.pattern))


@cache
def date_format(pattern: str, zone: bool) -> DateFormat:  # noqa: FBT001 - the two members of the class
    """Return a format; each is read once a process."""
    return DateFormat(pattern, zone)


def as_moment(text: str, *, zone: bool) -> datetime | None:
    """Return the value of a text in ISO 8601; None if it is another. A day alone is its midnight, in UTC.

    Examples
    --------
    >>> as_moment("2026-01-31", zone=True)
    datetime.datetime(2026, 1, 31, 0, 0, tzinfo=datetime.timezone.utc)
    """
    found = date_format("", zone).parse(text)
    if found is None and zone and (day := date_format(ISO_DATE, False).parse(text)):  # noqa: FBT003 - as above
        return day.replace(tzinfo=UTC)
    return found


def iso_text(value: date) -> str:
    """Return a date or timestamp in ISO 8601: midnight as a date alone, UTC as Z.

    Examples
    --------
    >>> iso_text(datetime(2026, 1, 31)), iso_text(datetime(2026, 1, 31, 12, tzinfo=UTC))
    ('2026-01-31', '2026-01-31T12:00:00Z')
    """
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is not None:
        return value.isoformat().removesuffix("+00:00") + ("Z" if not value.utcoffset() else "")
    text = value.isoformat()
    return text.removesuffix("T00:00:00")


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a pattern, as letters and an empty text, and what is between them, the other way round."""
    place = 0
    while place < len(pattern):
        found = _TOKEN.match(pattern, place)
        if found is None:
            raise InvalidContractError(f"format {pattern!r}: expected a second quote, got one")
        if letters := found["letters"]:
            if letters not in _FIELDS:
                raise InvalidContractError(f"format {pattern!r}: expected {LETTERS} and marks, got {letters!r}")
            yield letters, ""
        elif found["mark"]:
            yield "", found["mark"]
        else:
            yield "", found["quoted"].replace("''", "'") or "'"
        place = found.end()


def _parts(pattern: str) -> Iterator[str]:
    for letters, mark in _tokens(pattern):
        # RE2 has no escaped blank, which re.escape returns.
        yield _FIELDS[letters] if letters else "".join(each if each.isalnum() else f"[{each}]" for each in mark)


def _value(parts: dict[str, str]) -> datetime:
    zone = None
    if offset := parts.get("zone"):
        digits = offset[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0) if digits else 0
        if int(digits[2:] or 0) > 59:
            raise ValueError(offset)
        zone = timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    year = int(parts["year"]) if "year" in parts else 2000 + int(parts["short_year"])
    month = MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    fraction = int(parts.get("fraction", "0").ljust(6, "0"))
    hour, minute, second = (int(parts.get(name, 0)) for name in ("hour", "minute", "second"))
    return datetime(year, month, int(parts["day"]), hour, minute, second, fraction, zone)


def _written(letters: str, value: datetime) -> str:
    if letters.startswith("X"):
        if not value.utcoffset():
            return "Z"
        offset = value.strftime("%z")
        return f"{offset[:3]}:{offset[3:]}" if letters == "XXX" else offset[: 1 + 2 * len(letters)]
    if letters == "MMM":
        return MONTHS[value.month - 1].title()
    number = {
        "y": value.year if letters == "yyyy" else value.year % 100,
        "M": value.month,
        "d": value.day,
        "H": value.hour,
        "m": value.minute,
        "s": value.second,
    }
    if letters[0] == "S":
        return f"{value.microsecond:06}"[: len(letters)]
    return f"{number[letters[0]]:0{len(letters)}}"
