"""What Great Expectations is asked, and that its own validation of a contract's suite finds what the checker finds."""

import gc
import os
import socket
import tempfile
import weakref
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from step_scripts import contracts
from step_scripts.contracts.checker import RuleError, broken_values, importing_great_expectations, judge
from step_scripts.contracts.document import Node
from step_scripts.contracts.quality import custom_rule
from step_scripts.contracts.reader import read_judged
from tests.step_scripts.contracts.tables import ROWS, changed, sales, text
from tests.step_scripts.specimens.rows import NAMES
from tests.validation import batches, broken_rules

with importing_great_expectations():
    from step_scripts.contracts.expectations import ExpectRowsToSatisfy, suite


@pytest.fixture(scope="module")
def batch_of():
    """Return a function: a table as a batch of Great Expectations."""
    return batches()


@pytest.fixture(scope="module")
def rows_satisfy(batch_of):
    """Return a function that asks Great Expectations for an expression over two columns of a table."""

    def ask(frame, expression):
        return batch_of(frame).validate(ExpectRowsToSatisfy(column_list=["a", "b"], expression=expression))

    return ask


def test_garbage_collection_is_left_as_it_was():
    """The block of an import neither switches it off nor on, also when the import fails."""
    was = gc.isenabled()
    try:
        for state in (True, False):
            (gc.enable if state else gc.disable)()
            with importing_great_expectations():
                assert not gc.isenabled()
            assert gc.isenabled() is state
            with pytest.raises(ImportError), importing_great_expectations():
                raise ImportError
            assert gc.isenabled() is state
    finally:
        (gc.enable if was else gc.disable)()


def test_a_check_is_silent(good, few, tmp_path, monkeypatch, capfd, recwarn):
    """A check asks no host, leaves no file, not even a temporary one, prints nothing and warns of nothing."""
    calls = []
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, lambda *_: calls.append("socket"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: calls.append("name"))
    monkeypatch.setattr(tempfile, "mkdtemp", lambda *_, **__: calls.append("temporary folder"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    contracts.check(good(few), few)
    with pytest.raises(contracts.ContractError):
        contracts.check(good(few).assign(day=32), few)
    assert (calls, list(tmp_path.iterdir()), list(recwarn)) == ([], [], [])
    assert tuple(capfd.readouterr()) == ("", "")


def test_analytics_are_off(good, few, monkeypatch):
    """Great Expectations is reported to send nothing, by the variable that it reads when it is imported."""
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "true")
    contracts.check(good(few), few)
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def _with_rule(contract, kind, **kwargs):
    implementation = {"type": kind, "kwargs": kwargs}
    entry = {"id": "own", "description": "it holds", "engine": "greatExpectations", "implementation": implementation}
    rule = custom_rule(Node(entry))
    return replace(contract, rules=(*contract.rules, rule))


def test_a_rule_on_a_pair_of_columns_shows_both(good, broken, few):
    """Great Expectations' own expectations on pairs of columns are reported like those on rows."""
    contract = _with_rule(
        few, "expect_column_pair_values_a_to_be_greater_than_b", column_A="building_price", column_B="house_id"
    )
    frame = good(few)
    frame.loc[3, "house_id"] = 999_999
    (rule,) = broken(frame, contract).values()
    value = frame.loc[3, "building_price"]
    assert rule.examples == ({"house_id": 999_999, "building_price": value},)


def test_a_rule_on_a_whole_column_shows_what_was_observed(good, broken, few):
    """An expectation that speaks of a column as a whole counts no rows; it shows the value that it found."""
    contract = _with_rule(few, "expect_column_max_to_be_between", column="day", max_value=1)
    (rule,) = broken(good(few), contract).values()
    assert (rule.column, rule.count, rule.examples) == ("day", 0, ({"observed": 13},))


def test_a_rule_that_cannot_be_evaluated_is_no_break_of_the_table(good, few):
    """A mistake in a rule is an error of its own, which names the rule."""
    columns = ["building_price", "day"]
    contract = _with_rule(few, "expect_rows_to_satisfy", column_list=columns, expression="building_price > colour")
    with pytest.raises(RuntimeError, match=r"rule own cannot be evaluated.*colour"):
        contracts.check(good(few), contract)


def test_the_table_is_not_held_after_the_check(good, few):
    """Great Expectations keeps its last table for the life of the process; the checker does not let it keep ours."""
    memory = good(few)["building_price"].to_numpy(copy=True)
    frame = good(few).drop(columns="building_price")
    frame["building_price"] = pd.Series(memory, copy=False)
    assert np.shares_memory(frame["building_price"].to_numpy(), memory)
    contracts.check(frame, few)
    alive = weakref.ref(memory)
    del frame, memory
    gc.collect()
    assert alive() is None


def test_unknown_columns_are_not_handed_over(good, few, monkeypatch):
    """However many there are: the library is shown what its rules look at, and no more is taken away afterwards."""
    taken = []
    delete = pd.DataFrame.__delitem__
    monkeypatch.setattr(pd.DataFrame, "__delitem__", lambda frame, name: taken.append(name) or delete(frame, name))
    frame = good(few).assign(colour="red")
    assert broken_values(frame, few, few.rules) == []
    assert taken == list(few.columns)


def spoil_houses(frame):
    """A row of every other kind is wrong: a bound, a category, a missing value, a joint rule, a warning."""
    frame["kind"] = frame["kind"].cat.add_categories(["Tower"])
    frame.loc[1, "kind"] = "Tower"
    frame.loc[2, "month"] = 13
    frame.loc[3, "building_price"] = None
    frame.loc[4:6, "price"] = 5000.0
    frame.loc[7, "heating"] = "Coal"
    frame.loc[8, "kind"] = "N/A"
    return frame


def spoil_surveys(frame):
    """Years that do not go together; a house that is there twice; no roof and two; an empty cell that is allowed."""
    frame.loc[1, "renovated"] = 1800
    frame.loc[2, "energy"] = "Low"
    frame.loc[3, "house_id"] = 1
    frame.loc[4, "zone"] = None
    frame.loc[5, ["roof_Flat-top", "roof_Gable"]] = True
    frame.loc[6, "noise"] = -1.0
    frame.loc[7, "slope"] = None
    return frame


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("houses", lambda frame: frame),
        ("houses", spoil_houses),
        ("houses", lambda frame: frame.head(0)),
        ("surveys", spoil_surveys),
    ],
)
def test_the_library_finds_what_we_find(batch_of, good, name, spoil):
    """The same rules, and as many rows of each."""
    contract, frame = contracts.load(name), spoil(good(name))
    verdict = judge(frame, contract)
    ours = {rule.rule: rule.count for rule in (*verdict.stops, *verdict.broken, *verdict.warnings)}
    assert broken_rules(batch_of(frame), contract) == ours


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_says_what_the_contract_says(name):
    """Each rule with its id, its sentence and its severity, as JSON."""
    contract = contracts.load(name)
    reported = suite(contract).to_json_dict()["expectations"]
    severities = {"error": "critical", "warning": "warning"}
    assert [(one["meta"]["rule"], one["description"], one["severity"]) for one in reported] == [
        (rule.id, rule.sentence, severities[rule.severity]) for rule in contract.rules
    ]


