"""The expressions of the example's rules."""

import pytest

from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts.expression import predicate, satisfied

EXPRESSIONS = [
    rule.kwargs["expression"]
    for name in ("claims", "customers", "features")
    for rule in contracts.load(name).rules
    if "expression" in rule.kwargs
]


@pytest.fixture(scope="module")
def table(random_tables):
    """200 random claims with their customers and features: all columns that an expression may name."""
    claims, customers = random_tables(200, 5)
    both, features = claims.merge(customers, on="policy_id"), encode(claims, customers)
    return both.assign(**features[features.columns.difference(both.columns)])


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_row_alone_is_judged_as_in_its_table(expression, table):
    """True of the same rows, whichever way it is checked; quoted names and bools included."""
    columns = [name for name in table if name in expression]
    holds = predicate(expression)
    rows = table[columns].astype(object).to_dict("records")
    assert [bool(holds(row)) for row in rows] == satisfied(table[columns], expression).tolist()
