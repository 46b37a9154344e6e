from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from step_scripts import contracts
from tests.step_scripts.specimens.rows import NAMES


def _without_written_rules(name):
    """A contract with the rules that follow from its columns, and no other: each can then be broken alone."""
    contract = contracts.load(name)
    return replace(contract, rules=tuple(rule for rule in contract.rules if rule not in contract.written))


@pytest.mark.parametrize("name", NAMES)
def test_a_good_table_keeps_its_contract(good, broken, name):
    """A table made from the contract's own domains breaks no rule, and is not changed by being checked."""
    frame = good(name)
    before = frame.copy(deep=True)
    assert broken(frame, name) == {}
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", NAMES)
def test_every_range_and_every_category_is_guarded(good, broken, name):
    """A value below each minimum, one above each maximum, an unknown category: each is found, by its rule alone."""
    contract = _without_written_rules(name)
    frame, expected = good(name), {}
    for column in contract.columns.values():
        low, high = column.minimum, column.maximum
        if column.categories:
            frame[column.name] = frame[column.name].cat.add_categories(["Unheard of"])
            frame.loc[2, column.name] = "Unheard of"
            expected[f"{column.name}_category"] = (1, ["Unheard of"])
        elif low is not None:
            beyond = [low - 1] if high is None else [low - 1, high + 1]
            frame.loc[range(len(beyond)), column.name] = beyond
            expected[f"{column.name}_range"] = (len(beyond), beyond)
    found = broken(frame, contract)
    assert {key: (rule.count, [e.get("value") for e in rule.examples]) for key, rule in found.items()} == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_guarded_against_missing_values(good, broken, name):
    """A missing value in any required column breaks its rule on missing values, and no other rule."""
    frame = good(name).fillna({"slope": 1.0} if name == "surveys" else {})
    frame = frame.astype(dict.fromkeys(frame.columns, object))
    frame.loc[3] = None
    frame = frame.convert_dtypes(dtype_backend="numpy_nullable")
    columns = contracts.load(name).columns.values()
    for column in columns:
        values = frame[column.name]
        kept = values.astype("float64") if column.dtype in {"int64", "float64"} else values.astype(object)
        frame[column.name] = pd.Categorical(values, column.categories) if column.categories else kept
    found = broken(frame.where(frame.notna(), None), name)
    rules = {key: rule.count for key, rule in found.items() if not key.startswith("one_")}
    assert rules == {f"{column.name}_not_null": 1 for column in columns if column.required}


def test_an_infinite_amount_is_out_of_range(good, broken, few):
    """Infinity is a float, and above each maximum."""
    frame = good(few)
    frame.loc[4, "building_price"] = np.inf
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.examples) == ("building_price_range", ({"house_id": 5, "value": np.inf},))


def test_a_broken_rule_has_all_its_fields(good, broken, few):
    """Rule, column, sentence, count, the house and its value, and the fix: each has its field."""
    frame = good(few)
    frame["kind"] = frame["kind"].cat.add_categories(["Tower"])
    frame.loc[3, "kind"] = "Tower"
    (rule,) = broken(frame, few).values()
    assert rule == contracts.BrokenRule(
        rule="kind_category",
        column="kind",
        sentence="kind is one of Flat, House, Hut, N/A",
        count=1,
        examples=({"house_id": 4, "value": "Tower"},),
        remedy="correct these values in the source, or widen the contract and raise its version",
    )


def test_a_repeated_key_is_found(good, broken, few):
    """All rows that share a key are counted; the key is shown once."""
    frame = good(few)
    frame.loc[3, "house_id"] = 1
    (rule,) = broken(frame, few).values()
    assert (rule.rule, rule.count) == ("house_id_unique", 2)
    assert rule.examples == ({"house_id": 1, "value": 1},)


def test_the_total_is_the_sum_to_the_bit(good, broken):
    """A total that is off by the last bit is found, and shown with all that the rule looks at."""
    frame = good("houses")
    total = np.nextafter(frame.loc[2, "price"], np.inf)
    frame.loc[2, "price"] = total
    (rule,) = broken(frame, "houses").values()
    assert (rule.rule, rule.column, rule.count) == ("price_is_sum", None, 1)
    assert rule.examples == (
        {
            "house_id": 3,
            "price": total,
            "land_price": frame.loc[2, "land_price"],
            "building_price": frame.loc[2, "building_price"],
        },
    )


def test_one_column_of_a_one_hot_group_is_true(good, broken):
    """None or two true columns of a group are found, under the name of the group."""
    frame = good("surveys")
    frame.loc[5, ["roof_Flat-top", "roof_Gable", "roof_missing"]] = False
    frame.loc[6, ["roof_Gable", "roof_missing"]] = True
    rules = broken(frame, "surveys")
    found = {name: (rule.count, [row["house_id"] for row in rule.examples]) for name, rule in rules.items()}
    assert found == {"one_roof": (2, [6, 7])}


def test_a_table_without_rows_is_a_break(good, broken, few):
    """An empty table breaks one rule, which shows what was found."""
    (rule,) = broken(good(few).head(0), few).values()
    assert (rule.rule, rule.count, rule.examples) == ("has_rows", 0, ({"observed": 0},))


def test_all_breaks_are_reported_at_once_in_the_order_of_the_contract(good):
    """One error carries the columns, then each column's rules, then those on rows; and the number of rows."""
    frame = good("houses").assign(month=99, colour="red", price=5000.0)
    frame["day"] = frame["day"].astype(str)
    frame.loc[0, "house_id"] = 2
    with pytest.raises(contracts.ContractError) as caught:
        contracts.check(frame, contracts.load("houses"))
    rules = [rule.rule for rule in caught.value.broken]
    assert rules == ["columns", "house_id_unique", "month_range", "day_dtype", "price_is_sum"]
    assert (caught.value.table, caught.value.version, caught.value.rows) == ("houses", "2.0.0", 12)


def test_many_bad_rows_are_counted_and_five_are_shown(good, broken, few):
    """However many rows are bad, the count is whole and the examples are five."""
    frame = good(few, rows=100_000).assign(day=99, building_price=0.0)
    rules = broken(frame, few)
    assert {name: (rule.count, len(rule.examples)) for name, rule in rules.items()} == {
        "day_range": (100_000, 5),
        "building_price_range": (100_000, 5),
    }


def test_the_index_of_a_table_does_not_matter(good, broken, few):
    """A table that was filtered or joined has odd labels for its rows; the examples are still the right rows."""
    frame = good(few)
    frame.loc[4, "day"] = 32
    (rule,) = broken(frame.set_axis([7] * 12), few).values()
    assert rule.examples == ({"house_id": 5, "value": 32},)


@pytest.mark.parametrize("value", ["flat", " Flat", "FLAT "])
def test_another_spelling_of_a_category_is_recognised(good, broken, few, value):
    """Another case, or blanks: the message says how the contract spells it."""
    frame = good(few).astype({"kind": str})
    frame.loc[0, "kind"] = value
    (rule,) = broken(frame.astype({"kind": "category"}), few).values()
    assert rule.remedy == "spell these values as the contract does: Flat"


def test_a_missing_value_is_not_a_category(good, broken):
    """`None` is a category of heating; an empty cell is not a way to spell it."""
    frame = good("houses")
    frame.loc[0, "heating"] = None
    assert broken(frame, "houses")["heating_not_null"].remedy.startswith("fill these values")
