"""The hash of a row is that of its values: a golden one, whatever pandas makes of them."""

import datetime as dt
import struct

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.step import StepError, held_out
from step_scripts.step.hashing import row_hash
from tests.profiles import more, some

BITS = 2**64
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DATES = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))  # noqa: DTZ001 - without a zone
ROWS = st.lists(
    st.tuples(INTEGERS, st.floats(), TEXTS | st.none(), st.booleans() | st.none(), DATES | st.none()),
    min_size=1,
    max_size=20,
)
NAMES = ["whole", "number", "text", "flag", "time"]
MISSING = -(2**63)


def scattered(number):
    """Splitmix64 in Python's own numbers."""
    mixed = (number + 0x9E3779B97F4A7C15) % BITS
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % BITS
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % BITS
    return mixed ^ (mixed >> 31)


def hashed(value):
    """The hash of one value, written down a second time."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return scattered(MISSING)
    if isinstance(value, str):
        content = value.encode()
        found = scattered(len(content))
        for start in range(0, len(content), 8):
            found = scattered(found ^ int.from_bytes(content[start : start + 8], "little"))
        return found
    if isinstance(value, dt.datetime):
        return scattered((value - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1))  # noqa: DTZ001
    if isinstance(value, float) and (not value.is_integer() or abs(value) >= 2**63):
        return scattered(struct.unpack("<Q", struct.pack("<d", value))[0])
    return scattered(int(value))


def expected(row):
    """The hash of a row, written down a second time."""
    first, *rest = row
    found = hashed(first)
    for value in rest:
        found = (scattered(found) + hashed(value)) % BITS
    return found


def frame(rows):
    """Rows as a table, with the dtypes of a contract."""
    dtypes = ["int64", "float64", "str", "boolean", "datetime64[us]"]
    columns = zip(NAMES, dtypes, zip(*rows, strict=True), strict=True)
    return pd.DataFrame({name: pd.Series(list(values), dtype=dtype) for name, dtype, values in columns})


@more()
@given(rows=ROWS)
def test_a_hash_is_the_one_that_is_written_down(rows):
    """No other machine, version of a library, or number of rows hashes otherwise."""
    assert row_hash(frame(rows)).tolist() == [expected(row) for row in rows]


def test_the_hash_of_a_row_never_changes():
    """A split that was made stays as it was, in each later version."""
    rows = [(7, 48.5, "Elm street 1", True, dt.datetime(2020, 2, 29)), (0, np.nan, "", None, None)]  # noqa: DTZ001
    assert row_hash(frame(rows)).tolist() == [2589405933647797211, 2911300135992357946]
    assert row_hash(np.array([0, 1234567])).tolist() == [0xE220A8397B1DCDAF, 6457827717110365317]


@some()
@given(rows=ROWS, data=st.data())
def test_how_pandas_holds_a_value_does_not_count(rows, data):
    """Neither dtype, order of categories, unit of time, nor zone: a value that is equal has the same hash."""
    plain = frame(rows)
    other = plain.copy()
    other["whole"] = other["whole"].astype(data.draw(st.sampled_from(["Int64", "object"])))
    other["number"] = other["number"].astype(data.draw(st.sampled_from(["Float64", "object"])))
    words = sorted({word for word in plain["text"] if isinstance(word, str)}, reverse=data.draw(st.booleans()))
    texts = data.draw(st.sampled_from(["object", "category", "string[python]", pd.CategoricalDtype([*words, "?"])]))
    other["text"] = other["text"].astype(texts)
    other["flag"] = other["flag"].astype(data.draw(st.sampled_from(["object", "Int64", "Float64"])))
    zoned = other["time"].dt.tz_localize("UTC")
    other["time"] = data.draw(st.sampled_from([zoned, zoned.dt.tz_convert("Asia/Tokyo"), other["time"].astype(object)]))
    order = data.draw(st.permutations(range(len(rows))))
    assert (row_hash(other.iloc[order]) == row_hash(plain)[order]).all()


def test_a_value_is_what_it_equals():
    """A whole number is the same as a float, a date the same as its midnight; a text is never a number."""
    assert row_hash(pd.Series([2.0, -0.0, 1e18]))[:3].tolist() == row_hash(np.array([2, 0, 10**18])).tolist()
    day = dt.date(2020, 2, 29)
    assert row_hash(pd.Series([day, None]))[0] == row_hash(pd.Series(pd.to_datetime(["2020-02-29"])))[0]
    assert row_hash(pd.Series(["1"]))[0] != row_hash(np.array([1]))[0]
    assert row_hash(pd.Series([1, "a", 2.5, None], dtype=object)).tolist() == [*map(hashed, [1, "a", 2.5, None])]
    assert len({*row_hash(pd.Series(["", "\0", "a", "a\0", "a" * 8, "a" * 9])).tolist()}) == 6


def test_missing_values_are_alike():
    """In a column of any kind."""
    kinds = ["float64", "Int64", "boolean", "str", "category", "object", "datetime64[us]", "datetime64[ns, UTC]"]
    assert {row_hash(pd.Series([None], dtype=kind))[0] for kind in kinds} == {scattered(MISSING)}


def test_the_order_of_columns_counts():
    """A row is not its mirror image."""
    table = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    assert row_hash(table)[0] != row_hash(table)[1]
    assert (row_hash(table) == row_hash(table.rename(columns={"a": "c"}, index={0: 9}))).all()


def test_whole_rows_are_spread_evenly():
    """Neighbouring rows of few values each: the share is within three standard deviations of a fair draw."""
    place = np.arange(100_000)
    kinds = pd.Categorical.from_codes(place % 5, list("abcde"))
    table = pd.DataFrame({"a": place // 1000, "kind": kinds, "b": place % 1000, "text": "same"})
    for fraction in (0.05, 0.2, 0.5):
        share = held_out(table, test_fraction=fraction, split="hash").mean()
        assert abs(share - fraction) < 3 * np.sqrt(fraction * (1 - fraction) / 100_000)


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        (pd.DataFrame({"area": [1 + 2j]}), "column area: expected numbers, bools, texts, .*, got complex128"),
        (pd.DataFrame({"area": [[1]]}), "column area: expected .*, got mixed"),
        (pd.DataFrame({"area": [2**64]}), "column area: expected .*, got a whole number of more than 64 bits"),
        (pd.Series([pd.Timedelta(1)]), r"rows are hashed by their values: expected .*, got timedelta64\[ns\]"),
        (pd.DataFrame(index=[1, 2]), "expected a table with one column or more, got none"),
    ],
)
def test_what_has_no_hash_is_an_error(rows, got):
    """The message names the column, what it may hold, and what it holds."""
    with pytest.raises(StepError, match=got):
        row_hash(rows)
