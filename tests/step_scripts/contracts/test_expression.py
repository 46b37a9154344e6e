import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts.cells import sample
from step_scripts.contracts.column import Column
from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.expression import parsed, predicate, require_sound, satisfied
from tests.profiles import more
from tests.step_scripts.specimens.rows import NAMES, contract, random_tables

FRAME = pd.DataFrame(
    {
        "kind": pd.Categorical(["Flat", "House", "Flat", None]),
        "rooms": [1, 2, 3, 4],
        "cost": [1.5, np.nan, -2.0, 0.0],
        "a b/c": [True, False, True, False],
        "d": [True, True, False, False],
    }
)
EXPRESSIONS = [
    rule.kwargs["expression"] for name in NAMES for rule in contract(name).rules if "expression" in rule.kwargs
]


@pytest.mark.parametrize(
    ("expression", "columns", "expected"),
    [
        ("rooms == 2", "rooms", [False, True, False, False]),
        ("kind == 'Flat' or rooms > 1", "kind rooms", [True, True, True, True]),
        ("kind == 'Flat' and rooms > 1", "kind rooms", [False, False, True, True]),
        ("not kind == 'Flat'", "kind", [False, True, False, True]),
        ("kind in ['Flat', 'House']", "kind", [True, True, True, True]),
        ("kind not in ['Flat']", "kind", [False, True, False, True]),
        ("rooms in (2, 3)", "rooms", [False, True, True, False]),
        ("cost <= -rooms + 2.5 * 1", "rooms cost", [True, True, True, False]),
        ("(kind == 'Flat') == (rooms - 1 != 1)", "kind rooms", [True, True, True, True]),
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
        "rooms[0]",
        "colour == 1",
        "rooms ** 2 == 4",
        "1 < rooms < 3",
        "[rooms for rooms in (1, 2)]",
        "lambda: 1",
        "rooms ==",
        "rooms in []",
        "rooms == None",
        "",
        "rooms",
        "rooms + 1",
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
        "rooms[0]",
        "rooms ** 2 == 4",
        "1 < rooms < 3",
        "lambda: 1",
        "rooms == None",
        "f(rooms)",
    ],
)
def test_nothing_else_is_evaluated_of_one_row(expression):
    """Nor when it is asked of a single row."""
    with pytest.raises(ValueError, match="expected columns of the rule"):
        predicate(expression)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_row_alone_is_judged_as_in_its_table(expression):
    """True of the same rows, whichever way it is checked; quoted names and bools included."""
    houses, surveys = random_tables(200, seed=5)
    table = houses.merge(surveys, on="house_id")
    columns = [name for name in table if re.search(rf"\b{name}\b", expression)]
    holds = predicate(expression)
    rows = table[columns].astype(object).to_dict("records")
    expected = satisfied(table[columns], expression).tolist()
    assert [bool(holds(row)) for row in rows] == expected
    assert not all(expected)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_rule_of_the_contracts_can_be_read(expression):
    """Its tree is built when it is first asked, and never again."""
    assert parsed(expression) is parsed(expression)


@more()
@given(st.text("abc '`[]()=<>!+-*andorti0123456789.,_", max_size=40))
def test_any_text_is_an_expression_or_refused(text):
    """No other error, no crash."""
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    try:
        result = satisfied(frame, text)
    except ValueError:
        return
    assert (len(result), result.dtype) == (2, bool)


NULLABLE = pd.DataFrame(
    {
        "rooms": pd.array([1, 3, None, 9007199254740993], dtype="Int64"),
        "garden": pd.array([True, False, None, True], dtype="boolean"),
        "notes": pd.array(["a", "b", None, "c"], dtype="str"),
        "sold": pd.to_datetime(["2026-01-31", "2026-02-01", None, "2026-02-02"]).astype("datetime64[us]"),
        "offered": pd.to_datetime(["2026-01-30", "2026-02-02", "2026-01-01", None]).astype("datetime64[us]"),
        "sent": pd.to_datetime(["2026-01-31T00:00Z", "2026-02-01T00:00Z", None, None]).astype("datetime64[us, UTC]"),
    }
)
DATES = (("sold", False), ("offered", False), ("sent", True))


@pytest.mark.parametrize(
    ("expression", "columns", "expected"),
    [
        ("rooms < 3", "rooms", [True, False, True, False]),
        ("rooms == 9007199254740992", "rooms", [False, False, True, False]),
        ("garden + (rooms > 2) == 1", "garden rooms", [True, True, True, False]),
        ("notes == 'a' or notes > 'b'", "notes", [True, False, True, True]),
        ("notes in ['a', 'b']", "notes", [True, True, True, False]),
        ("not notes == 'a'", "notes", [False, True, True, True]),
        ("sold >= offered", "sold offered", [True, False, True, True]),
        ("sold >= '2026-02-01'", "sold", [False, True, True, True]),
        ("'2026-02-01T00:00:00' > sold", "sold", [True, False, True, False]),
        ("sold in ['2026-01-31', '2026-02-02']", "sold", [True, False, True, True]),
        ("sold not in ('2026-01-31', '2026-02-02')", "sold", [False, True, True, False]),
        ("sent == '2026-01-31T01:00:00+01:00'", "sent", [True, False, True, True]),
        ("sent > '2026-01-31'", "sent", [False, True, True, True]),
    ],
)
def test_missing_values_and_dates(expression, columns, expected):
    """A row with a missing value satisfies a rule; a word beside a date is a date. One row gives the same."""
    frame = NULLABLE[columns.split()]
    assert satisfied(frame, expression).tolist() == expected
    known = frame.notna().all(axis=1)
    rows = [
        {name: value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for name, value in row.items()}
        for row in frame[known].astype(object).to_dict("records")
    ]
    holds = predicate(expression, DATES)
    assert [holds(row) for row in rows] == [value for value, is_known in zip(expected, known, strict=True) if is_known]


@pytest.mark.parametrize("expression", ["sold == 'yesterday'", "sold < '31.01.2026'", "sent < '2026-01-31T00:00:00'"])
def test_a_word_beside_a_date_is_a_date(expression):
    """In ISO 8601, with a zone where the column has one."""
    with pytest.raises(InvalidContractError, match="expected a date such as '2026-01-31"):
        satisfied(NULLABLE, expression)
    with pytest.raises(InvalidContractError, match="expected a date such as '2026-01-31"):
        predicate(expression, DATES)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("rooms < 'many'", "mixes types"),
        ("sold - offered < 30", "mixes types"),
        ("sold < sent", "mixes types"),
        ("sold < 20260131", "mixes types"),
        ("kind < 'b'", "mixes types: categories can only be equal or not"),
        ("rooms", "is not true or false of each row"),
        ("colour == 1", "got colour"),
        ("rooms ==", "cannot be read"),
    ],
)
def test_an_expression_that_makes_no_sense_is_found_without_a_table(expression, message):
    """By one value of each column's kind."""
    columns = [Column(name=name, dtype=str(dtype)) for name, dtype in NULLABLE.dtypes.items()]
    columns.append(Column(name="kind", dtype="category", categories=("a", "b")))
    samples = {column.name: sample(column) for column in columns}
    with pytest.raises(InvalidContractError, match=message):
        require_sound(expression, samples)
    require_sound("(rooms > 1 or not garden == 1) and notes != 'x' and kind in ['a'] and sold >= offered", samples)
