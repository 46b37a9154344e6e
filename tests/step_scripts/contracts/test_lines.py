"""Rows as JSON Lines read back as they were."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.strategies import claims_and_customers
from step_scripts.contracts import lines
from step_scripts.contracts.lines import as_json_lines


@given(claims_and_customers(max_rows=6))
@settings(max_examples=50, deadline=None)
def test_rows_read_back_as_they_were(pair):
    """Every value to the bit, in the order of the columns."""
    for table in pair:
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


@pytest.mark.parametrize("values", [[np.nan], [np.inf], ["text"], pd.Categorical([None], ["a"]), [True]])
def test_what_json_has_no_word_for_is_refused(values):
    """Or what a reader could not tell from something else."""
    with pytest.raises(ValueError, match="column x: expected finite numbers or categories"):
        list(as_json_lines(pd.DataFrame({"x": values})))


def test_no_rows_are_no_lines():
    """Not one that is empty."""
    assert list(as_json_lines(pd.DataFrame({"x": np.array([], dtype="int64")}))) == []


def test_a_long_table_is_written_piece_by_piece(monkeypatch):
    """Which is one text in the end, whatever the size of the pieces."""
    frame = pd.DataFrame({"x": range(10)})
    whole = b"".join(as_json_lines(frame))
    monkeypatch.setattr(lines, "ROWS", 3)
    pieces = list(as_json_lines(frame))
    assert len(pieces) == 4
    assert b"".join(pieces) == whole
