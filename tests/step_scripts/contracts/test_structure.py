import difflib

import numpy as np
import pandas as pd
import pytest

from step_scripts import contracts
from step_scripts.contracts.structure import broken_columns


def test_the_order_of_columns_is_free(good, broken, few):
    """A table with its columns in another order keeps its contract."""
    frame = good(few)
    assert broken(frame[sorted(frame.columns)], few) == {}


def test_missing_and_unknown_columns_are_one_break(good, broken, few):
    """A missing column and an unknown one are reported together; the other rules are still checked."""
    frame = good(few).drop(columns="building_price").assign(colour="red", day=32)
    rules = broken(frame, few)
    assert list(rules) == ["columns", "day_range"]
    assert rules["columns"].examples == ({"missing": "building_price"}, {"unknown": "colour"})


def test_a_column_that_is_there_twice_is_a_break(good, broken, few):
    """A repeated column is named, and no rule guesses which of the two is meant."""
    frame = good(few)
    rules = broken(pd.concat([frame, frame[["day"]]], axis=1), few)
    assert {name: rule.examples for name, rule in rules.items()} == {"columns": ({"repeated": "day"},)}


def test_a_wrong_dtype_names_the_values_that_caused_it(good, broken, few):
    """Of a number column that came as text, the cells that hold no number are reported; one that is missing is not."""
    frame = good(few)
    frame["day"] = frame["day"].astype(str).where(frame["house_id"] != 3, "third")
    frame.loc[7, "day"] = None
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.column, rule.count) == ("day_dtype", "day", 1)
    assert rule.examples == ({"house_id": 3, "value": "third"},)
    assert rule.sentence == "day holds whole numbers (int64; the column came as str)"
    assert rule.remedy.startswith("correct these values in the source")


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        ("day", "float64"),
        ("day", "int32"),
        ("day", "str"),
        ("building_price", "float32"),
        ("kind", "str"),
    ],
)
def test_a_column_of_another_dtype_is_a_break(good, broken, few, column, dtype):
    """Where all values would fit, all rows are counted: the table was not read with its contract's dtypes."""
    (rule,) = broken(good(few).astype({column: dtype}), few).values()
    assert (rule.rule, rule.count, len(rule.examples)) == (f"{column}_dtype", 12, 5)
    assert rule.remedy.startswith("convert the column")


def test_a_column_of_flags_as_numbers_is_a_break(good, broken):
    """A bool column that came as 0 and 1 is not of its dtype."""
    (rule,) = broken(good("surveys").astype({"garden": "int64"}), "surveys").values()
    assert (rule.rule, rule.count) == ("garden_dtype", 12)


def test_a_missing_whole_number_is_no_wrong_dtype(good, broken, few):
    """Pandas holds whole numbers with a gap as floats; the rule that is broken is the one on missing values."""
    frame = good(few)
    frame["day"] = frame["day"].where(frame["house_id"] != 3)
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.examples) == ("day_not_null", ({"house_id": 3, "value": None},))


def test_a_fraction_beside_a_missing_whole_number_is_a_wrong_dtype(good, broken, few):
    """A gap excuses floats that are whole numbers, and only those; it is not counted as a wrong value itself."""
    frame = good(few).astype({"day": "float64"})
    frame.loc[[3, 4], "day"] = [np.nan, 1.5]
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.count) == ("day_dtype", 1)
    assert rule.examples == ({"house_id": 5, "value": 1.5},)


def test_a_missing_flag_is_no_wrong_dtype(good, broken):
    """Pandas holds bools with a gap as objects; the rule that is broken is the one on missing values."""
    frame = good("surveys")
    frame["garden"] = frame["garden"].astype(object).where(frame["house_id"] != 3, None)
    rules = broken(frame, "surveys")
    assert [name for name in rules if name.startswith("garden")] == ["garden_not_null"]


def test_a_column_without_a_name_is_reported_as_such():
    """A CSV with row labels has one: an empty name would read as nothing."""
    houses = contracts.load("houses")
    assert broken_columns([*houses.columns, ""], houses).examples == ({"unknown": "(no name)"},)


def test_an_empty_table_is_not_corrected_but_delivered():
    """The remedy of a rule on the whole table speaks of the table; that of one on columns speaks of values."""
    remedies = {rule.id: rule.remedy for rule in contracts.load("houses").rules}
    assert remedies["has_rows"].startswith("deliver the table again, whole, or")


