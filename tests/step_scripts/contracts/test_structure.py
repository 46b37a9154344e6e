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
    """A column that is missing and one that nobody knows are told together; the other rules are still asked."""
    frame = good(few).drop(columns="vehicle_claim").assign(colour="red", incident_day=32)
    rules = broken(frame, few)
    assert list(rules) == ["columns", "incident_day_range"]
    assert rules["columns"].examples == ({"missing": "vehicle_claim"}, {"unknown": "colour"})


def test_a_column_that_is_there_twice_is_a_break(good, broken, few):
    """A repeated column is named, and no rule guesses which of the two is meant."""
    frame = good(few)
    rules = broken(pd.concat([frame, frame[["incident_day"]]], axis=1), few)
    assert {name: rule.examples for name, rule in rules.items()} == {"columns": ({"repeated": "incident_day"},)}


def test_a_wrong_dtype_names_the_values_that_caused_it(good, broken, few):
    """Of a number column that came as text, the cells that hold no number are told; one that is missing is not."""
    frame = good(few)
    frame["incident_day"] = frame["incident_day"].astype(str).where(frame["policy_id"] != 3, "third")
    frame.loc[7, "incident_day"] = None
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.column, rule.count) == ("incident_day_dtype", "incident_day", 1)
    assert rule.examples == ({"policy_id": 3, "value": "third"},)
    assert rule.sentence == "incident_day holds whole numbers (int64; the column came as str)"
    assert rule.remedy.startswith("correct these values in the source")


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        ("incident_day", "float64"),
        ("incident_day", "int32"),
        ("incident_day", "str"),
        ("vehicle_claim", "float32"),
        ("collision_type", "str"),
    ],
)
def test_a_column_of_another_dtype_is_a_break(good, broken, few, column, dtype):
    """Where all values would fit, all rows are counted: the table was not read with its contract's dtypes."""
    (rule,) = broken(good(few).astype({column: dtype}), few).values()
    assert (rule.rule, rule.count, len(rule.examples)) == (f"{column}_dtype", 12, 5)
    assert rule.remedy.startswith("convert the column")


def test_a_one_hot_column_of_numbers_is_a_break(good, broken):
    """A bool column that came as 0 and 1 is not taken for one: the model would learn the same, a reader would not."""
    (rule,) = broken(good("features").astype({"policy_state_AZ": "int64"}), "features").values()
    assert (rule.rule, rule.count) == ("policy_state_AZ_dtype", 12)


def test_a_missing_whole_number_is_no_wrong_dtype(good, broken, few):
    """Pandas holds whole numbers with a gap as floats; the rule that is broken is the one on missing values."""
    frame = good(few)
    frame["incident_day"] = frame["incident_day"].where(frame["policy_id"] != 3)
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.examples) == ("incident_day_not_null", ({"policy_id": 3, "value": None},))


def test_a_fraction_beside_a_missing_whole_number_is_a_wrong_dtype(good, broken, few):
    """A gap excuses floats that are whole numbers, and only those; it is not counted as a wrong value itself."""
    frame = good(few).astype({"incident_day": "float64"})
    frame.loc[[3, 4], "incident_day"] = [np.nan, 1.5]
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.count) == ("incident_day_dtype", 1)
    assert rule.examples == ({"policy_id": 5, "value": 1.5},)


def test_a_missing_flag_is_no_wrong_dtype(good, broken):
    """Pandas holds bools with a gap as objects; the rule that is broken is the one on missing values."""
    frame = good("features")
    frame["policy_state_AZ"] = frame["policy_state_AZ"].astype(object).where(frame["policy_id"] != 3, None)
    rules = broken(frame, "features")
    assert [name for name in rules if name.startswith("policy_state_AZ")] == ["policy_state_AZ_not_null"]


def test_a_column_without_a_name_is_told_as_such():
    """A CSV with row labels has one: an empty name would read as nothing."""
    claims = contracts.load("claims")
    assert broken_columns([*claims.columns, ""], claims).examples == ({"unknown": "(no name)"},)


def test_an_empty_table_is_not_corrected_but_delivered():
    """The remedy of a rule on the whole table speaks of the table; that of one on columns speaks of values."""
    remedies = {rule.id: rule.remedy for rule in contracts.load("features").rules}
    assert remedies["has_rows"].startswith("deliver the table again, whole, or")


