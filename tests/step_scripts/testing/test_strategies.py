"""Strategies from the specimen project's contracts: tables that keep them, and cells that break them."""

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from step_scripts import contracts
from step_scripts.contracts.contract import Column
from step_scripts.testing import strategies
from tests.step_scripts.specimens.rows import NAMES, contract, tables

FEW = settings(phases=[Phase.explicit, Phase.generate])  # to shrink an example takes minutes


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.data())
def test_a_table_keeps_the_rules_that_follow_from_its_columns(name, data):
    """Drawn column by column, it has each column's dtype and domain; rules on several columns are not kept."""
    derived = replace(contract(name), rules=tuple(rule for rule in contract(name).rules if not rule.reason))
    table = data.draw(strategies.tables(contract(name)))
    assert contracts.check(table, derived) == ()
    assert 1 <= len(table) <= 5


@FEW
@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_mutation_breaks_its_rule(tmp_path, name, data):
    """A cell breaks the rule that is named, in its own row alone; rules on several columns may be broken too."""
    rules, table = contract(name), dict(zip(NAMES, tables(3), strict=True))[name]
    change = data.draw(strategies.mutations(rules, rows=3))
    file = tmp_path / f"{name}.csv"
    file.write_text(change.applied(table.to_csv(index=False, lineterminator="\n")), encoding="utf-8", newline="")
    if change.rule == f"{change.column}_dtype":
        with pytest.raises(contracts.ContractError) as caught:
            contracts.read_valid_rows(file, rules)
        assert [rule.rule for rule in caught.value.broken] == [change.rule]
        return
    _, quarantine = contracts.read_valid_rows(file, rules)
    apart, key = quarantine.tables[0].frame, change.row + 1
    assert set(apart.index) <= {key}
    assert not change.rule or list(apart.index) == [key]
    derived = {rule.id for rule in rules.rules if not rule.reason}
    assert {rule for ids in apart["broken_rules"] for rule in ids.split(";")} & derived == {change.rule} - {None}


BOUNDS = [(None, None), (0, None), (None, 9), (0, 9)]


@pytest.mark.parametrize(("low", "high"), BOUNDS)
@pytest.mark.parametrize("dtype", ["int64", "float64"])
@given(data=st.data())
def test_values_are_within_bounds_and_others_beyond(dtype, low, high, data):
    """With both bounds, with one, and without: there is nothing beyond no bounds."""
    column = Column(name="n", dtype=dtype, minimum=low, maximum=high)

    def inside(number):
        return (low is None or low <= number) and (high is None or number <= high)

    assert inside(data.draw(strategies.values(column)))
    if (low, high) == (None, None):
        with pytest.raises(ValueError, match="column n: expected a minimum or a maximum"):
            strategies.beyond(column)
    else:
        assert not inside(data.draw(strategies.beyond(column)))