def _remedy(names):
    return broken_columns(names, contracts.load("houses")).remedy


def test_swapped_files_are_recognised():
    """The columns are those of another contract: the message names it."""
    assert "columns of surveys: the files look swapped" in _remedy([*contracts.load("surveys").columns])


@pytest.mark.parametrize("name", ["House_ID", " house_id", "house id", "house-id", "HOUSE_ID ", "huose_id"])
def test_a_name_spelt_otherwise_is_recognised(name):
    """Case, spaces, hyphens and slips of the finger: the message says which column is meant."""
    names = [name, *list(contracts.load("houses").columns)[1:]]
    assert _remedy(names) == f"rename {name!r} to house_id"


def test_a_missing_header_is_recognised():
    """Where the first row stands in the header's place, nothing is renamed."""
    assert _remedy(["1", "Flat", "Gas", "28900"]) == "the first line looks like data: put the header above it"


@pytest.mark.parametrize("value", ["1,234", "$5", "1.0", "1e3", "12 USD", "1 234"])
def test_numbers_in_another_notation_are_recognised(good, broken, few, value):
    """What is nearly a number gets another remedy than other text."""
    frame = good(few)
    frame["day"] = frame["day"].astype(str)
    frame.loc[2, "day"] = value
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.count) == ("day_dtype", 1)
    assert rule.remedy.startswith("write plain whole numbers: no thousands separator")


def test_a_second_header_is_recognised(good, broken, few):
    """Files that were put together with their headers: a row holds the names of its columns."""
    frame = good(few).astype(str)
    frame.loc[5] = frame.columns
    frame["kind"] = frame["kind"].astype("category")
    assert broken(frame, few)["day_dtype"].remedy.startswith("take out the second header")


def test_a_column_without_a_name_is_recognised():
    """An index that was written, or a comma at the end of each line."""
    assert _remedy(["", *contracts.load("houses").columns]).startswith("take out the column without a name")


def test_rows_from_a_quarantine_are_recognised():
    """Corrected rows are delivered again without the column that says what was wrong with them."""
    assert _remedy([*contracts.load("houses").columns, "broken_rules"]).startswith("take out the column broken_rules")


@pytest.mark.parametrize("value", ["+5", "\u0665", "5\u00a0", "9" * 20, "--5", "9223372036854775808", "0x" + "F" * 17])
def test_the_cell_that_is_no_number_is_reported_alone(good, broken, few, value):
    """What the reader does not take for a number is named, and what it does take is not."""
    frame = good(few)
    frame["day"] = frame["day"].astype(str)
    frame.loc[2, "day"] = value
    (rule,) = broken(frame, few).values()
    assert (rule.count, rule.examples) == (1, ({"house_id": 3, "value": value},))


@pytest.mark.parametrize(
    "value", ["NA", "N/A", "null", "NULL", "None", "nan", "#N/A", "-", "?", "  ", "\\N", "unknown"]
)
def test_words_for_nothing_are_recognised(good, broken, few, value):
    """A missing value has many names among numbers; the contract knows one, an empty cell."""
    frame = good(few)
    frame["day"] = frame["day"].astype(str)
    frame.loc[2, "day"] = value
    (rule,) = broken(frame, few).values()
    assert rule.examples == ({"house_id": 3, "value": value},)
    assert rule.remedy.startswith("fill these values in the source, or leave the cell empty")


def test_unknown_columns_alone_are_taken_out():
    """All that is wanted is there: nothing has to be delivered again."""
    assert _remedy([*contracts.load("houses").columns, "colour"]).startswith("take these columns out, or add them")


def test_another_table_is_recognised():
    """No column is one of the contract's: the file is another table."""
    assert _remedy(["Internal Server Error"]).startswith("this is not the table houses: look into the file")
    assert _remedy(["order", "amount"]).startswith("this is not the table houses: look into the file")


def test_a_wide_table_is_refused_at_once(monkeypatch):
    """Where there are more unknown columns than missing ones, no name is compared with another, which takes hours."""
    monkeypatch.setattr(difflib, "get_close_matches", None)
    houses = contracts.load("houses")
    names = [*list(houses.columns)[1:], *(f"house_id_{number}" for number in range(20_000))]
    assert broken_columns(names, houses).examples[0] == {"missing": "house_id"}