def test_rows_that_do_not_satisfy_the_expression_are_counted(rows_satisfy):
    """The expectation counts the rows for which the expression is false, and lists their values."""
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]})
    assert rows_satisfy(frame, "a + b == 4").success
    outcome = rows_satisfy(frame, "a <= b")
    assert (outcome.success, outcome.result["unexpected_count"]) == (False, 1)
    assert outcome.result["partial_unexpected_list"] == [{"a": 3, "b": 1}]


def test_rows_with_missing_values_are_left_to_another_rule(rows_satisfy):
    """A row with a missing value cannot be judged, and is not counted."""
    assert rows_satisfy(pd.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]}), "a == b").success


def test_the_expectation_is_data():
    """It serialises to its type, its columns and its expression, as a contract holds it."""
    configuration = ExpectRowsToSatisfy(column_list=["a", "b"], expression="a == b").configuration
    assert configuration.type == "expect_rows_to_satisfy"
    assert {"column_list": ["a", "b"], "expression": "a == b"}.items() <= configuration.kwargs.items()


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_table_row_count_to_be_between", {"min_value": "many"}),
        ("expect_column_mean_to_be_between", {"column": "day", "min_value": [1]}),
        ("expect_column_values_to_be_between", {"column": "day", "min_value": "many"}),
    ],
)
def test_an_argument_of_a_wrong_type_is_a_mistake_in_the_contract(good, few, kind, kwargs):
    """Not a traceback of the library."""
    with pytest.raises(RuleError, match="contract houses: rule own cannot be evaluated: "):
        contracts.check(good(few), _with_rule(few, kind, **kwargs))


def test_the_library_finds_what_the_checker_finds_in_any_kind_of_column(tmp_path, batch_of):
    """A validation of the suite breaks the same rules."""
    rows = [
        changed(0, rooms="31", sold_on="01.01.2031", notes="sea"),
        changed(0, house_id="2", sent_at="2018-01-01T00:00:00Z", seen_at="2018-01-01 00:00:00", notes="N" * 21),
        *ROWS[2:],
    ]
    (tmp_path / "sales.csv").write_text(text(*rows), encoding="utf-8")
    judged = read_judged(tmp_path, sales())
    found = broken_rules(batch_of(judged.frame), sales())
    assert set(found) == {rule.rule for rule in judged.verdict.broken}
    assert {"rooms_range", "sold_on_range", "sent_at_range", "notes_pattern", "notes_length"} <= set(found)
