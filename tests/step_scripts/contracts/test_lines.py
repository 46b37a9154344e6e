"""Rows as JSON Lines read back as they were."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from step_scripts.contracts import lines
from step_scripts.contracts.lines import as_json_lines
from step_scripts.testing.strategies import tables
from tests.step_scripts.specimens.rows import NAMES, contract


@given(st.sampled_from(NAMES).flatmap(lambda name: tables(contract(name), max_rows=6)))
@settings(max_examples=50, deadline=None)
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


@pytest.mark.parametrize("values", [[np.nan], [np.inf], ["text"], pd.Categorical([None], ["a"]), [None, True]])
def test_what_json_cannot_hold_is_refused(values):
    """NaN, infinity, missing values and free text."""
    with pytest.raises(ValueError, match="column x: expected finite numbers, bools or categories"):
        list(as_json_lines(pd.DataFrame({"x": values})))


def test_no_rows_are_no_lines():
    """Not an empty line."""
    assert list(as_json_lines(pd.DataFrame({"x": np.array([], dtype="int64")}))) == []


def test_a_long_table_is_written_piece_by_piece(monkeypatch):
    """The text does not depend on the size of the pieces."""
    frame = pd.DataFrame({"x": range(10)})
    whole = b"".join(as_json_lines(frame))
    monkeypatch.setattr(lines, "ROWS", 3)
    pieces = list(as_json_lines(frame))
    assert len(pieces) == 4
    assert b"".join(pieces) == whole
