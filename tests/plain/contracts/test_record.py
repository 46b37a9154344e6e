"""A record of the example is checked against the same contracts as its tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from fixtures.strategies import claims_and_customers
from step_scripts import contracts
from step_scripts.contracts.record import RecordContract
from step_scripts.testing.strategies import mutations
from tests.profiles import fewer
from tests.records import broken_by_cell, rules_of_rows

NAMES = ("claims", "customers")
CLAIMS, CUSTOMERS = fixtures.generate(rows=1, seed=0)
EXAMPLE = CLAIMS.merge(CUSTOMERS, on="policy_id").astype(object).to_dict("records")[0]
ROWS = RecordContract(*(contracts.load(name) for name in NAMES), without=["fraud"])


def rules_of(record):
    """The ids of the rules that a row breaks."""
    return [broken.rule for broken in ROWS.broken(record)]


@fewer()
@given(claims_and_customers(max_rows=8))
def test_good_rows_keep_their_contract(pair):
    """What keeps every rule as a table keeps every rule row by row, at the bounds as well."""
    claims, customers = pair
    for record in claims.merge(customers, on="policy_id").astype(object).to_dict("records"):
        assert ROWS.broken(record) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_row_is_judged_as_in_its_table(seed, random_tables):
    """Rows drawn without regard to joint rules break the same hard rules alone as in their tables."""
    tables = random_tables(200, seed)
    expected = rules_of_rows(tables, [contracts.load(name) for name in NAMES])
    assert any(expected)
    records = tables[0].merge(tables[1], on="policy_id").astype(object).to_dict("records")
    assert [set(rules_of(record)) for record in records] == expected


@given(st.sampled_from(NAMES).flatmap(lambda name: mutations(contracts.load(name), rows=1)))
def test_a_cell_that_breaks_a_rule_is_reported(change):
    """By the rule that a table with this cell breaks."""
    assert broken_by_cell(ROWS, EXAMPLE, change) == ([change.rule] if change.rule else [])
