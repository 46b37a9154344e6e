"""One row at a time is held to the same contracts as a table."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.strategies import claims_and_customers, mutations
from model.records import EXAMPLE
from step_scripts import contracts
from step_scripts.contracts.checker import judge
from step_scripts.contracts.error import as_line
from step_scripts.contracts.record import RecordContract, number

NAMES = ("claims", "customers")
ROWS = RecordContract(*(contracts.load(name) for name in NAMES), without=["fraud"])


def rules_of(record):
    """The ids of the rules that a row breaks."""
    return [broken.rule for broken in ROWS.broken(record)]


def with_(**values):
    """The example with other values."""
    return {**EXAMPLE, **values}


@given(claims_and_customers(max_rows=8))
@settings(max_examples=40, deadline=None)
def test_good_rows_keep_their_contract(pair):
    """What keeps every rule as a table keeps every rule row by row, at the bounds as well."""
    claims, customers = pair
    for record in claims.merge(customers, on="policy_id").astype(object).to_dict("records"):
        assert ROWS.broken(record) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_row_is_judged_as_in_its_table(seed, random_tables):
    """Rows drawn without regard to joint rules break the same hard rules alone as in their tables."""
    tables = random_tables(300, seed)
    expected = [set() for _ in range(300)]
    for name, table in zip(NAMES, tables, strict=True):
        for rule, bad in judge(table, contracts.load(name)).bad.items():
            for row in bad.nonzero()[0]:
                expected[row].add(rule)
    assert any(expected)
    records = tables[0].merge(tables[1], on="policy_id").astype(object).to_dict("records")
    assert [set(rules_of(record)) for record in records] == expected


@given(st.sampled_from(NAMES).flatmap(lambda name: mutations(contracts.load(name), rows=1)))
@settings(max_examples=300, deadline=None)
def test_a_cell_that_breaks_a_rule_is_told(change):
    """By the rule that a table with this cell breaks."""
    column = ROWS.columns.get(change.column)
    if column is None:
        return
    if change.text.lstrip("-") == "inf":  # a table's reader takes it for a number; a record, as JSON, has none such
        return
    told = rules_of(with_(**{change.column: number(change.text, column)}))
    own = [rule for rule in told if rule.startswith(f"{change.column}_")]
    assert own == ([change.rule] if change.rule else [])


@pytest.mark.parametrize(
    ("record", "rules"),
    [
        ({}, ["columns"]),
        (with_(colour="red"), ["columns"]),
        (with_(num_injuries=None), ["num_injuries_not_null"]),
        (with_(num_injuries=True), ["num_injuries_dtype"]),
        (with_(num_injuries="0"), ["num_injuries_dtype"]),
        (with_(num_injuries=0.5), ["num_injuries_dtype"]),
        (with_(num_injuries=[0]), ["num_injuries_dtype"]),
        (with_(num_injuries={}), ["num_injuries_dtype"]),
        (with_(vehicle_claim=math.nan), ["vehicle_claim_dtype"]),
        (with_(vehicle_claim=math.inf), ["vehicle_claim_dtype"]),
        (with_(vehicle_claim=10**400), ["vehicle_claim_dtype"]),
        (with_(policy_id=10**30), ["policy_id_dtype"]),
        (with_(policy_id=0), ["policy_id_range"]),
        (with_(customer_gender=1), ["customer_gender_dtype"]),
        (with_(customer_gender=["Male"]), ["customer_gender_dtype"]),
        (with_(customer_gender="male"), ["customer_gender_category"]),
        (with_(incident_hour=24), ["incident_hour_range"]),
        (with_(incident_hour=24, incident_dow=7), ["incident_dow_range", "incident_hour_range"]),
        (with_(total_claim_amount=10413.68), ["total_is_sum"]),
        (with_(police_report_available="Yes"), ["report_needs_police"]),
        (with_(incident_month=2, incident_day=30), ["day_is_in_month"]),
        (with_(months_as_customer=217), ["months_fit_age", "five_years_are_one_insurer"]),
        (with_(fraud="anything"), []),
        (with_(num_injuries=0.0, policy_id=1.0), []),
        (with_(), []),
    ],
)
def test_what_is_wrong_is_told(record, rules):
    """Every rule that is broken, those on values that could be read included; whole numbers may come as floats."""
    assert rules_of(record) == rules


def test_warnings_are_no_reason_to_refuse():
    """What only warns of a table does not keep a row from its answer."""
    warned = with_(num_injuries=2)  # unreported, and more than one hurt
    assert ROWS.broken(warned) == []


def test_the_sentence_says_all_that_is_needed():
    """What was expected, what came, and what to do; another spelling and another name are recognised."""
    (category,) = ROWS.broken(with_(customer_gender=" male"))
    assert as_line(category) == (
        "customer_gender_category: expected customer_gender is one of Female, Male, Other, Unkown; "
        "got policy_id 1: ' male'; fix: spell it as the contract does: Male"
    )
    renamed = {("Num_Injuries" if name == "num_injuries" else name): value for name, value in EXAMPLE.items()}
    assert as_line(ROWS.broken(renamed)[0]).endswith("fix: rename 'Num_Injuries' to num_injuries")


def test_long_names_and_values_are_cut():
    """A client's megabyte does not come back."""
    told = "".join(map(as_line, ROWS.broken({**EXAMPLE, "x" * 10**6: 1, "customer_gender": "y" * 10**6})))
    assert len(told) < 2000


@pytest.mark.parametrize("cell", ["1,000", "1.0", "0x10", "٣", "1e3", "--1", "+1", "1" * 20, "nan", " "])
def test_what_is_no_whole_number_stays_text(cell):
    """So that the contract says so, by what was sent."""
    assert number(cell, ROWS.columns["num_injuries"]) == cell


@pytest.mark.parametrize("cell", ["nan", "inf", "1,5", "1_000", "0x1p3", "1e", ".", "1e999", "1" * 401])
def test_what_is_no_number_stays_text(cell):
    """Nor is there a NaN or an infinity among numbers."""
    assert number(cell, ROWS.columns["vehicle_claim"]) == cell


def test_a_rule_that_cannot_be_asked_of_one_row_is_no_surprise():
    """A contract that gets one is refused when the server starts, rather than passed over."""
    from dataclasses import replace

    claims = contracts.load("claims")
    rule = next(rule for rule in claims.rules if rule.id == "total_is_sum")
    odd = replace(claims, rules=(*claims.rules, replace(rule, id="odd", expectation="expect_column_values_to_be_odd")))
    with pytest.raises(ValueError, match="rule odd"):
        RecordContract(odd, without=["fraud"])