def _remedy(names):
    return broken_columns(names, contracts.load("claims")).remedy


def test_swapped_files_are_recognised():
    """The columns are those of another contract: the message names it."""
    assert "columns of customers: the files look swapped" in _remedy([*contracts.load("customers").columns])


@pytest.mark.parametrize("name", ["Policy_ID", " policy_id", "policy id", "policy-id", "POLICY_ID ", "polcy_id"])
def test_a_name_spelt_otherwise_is_recognised(name):
    """Case, spaces, hyphens and slips of the finger: the message says which column is meant."""
    names = [name, *list(contracts.load("claims").columns)[1:]]
    assert _remedy(names) == f"rename {name!r} to policy_id"


def test_a_missing_header_is_recognised():
    """Where the first row stands in the header's place, nothing is renamed."""
    assert _remedy(["1", "Self", "Collision", "28900"]) == "the first line looks like data: put the header above it"


@pytest.mark.parametrize("value", ["1,234", "$5", "1.0", "1e3", "12 USD", "1 234"])
def test_numbers_in_another_notation_are_recognised(good, broken, few, value):
    """What is nearly a number gets another remedy than what is none."""
    frame = good(few)
    frame["incident_day"] = frame["incident_day"].astype(str)
    frame.loc[2, "incident_day"] = value
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.count) == ("incident_day_dtype", 1)
    assert rule.remedy.startswith("write plain whole numbers: no thousands separator")


def test_a_second_header_is_recognised(good, broken, few):
    """Files that were put together with their headers: a row holds the names of its columns."""
    frame = good(few).astype(str)
    frame.loc[5] = frame.columns
    frame["collision_type"] = frame["collision_type"].astype("category")
    assert broken(frame, few)["incident_day_dtype"].remedy.startswith("take the second header out")


def test_a_column_without_a_name_is_recognised():
    """An index that was written, or a comma at the end of each line."""
    assert _remedy(["", *contracts.load("claims").columns]).startswith("take out the column without a name")


def test_rows_from_a_quarantine_are_recognised():
    """Mended rows are delivered again without the column that said what was wrong with them."""
    assert _remedy([*contracts.load("claims").columns, "broken_rules"]).startswith("take out the column broken_rules")


@pytest.mark.parametrize("value", ["+5", "\u0665", "5\u00a0", "9" * 20, "--5", "9223372036854775808", "0x" + "F" * 17])
def test_the_cell_that_is_no_number_is_told_alone(good, broken, few, value):
    """What the reader does not take for a number is named, and what it does take is not."""
    frame = good(few)
    frame["incident_day"] = frame["incident_day"].astype(str)
    frame.loc[2, "incident_day"] = value
    (rule,) = broken(frame, few).values()
    assert (rule.count, rule.examples) == (1, ({"policy_id": 3, "value": value},))


@pytest.mark.parametrize(
    "value", ["NA", "N/A", "null", "NULL", "None", "nan", "#N/A", "-", "?", "  ", "\\N", "unknown"]
)
def test_words_for_nothing_are_recognised(good, broken, few, value):
    """A missing value has many names among numbers; the contract knows one, an empty cell."""
    frame = good(few)
    frame["incident_day"] = frame["incident_day"].astype(str)
    frame.loc[2, "incident_day"] = value
    (rule,) = broken(frame, few).values()
    assert rule.examples == ({"policy_id": 3, "value": value},)
    assert rule.remedy.startswith("fill these values in the source, or leave the cell empty")


def test_unknown_columns_alone_are_taken_out():
    """All that is wanted is there: nothing has to be delivered again."""
    assert _remedy([*contracts.load("claims").columns, "colour"]).startswith("take these columns out, or add them")


def test_another_table_is_recognised():
    """No column is one of the contract's: it is not the columns that have to be mended."""
    assert _remedy(["Internal Server Error"]).startswith("this is no table of claims: look at what it says")
    assert _remedy(["order", "price"]).startswith("this is no table of claims: look at what it says")


def test_a_wide_table_is_refused_at_once(monkeypatch):
    """Where there are more unknown columns than missing ones, no name is compared with another, which takes hours."""
    monkeypatch.setattr(difflib, "get_close_matches", None)
    claims = contracts.load("claims")
    names = [*list(claims.columns)[1:], *(f"policy_id_{number}" for number in range(20_000))]
    assert broken_columns(names, claims).examples[0] == {"missing": "policy_id"}
