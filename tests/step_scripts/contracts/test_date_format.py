"""Dates and timestamps as text: Python, which checks records, and Arrow, which reads files, agree on each."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts.column import Column
from step_scripts.contracts.converters import converted
from step_scripts.contracts.date_format import as_moment, date_format, iso_text
from step_scripts.contracts.error import InvalidContractError
from tests.profiles import more

FORMATS = [
    *[("", False), ("", True), ("yyyy-MM-dd", False), ("dd.MM.yyyy", False), ("d/M/yy", False), ("yyyyMMdd", False)],
    *[("dd-MMM-yyyy HH:mm:ss", False), ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", True), ("dd/MM/yyyy HH:mm XX", True)],
    *[("yyyy-MM-dd H:mm X", True), ("'on' d MMM yyyy", False), ("yyyy.MM.dd ''HH''", False)],
]
PIECES = [
    *("0", "1", "3", "9", "31", "30", "29", "02", "12", "13", "00", "24", "60", "-", "/", ".", ":", " ", "T", "Z", "+"),
    *("+02:00", "+0200", "-11:30", "+99:99", "+24:00", "Feb", "jan", "0000", "9999", "\n", "٣", "123456", "1234560"),
]


def column_of(pattern, zone):
    """A column of dates or timestamps."""
    return Column(name="x", dtype="datetime64[us, UTC]" if zone else "datetime64[us]", format=pattern)


def read(text, column):
    """The value that Arrow reads; None if it does not fit."""
    try:
        return converted(pa.chunked_array([[text]]), column).to_pylist()[0]
    except pa.ArrowInvalid:
        return None


@st.composite
def texts(draw, pattern, zone):
    """A date as it is written, with some of it replaced."""
    zones = st.just(dt.UTC) if zone else st.none()
    text = date_format(pattern, zone).text(draw(st.datetimes(timezones=zones)))
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(PIECES)) + text[place + draw(st.sampled_from([0, 1, 2, 4])) :]
    return text


@pytest.mark.parametrize(("pattern", "zone"), FORMATS)
@more()
@given(data=st.data())
def test_python_and_arrow_read_the_same(pattern, zone, data):
    """The same value, or none."""
    column = column_of(pattern, zone)
    text = data.draw(texts(pattern, zone))
    assert read(text, column) == column.dates.parse(text)


@pytest.mark.parametrize(("pattern", "zone"), FORMATS)
def test_what_is_written_is_read(pattern, zone):
    """A date of this century, as precise as the format."""
    value = dt.datetime(2026, 1, 9, 0 if "H" not in pattern and pattern else 7, tzinfo=dt.UTC if zone else None)
    column = column_of(pattern, zone)
    assert column.dates.parse(column.dates.text(value)) == value
    assert read(column.dates.text(value), column) == value


@pytest.mark.parametrize(
    ("pattern", "zone", "message"),
    [
        ("DD.MM.YYYY", False, "expected yyyy MM dd .*, got 'DD'"),
        ("dd.MM", False, "expected a date with yyyy in it"),
        ("MM/yyyy", False, "expected a date with dd in it"),
        ("yyyy-dd", False, "expected a date with MM in it"),
        ("yyyy-MM-dd mm", False, "expected the hour beside the minute"),
        ("yyyy-MM-dd HH:ss", False, "expected the minute beside the second"),
        ("yyyy-MM-dd dd", False, "expected each part once, got the day again"),
        ("yyyy-MM-dd HH:mmX", False, "expected no X, as timezone is not true"),
        ("yyyy-MM-dd HH:mm", True, "expected XXX at its end, as timezone is true"),
        ("yyyy-MM-dd 'at", False, "expected a second quote, got one"),
    ],
)
def test_a_format_that_makes_no_sense_is_refused(pattern, zone, message):
    """With what was expected."""
    with pytest.raises(InvalidContractError, match=message):
        date_format(pattern, zone)


def test_a_moment_is_read_in_iso_8601():
    """With an offset where there is a zone; a day alone is its midnight."""
    assert as_moment("2026-01-31", zone=False) == dt.datetime(2026, 1, 31)  # noqa: DTZ001 - without a zone
    assert as_moment("2026-01-31", zone=True) == dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
    assert as_moment("2026-01-31T12:00:00", zone=True) is None
    assert as_moment("31.01.2026", zone=False) is None


def test_a_value_is_written_in_iso_8601():
    """Midnight as a day, UTC as Z."""
    assert iso_text(dt.date(2026, 1, 31)) == "2026-01-31"
    assert iso_text(dt.datetime(2026, 1, 31, 12)) == "2026-01-31T12:00:00"  # noqa: DTZ001
    assert iso_text(dt.datetime(2026, 1, 31, tzinfo=dt.UTC)) == "2026-01-31T00:00:00Z"
