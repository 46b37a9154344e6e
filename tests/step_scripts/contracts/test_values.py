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
from step_scripts.contracts.rule import custom_rule
from step_scripts.contracts.values import broken_values, great_expectations


def test_garbage_collection_is_left_as_it_was():
    """The import neither switches it off nor on."""
    was = gc.isenabled()
    try:
        for state in (True, False):
            (gc.enable if state else gc.disable)()
            great_expectations()
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
    rule = custom_rule(
        {"id": "own", "description": "it holds", "engine": "greatExpectations", "implementation": implementation}
    )
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
