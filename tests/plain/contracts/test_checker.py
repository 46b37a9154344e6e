import numpy as np
import pandas as pd
import pytest

import contracts


@pytest.mark.parametrize("name", ["claims", "customers", "features"])
def test_a_good_table_keeps_its_contract(good, broken, name):
    """A table made from the contract's own domains breaks no rule, and is not changed by being checked."""
    frame = good(name)
    before = frame.copy(deep=True)
    assert broken(frame, name) == {}
    pd.testing.assert_frame_equal(frame, before)


def _set(frame, row, column, value):
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("incident_month", 13),
        ("incident_month", 0),
        ("incident_day", 32),
        ("incident_dow", 7),
        ("incident_hour", 24),
        ("incident_hour", -1),
        ("num_vehicles_involved", 0),
        ("num_injuries", 5),
        ("num_witnesses", -1),
        ("fraud", 2),
        ("policy_id", 0),
        ("injury_claim", -100),
        ("vehicle_claim", 999.99),
        ("vehicle_claim", np.inf),
    ],
)
def test_a_value_out_of_its_range_is_found(good, broken, column, value):
    """One value out of its range breaks the rule of its column, counted once and shown with its policy."""
    frame = _set(good("claims"), 4, column, value)
    frame["total_claim_amount"] = frame["injury_claim"] + frame["vehicle_claim"]
    rule = broken(frame, "claims")[f"{column}_range"]
    key = value if column == "policy_id" else 5
    assert (rule.count, rule.examples) == (1, ({"policy_id": key, "value": value},))


def test_an_unknown_category_is_found(good, broken):
    """A category that the contract does not know is shown as it is spelt."""
    frame = good("claims")
    frame["collision_type"] = frame["collision_type"].cat.add_categories(["Top"])
    (rule,) = broken(_set(frame, 3, "collision_type", "Top"), "claims").values()
    assert (rule.rule, rule.count, rule.examples) == ("collision_type_category", 1, ({"policy_id": 4, "value": "Top"},))
    assert rule.sentence == "collision_type is one of Front, Rear, Side, N/A"


@pytest.mark.parametrize(("column", "missing"), [("collision_type", None), ("vehicle_claim", np.nan)])
def test_a_missing_value_is_found(good, broken, column, missing):
    """A missing value breaks the rule on missing values, and no other."""
    frame = _set(good("claims"), 3, column, missing)
    (rule,) = broken(frame, "claims").values()
    assert (rule.rule, rule.count) == (f"{column}_not_null", 1)
    assert rule.examples == ({"policy_id": 4, "value": None},)


def test_a_repeated_key_is_found(good, broken):
    """All rows that share a key are counted; the key is shown once."""
    (rule,) = broken(_set(good("customers"), 3, "policy_id", 1), "customers").values()
    assert (rule.rule, rule.count, rule.examples) == ("policy_id_unique", 2, ({"policy_id": 1, "value": 1},))


def test_the_total_is_the_sum_to_the_bit(good, broken):
    """A total that is off by the last bit is found, and shown with all that the rule looks at."""
    frame = good("claims")
    total = np.nextafter(frame.loc[2, "total_claim_amount"], np.inf)
    (rule,) = broken(_set(frame, 2, "total_claim_amount", total), "claims").values()
    assert (rule.rule, rule.column, rule.count) == ("total_is_sum", None, 1)
    assert rule.examples == (
        {
            "policy_id": 3,
            "total_claim_amount": total,
            "injury_claim": frame.loc[2, "injury_claim"],
            "vehicle_claim": frame.loc[2, "vehicle_claim"],
        },
    )


@pytest.mark.parametrize("number", [0, 2])
def test_one_column_of_a_one_hot_group_is_true(good, broken, number):
    """None or two true columns of a group are found, under the name of the group."""
    frame = good("features")
    names = ["incident_type_Break-in", "incident_type_Collision", "incident_type_Theft"]
    for place, name in enumerate(names):
        frame[name] = frame[name].where(frame["policy_id"] != 6, place < number)
    (rule,) = broken(frame, "features").values()
    assert (rule.rule, rule.count, rule.examples[0]["policy_id"]) == ("one_incident_type", 1, 6)


def test_a_table_without_rows_is_a_break(good, broken):
    """An empty table breaks one rule, which shows what was found."""
    (rule,) = broken(good("claims").head(0), "claims").values()
    assert (rule.rule, rule.count, rule.examples) == ("has_rows", 0, ({"observed": 0},))


def test_all_breaks_are_told_at_once_in_the_order_of_the_contract(good):
    """One error carries the columns, then every column's rules, then those on rows, and says how many rows there are."""
    frame = good("claims").assign(incident_hour=99, colour="red", total_claim_amount=5000.0)
    frame["incident_day"] = frame["incident_day"].astype(str)
    frame.loc[0, "policy_id"] = 2
    with pytest.raises(contracts.ContractError) as caught:
        contracts.check(frame, contracts.load("claims"))
    rules = [rule.rule for rule in caught.value.broken]
    assert rules == ["columns", "policy_id_unique", "incident_day_dtype", "incident_hour_range", "total_is_sum"]
    assert (caught.value.table, caught.value.version, caught.value.rows) == ("claims", "1.0.0", 12)


def test_many_bad_rows_are_counted_and_five_are_shown(good, broken):
    """A table of bad rows is told as fast as one with one: the count is whole, the examples are five."""
    frame = good("claims", rows=20_000).assign(incident_month=13, incident_hour=99)
    rules = broken(frame, "claims")
    assert {name: (rule.count, len(rule.examples)) for name, rule in rules.items()} == {
        "incident_month_range": (20_000, 5),
        "incident_hour_range": (20_000, 5),
    }


def test_the_index_of_a_table_does_not_matter(good, broken):
    """A table that was filtered or joined keeps odd labels for its rows; examples are still the right rows."""
    frame = _set(good("claims"), 4, "incident_month", 13).set_axis([7] * 12)
    (rule,) = broken(frame, "claims").values()
    assert rule.examples == ({"policy_id": 5, "value": 13},)
