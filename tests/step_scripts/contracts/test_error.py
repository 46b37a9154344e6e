import pandas as pd

from step_scripts import contracts
from step_scripts.contracts.error import BrokenRule, ContractError, examples_of


def _rule(**changes):
    fields = {
        "rule": "month_range",
        "column": "month",
        "sentence": "month lies between 1 and 12",
        "count": 2,
        "examples": ({"house_id": 7, "value": 13}, {"house_id": 8, "value": 0}),
        "remedy": "correct these values",
    }
    return BrokenRule(**{**fields, **changes})


def _message(*rules, **fields):
    return str(ContractError(table="houses", version="1.0.0", broken=rules, **fields))


def test_message_says_expected_got_where_and_what_to_do():
    """The message names table, version, source, rule, sentence, count of rows, examples with their key, and remedy."""
    assert _message(_rule(), rows=5000, source="houses.csv").splitlines() == [
        "houses: 1 rule of the contract is broken (houses 1.0.0, 5,000 rows, houses.csv)",
        "  month_range",
        "    expected  month lies between 1 and 12",
        "    got       2 of 5,000 rows otherwise: house_id 7: 13; house_id 8: 0",
        "    fix       correct these values",
    ]


def test_message_without_rows():
    """A rule that speaks of no rows shows what was found; one of an unknown number of rows shows the count alone."""
    assert "got       missing sold" in _message(_rule(count=0, examples=({"missing": "sold"},)))
    assert "got       2 otherwise: house_id 7: 13" in _message(_rule())


def test_values_are_reported_as_they_are():
    """Text is quoted, a missing value is called so, several columns keep their names, a value like the key is shown."""
    examples = (
        {"house_id": 1, "value": "Side "},
        {"house_id": 2, "value": None},
        {"house_id": 3, "total": 0.1, "injury": 1},
        {"house_id": 24, "value": 24},
    )
    message = _message(_rule(examples=examples))
    assert "house_id 1: 'Side '; house_id 2: missing; house_id 3: total 0.1, injury 1; house_id 24: 24\n" in message


def test_a_key_is_not_said_twice():
    """A rule on the key looks at nothing but the key, which is quoted where the eye could miss what is in it."""
    keys = (4, None, "POL-4", " 44", "\ufeff3", "\x1b[31m4", "")
    examples = tuple({"house_id": key, "value": key} for key in keys)
    message = _message(_rule(column="house_id", examples=examples))
    reported = "; ".join(
        f"house_id {key}" for key in ("4", "missing", "POL-4", "' 44'", r"'\ufeff3'", r"'\x1b[31m4'", "''")
    )
    assert f"got       2 otherwise: {reported}\n" in message


def test_a_message_holds_no_control_characters():
    """Names of columns and files come from strangers, too: a terminal shows them, and obeys none."""
    message = _message(_rule(count=0, examples=({"unknown": "a\x1b[2Jb\x01\u200bc"},)))
    assert r"unknown a\x1b[2Jb\x01\u200bc" in message


def test_long_lists_and_long_values_are_capped():
    """Of forty rules twenty are shown and twenty counted; a value of a million characters is cut."""
    message = _message(*[_rule(examples=({"house_id": 1, "value": "x" * 1_000_000},))] * 40)
    assert message.endswith("\n  and 20 more")
    assert len(message) < 10_000


def test_the_error_is_a_value_error_with_its_parts():
    """Callers find table, version, rules and rows on the error; it is a ValueError."""
    error = ContractError(table="houses", version="1.0.0", broken=(_rule(),), rows=3)
    assert isinstance(error, ValueError)
    assert (error.table, error.version, error.rows, error.broken[0].rule) == ("houses", "1.0.0", 3, "month_range")
    assert contracts.ContractError is ContractError


def test_examples_are_the_first_five_different_rows():
    """Of many bad rows five are shown, rows that repeat each other once, in plain Python values."""
    frame = pd.DataFrame({"house_id": [1, 1, 2, 3, 4, 5, 6], "month": 13})
    examples = examples_of(frame, frame["month"] > 12, columns=("month",), keys=("house_id",))
    assert examples == tuple({"house_id": key, "value": 13} for key in (1, 2, 3, 4, 5))
    assert {type(value) for row in examples for value in row.values()} == {int}


def test_rows_without_a_key_are_named_by_their_number():
    """Where the table lacks its key, examples tell the number of the row, counted from 1."""
    frame = pd.DataFrame({"month": [1, 13]}, index=[7, 7])
    assert examples_of(frame, frame["month"] > 12, columns=("month",), keys=("house_id",)) == ({"row": 2, "value": 13},)
