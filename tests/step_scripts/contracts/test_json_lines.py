"""Tables as JSON Lines: every value reads back as it was."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts import as_json_lines, json_lines
from step_scripts.testing.strategies import tables
from tests.step_scripts.specimens.rows import NAMES, contract


@given(st.sampled_from(NAMES).flatmap(lambda name: tables(contract(name), max_rows=6)))
def test_rows_read_back_as_they_were(table):
    """Every value to the bit, in the order of the columns."""
    table = table.fillna({"slope": 0.5} if "slope" in table else {})
    lines = b"".join(as_json_lines(table)).decode().splitlines()
    assert [list(json.loads(line)) for line in lines] == [list(table)] * len(table)
    assert [json.loads(line) for line in lines] == table.astype(object).to_dict("records")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_any_number_reads_back_as_it_was(numbers):
    """The smallest and the largest as well."""
    lines = b"".join(as_json_lines(pd.DataFrame({"x": numbers}))).splitlines()
    assert [json.loads(line)["x"] for line in lines] == numbers


@given(
    st.lists(st.text(), min_size=1, max_size=5, unique=True).filter(
        lambda words: all(word.isprintable() for word in words)
    )
)
def test_any_word_reads_back_as_it_was(words):
    """Quotes and what is not ASCII as well."""
    lines = b"".join(as_json_lines(pd.DataFrame({"x": pd.Categorical(words)}))).splitlines()
    assert [json.loads(line)["x"] for line in lines] == words


@pytest.mark.parametrize("values", [[np.inf], [None, True], [b"bytes"], [1j], np.array([1], dtype="int8")])
def test_what_json_cannot_hold_is_refused(values):
    """Infinity, and dtypes that no contract has."""
    with pytest.raises(ValueError, match="column x: expected finite numbers, bools, categories, text or dates, got"):
        list(as_json_lines(pd.DataFrame({"x": values})))


def test_every_kind_of_value_is_written():
    """A missing value is null, whatever its column holds; dates are texts of ISO 8601."""
    frame = pd.DataFrame(
        {
            "area": [48.5, np.nan],
            "rooms": pd.array([3, None], dtype="Int64"),
            "garden": pd.array([True, None], dtype="boolean"),
            "kind": pd.Categorical(["Flat", None]),
            "notes": pd.array(['Près de "la mer"\n', None], dtype="str"),
            "sold_on": pd.to_datetime(["2026-01-31", None]).astype("datetime64[us]"),
            "seen_at": pd.to_datetime(["2026-01-31 12:00:00.25", None]).astype("datetime64[us]"),
            "sent_at": pd.to_datetime(["2026-01-31T00:00:00Z", None]).astype("datetime64[us, UTC]"),
        }
    )
    first, second = map(json.loads, b"".join(as_json_lines(frame)).splitlines())
    assert first == {
        "area": 48.5,
        "rooms": 3,
        "garden": True,
        "kind": "Flat",
        "notes": 'Près de "la mer"\n',
        "sold_on": "2026-01-31",
        "seen_at": "2026-01-31T12:00:00.250000",
        "sent_at": "2026-01-31T00:00:00Z",
    }
    assert second == dict.fromkeys(frame)


def test_whole_numbers_keep_their_last_digit_beside_a_missing_one():
    """Numbers that no float holds."""
    frame = pd.DataFrame({"x": pd.array([2**63 - 1, None], dtype="Int64")})
    assert b"".join(as_json_lines(frame)) == b'{"x": 9223372036854775807}\n{"x": null}\n'


def test_no_rows_are_no_lines():
    """Not an empty line."""
    assert list(as_json_lines(pd.DataFrame({"x": np.array([], dtype="int64")}))) == []


def test_a_long_table_is_written_piece_by_piece(monkeypatch):
    """The text does not depend on the size of the pieces."""
    frame = pd.DataFrame({"x": range(10)})
    whole = b"".join(as_json_lines(frame))
    monkeypatch.setattr(json_lines, "ROWS", 3)
    pieces = list(as_json_lines(frame))
    assert len(pieces) == 4
    assert b"".join(pieces) == whole
