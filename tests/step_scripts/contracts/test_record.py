"""One row at a time is checked against the same contracts as a table."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts.cells import number
from step_scripts.contracts.error import as_line
from step_scripts.contracts.record import RecordContract
from step_scripts.testing.strategies import mutations
from tests.records import broken_by_cell, rules_of_rows
from tests.step_scripts.specimens.rows import NAMES, contract, random_tables, tables

ROWS = RecordContract(*map(contract, NAMES), without=["sold"])


def records_of(houses, surveys):
    """The joined rows of two tables; a missing value is None, as in JSON."""
    joined = houses.merge(surveys, on="house_id").astype(object)
    return joined.where(joined.notna(), None).to_dict("records")


EXAMPLE = records_of(*tables(1))[0]


def rules_of(record):
    """The ids of the rules that a row breaks."""
    return [broken.rule for broken in ROWS.broken(record)]


def with_(**values):
    """The example with other values."""
    return {**EXAMPLE, **values}


def test_good_rows_keep_their_contract():
    """A row of a valid table is a valid row, also where a value is missing that may be."""
    records = records_of(*tables(60))
    assert any(record["slope"] is None for record in records)
    assert [rules_of(record) for record in records] == [[]] * 60


@pytest.mark.parametrize("seed", range(2))
def test_a_row_is_judged_as_in_its_table(seed):
    """Rows drawn without regard to joint rules break the same rules alone as in their tables."""
    drawn = random_tables(200, seed)
    expected = rules_of_rows(drawn, map(contract, NAMES))
    assert {"price_is_sum", "one_roof"} <= set.union(*expected)
    assert [set(rules_of(record)) for record in records_of(*drawn)] == expected


@given(st.sampled_from(NAMES).flatmap(lambda name: mutations(contract(name), rows=1)))
def test_a_cell_that_breaks_a_rule_is_reported(change):
    """By the rule that a table with this cell breaks."""
    assert broken_by_cell(ROWS, EXAMPLE, change) == ([change.rule] if change.rule else [])


@pytest.mark.parametrize(
    ("record", "rules"),
    [
        ({}, ["columns"]),
        (with_(colour="red"), ["columns"]),
        (with_(rooms=None), ["rooms_not_null"]),
        (with_(rooms=True), ["rooms_dtype"]),
        (with_(rooms="1"), ["rooms_dtype"]),
        (with_(rooms=0.5), ["rooms_dtype"]),
        (with_(rooms=[0]), ["rooms_dtype"]),
        (with_(rooms={}), ["rooms_dtype"]),
        (with_(area=math.nan), ["area_dtype"]),
        (with_(area=math.inf), ["area_dtype"]),
        (with_(area=10**400), ["area_dtype"]),
        (with_(house_id=10**30), ["house_id_dtype"]),
        (with_(house_id=0), ["house_id_range"]),
        (with_(heating=1), ["heating_dtype"]),
        (with_(heating=["Gas"]), ["heating_dtype"]),
        (with_(heating="gas"), ["heating_category"]),
        (with_(month=13), ["month_range"]),
        (with_(month=13, day=0), ["month_range", "day_range"]),
        (with_(price=10413.68), ["price_is_sum"]),
        (with_(heating="None", central="Yes"), ["central_needs_heating"]),
        (with_(month=2, day=30), ["day_is_in_month"]),
        (with_(rooms=0, renovated=1800), ["kind_has_rooms", "renovated_after_built"]),
        (with_(garden=1), ["garden_dtype"]),
        (with_(garden="yes"), ["garden_dtype"]),
        (with_(garden=None), ["garden_not_null"]),
        (with_(roof_missing=True), ["one_roof"]),
        (with_(slope=None), []),
        (with_(slope="steep"), ["slope_dtype"]),
        (with_(slope=None, price=10413.68), ["price_is_sum"]),
        (with_(sold="anything"), []),
        (with_(rooms=1.0, house_id=1.0), []),
        (with_(), []),
    ],
)
def test_every_broken_rule_is_reported(record, rules):
    """Rules on other values that could be read are included; whole numbers may come as floats."""
    assert rules_of(record) == rules


def test_warnings_are_no_reason_to_reject():
    """A rule that only warns of a table does not stop a row."""
    assert rules_of(with_(heating="Coal")) == []


def test_the_sentence_has_all_that_is_needed():
    """What was expected, what came, and what to do; another spelling and another name are recognised."""
    (category,) = ROWS.broken(with_(heating=" gas"))
    assert as_line(category) == (
        "heating_category: expected heating is one of Coal, Gas, None, Oil; got house_id 1: ' gas'; "
        "fix: spell it as the contract does: Gas"
    )
    renamed = {("Month" if name == "month" else name): value for name, value in EXAMPLE.items()}
    assert as_line(ROWS.broken(renamed)[0]).endswith("fix: rename 'Month' to month")


def test_long_names_and_values_are_cut():
    """A client's megabyte does not come back."""
    text = "".join(map(as_line, ROWS.broken({**EXAMPLE, "x" * 10**6: 1, "heating": "y" * 10**6})))
    assert len(text) < 2000


@pytest.mark.parametrize("cell", ["1,000", "1.0", "0x10", "٣", "1e3", "--1", "+1", "1" * 20, "nan", " "])
def test_a_cell_that_is_not_a_whole_number_stays_text(cell):
    """So the contract reports it as it was sent."""
    assert number(cell, ROWS.columns["rooms"]) == cell


@pytest.mark.parametrize("cell", ["nan", "inf", "1,5", "1_000", "0x1p3", "1e", ".", "1e999", "1" * 401])
def test_a_cell_that_is_not_a_number_stays_text(cell):
    """Neither NaN nor infinity is a number."""
    assert number(cell, ROWS.columns["area"]) == cell


@pytest.mark.parametrize(("cell", "value"), [("True", True), ("false", False), ("yes", "yes"), ("", None)])
def test_a_flag_is_read(cell, value):
    """As true or false; any other text stays text."""
    assert number(cell, ROWS.columns["garden"]) is value or number(cell, ROWS.columns["garden"]) == value


def test_a_rule_that_cannot_be_checked_for_one_row_is_an_error():
    """Such a contract is refused when the server starts; the rule is not ignored."""
    houses = contract("houses")
    rule = next(rule for rule in houses.rules if rule.id == "price_is_sum")
    odd = replace(houses, rules=(*houses.rules, replace(rule, id="odd", expectation="expect_column_values_to_be_odd")))
    with pytest.raises(ValueError, match="rule odd"):
        RecordContract(odd, without=["sold"])
