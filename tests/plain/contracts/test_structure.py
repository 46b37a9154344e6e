import pandas as pd
import pytest


def test_the_order_of_columns_is_free(good, broken):
    """A table with its columns in another order keeps its contract."""
    frame = good("claims")
    assert broken(frame[sorted(frame.columns)], "claims") == {}


def test_missing_and_unknown_columns_are_one_break(good, broken):
    """A column that is missing and one that nobody knows are told together; the other rules are still asked."""
    frame = good("claims").drop(columns="fraud").assign(colour="red", incident_month=13)
    rules = broken(frame, "claims")
    assert list(rules) == ["columns", "incident_month_range"]
    assert rules["columns"].examples == ({"missing": "fraud"}, {"unknown": "colour"})


def test_a_column_that_is_there_twice_is_a_break(good, broken):
    """A repeated column is named, and no rule guesses which of the two is meant."""
    frame = good("claims")
    rules = broken(pd.concat([frame, frame[["fraud"]]], axis=1), "claims")
    assert {name: rule.examples for name, rule in rules.items()} == {"columns": ({"repeated": "fraud"},)}


def test_a_wrong_dtype_names_the_values_that_caused_it(good, broken):
    """Of a number column that came as text, the rows that hold no number are counted and shown."""
    frame = good("claims")
    frame["incident_day"] = frame["incident_day"].astype(str).where(frame["policy_id"] != 3, "third")
    (rule,) = broken(frame, "claims").values()
    assert (rule.rule, rule.column, rule.count) == ("incident_day_dtype", "incident_day", 1)
    assert rule.examples == ({"policy_id": 3, "value": "third"},)
    assert rule.sentence == "incident_day holds whole numbers (int64; the column came as str)"


@pytest.mark.parametrize(
    ("column", "dtype", "table"),
    [
        ("incident_day", "float64", "claims"),
        ("incident_day", "int32", "claims"),
        ("vehicle_claim", "float32", "claims"),
        ("incident_type", "str", "claims"),
        ("policy_state_AZ", "int64", "features"),
    ],
)
def test_a_column_of_another_dtype_is_a_break(good, broken, column, dtype, table):
    """Where all values would fit, all rows are counted: the table was not read with its contract's dtypes."""
    (rule,) = broken(good(table).astype({column: dtype}), table).values()
    assert (rule.rule, rule.count, len(rule.examples)) == (f"{column}_dtype", 12, 5)
    assert "read_checked" in rule.remedy


@pytest.mark.parametrize(("column", "table"), [("incident_day", "claims"), ("policy_state_AZ", "features")])
def test_a_missing_value_is_no_wrong_dtype(good, broken, column, table):
    """Pandas holds whole numbers with a gap as floats; the rule that is broken is the one on missing values."""
    frame = good(table).astype({column: object})
    frame.loc[1, column] = None
    frame[column] = frame[column].astype(float) if table == "claims" else frame[column]
    rules = broken(frame, table)
    assert (rules.pop(f"{column}_not_null").count, [name for name in rules if column in name]) == (1, [])
