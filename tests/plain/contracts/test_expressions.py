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


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_row_alone_is_judged_as_in_its_table(expression, random_tables):
    """True of the same rows, whichever way it is checked; quoted names and bools included."""
    claims, customers = random_tables(200, 5)
    table = claims.merge(customers, on="policy_id")
    features = encode(claims, customers)
    table = table.assign(**features[features.columns.difference(table.columns)])
    columns = [name for name in table if name in expression]
    holds = predicate(expression)
    rows = table[columns].astype(object).to_dict("records")
    assert [bool(holds(row)) for row in rows] == satisfied(table[columns], expression).tolist()
