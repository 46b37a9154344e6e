import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts.expression import parsed, predicate, satisfied

FRAME = pd.DataFrame(
    {
        "kind": pd.Categorical(["Theft", "Collision", "Theft", None]),
        "cars": [1, 2, 3, 4],
        "cost": [1.5, np.nan, -2.0, 0.0],
        "a b/c": [True, False, True, False],
        "d": [True, True, False, False],
    }
)
EXPRESSIONS = [
    rule.kwargs["expression"]
    for name in ("claims", "customers", "features")
    for rule in contracts.load(name).rules
    if "expression" in rule.kwargs
]


@pytest.mark.parametrize(
    ("expression", "columns", "expected"),
    [
        ("cars == 2", "cars", [False, True, False, False]),
        ("kind == 'Theft' or cars > 1", "kind cars", [True, True, True, True]),
        ("kind == 'Theft' and cars > 1", "kind cars", [False, False, True, True]),
        ("not kind == 'Theft'", "kind", [False, True, False, True]),
        ("kind in ['Theft', 'Collision']", "kind", [True, True, True, True]),
        ("kind not in ['Theft']", "kind", [False, True, False, True]),
        ("cars in (2, 3)", "cars", [False, True, True, False]),
        ("cost <= -cars + 2.5 * 1", "cars cost", [True, True, True, False]),
        ("(kind == 'Theft') == (cars - 1 != 1)", "kind cars", [True, True, True, True]),
        ("d == 1", "d", [True, True, False, False]),
    ],
)
def test_an_expression_is_true_of_some_rows(expression, columns, expected):
    """Arithmetic, comparisons and logic are Python's; a row with a missing value satisfies every expression."""
    assert satisfied(FRAME[columns.split()], expression).tolist() == expected


def test_bools_are_counted_and_odd_names_are_quoted():
    """One of two is true: a sum of them is 1, whatever the columns are called."""
    assert satisfied(FRAME[["a b/c", "d"]], "`a b/c` + d == 1").tolist() == [False, True, True, False]


def test_bools_of_which_one_is_missing_are_counted():
    """Such a column comes as objects."""
    frame = pd.DataFrame({"a": [True, None, False], "b": [True, True, True]})
    assert satisfied(frame, "a + b == 1").tolist() == [False, True, True]


@pytest.mark.parametrize(
    "expression",
    [
        "kind.array",
        "kind.map(print)",
        "__import__('os').system('true')",
        "@pd",
        "cars[0]",
        "colour == 1",
        "cars ** 2 == 4",
        "1 < cars < 3",
        "[cars for cars in (1, 2)]",
        "lambda: 1",
        "cars ==",
        "cars in []",
        "cars == None",
        "",
        "cars",
        "cars + 1",
        "1 == 1",
    ],
)
def test_nothing_else_is_evaluated(expression):
    """No call, no attribute, no name but the rule's columns: a rule is data, and may come from anybody."""
    with pytest.raises(
        ValueError, match=r"^expression .*(expected columns of the rule|cannot be read|not true or false)"
    ):
        satisfied(FRAME, expression)


@pytest.mark.parametrize(
    "expression",
    [
        "kind.array",
        "__import__('os')",
        "cars[0]",
        "cars ** 2 == 4",
        "1 < cars < 3",
        "lambda: 1",
        "cars == None",
        "f(cars)",
    ],
)
def test_nothing_else_is_evaluated_of_one_row(expression):
    """Nor when it is asked of a single row."""
    with pytest.raises(ValueError, match="expected columns of the rule"):
        predicate(expression)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_row_alone_is_judged_as_in_its_table(expression, random_tables):
    """True of the same rows, whichever way it is asked; quoted names and bools included."""
    claims, customers = random_tables(200, 5)
    table = claims.merge(customers, on="policy_id")
    features = encode(claims, customers)
    table = table.assign(**features[features.columns.difference(table.columns)])
    columns = [name for name in table if name in expression]
    holds = predicate(expression)
    rows = table[columns].astype(object).to_dict("records")
    assert [bool(holds(row)) for row in rows] == satisfied(table[columns], expression).tolist()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_rule_of_the_contracts_can_be_read(expression):
    """Its tree is built when it is first asked, and never again."""
    assert parsed(expression) is parsed(expression)


@given(st.text("abc '`[]()=<>!+-*andorti0123456789.,_", max_size=40))
def test_any_text_is_an_expression_or_refused(text):
    """No other error, no crash."""
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    try:
        result = satisfied(frame, text)
    except ValueError:
        return
    assert (len(result), result.dtype) == (2, bool)
