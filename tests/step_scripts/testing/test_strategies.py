"""Strategies from the specimen project's contracts: tables that keep them, and cells that break them."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from step_scripts import contracts
from step_scripts.contracts.cells import checker, written
from step_scripts.contracts.contract import Column
from step_scripts.contracts.converters import converted
from step_scripts.testing import strategies
from tests.step_scripts.contracts.tables import sales, text
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


OTHERS = {**sales().columns, "years": Column(name="years", dtype="datetime64[us]", format="d/MMM/yy")}


@pytest.mark.parametrize("name", OTHERS)
@FEW
@given(data=st.data())
def test_a_value_of_any_kind_is_valid_as_a_cell(name, data):
    """As the text that a file has, and with the same value."""
    column = OTHERS[name]
    value = data.draw(strategies.values(column))
    cell = written(value, column)
    read = converted(pa.chunked_array([[cell]]), column).to_pylist()[0]
    assert read == value
    if column.kind not in {"boolean", "date", "timestamp"}:
        assert checker(column)(value)


@FEW
@given(data=st.data())
def test_a_table_of_every_kind_keeps_its_columns(data):
    """Also where a value is missing."""
    derived = replace(sales(), rules=tuple(rule for rule in sales().rules if rule.id != "sold_after_offer"))
    table = data.draw(strategies.tables(sales()))
    assert contracts.check(table, derived) == ()
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        name: column.dtype for name, column in sales().columns.items()
    }


@FEW
@given(data=st.data())
def test_a_mutation_of_any_kind_breaks_its_rule(tmp_path, data):
    """A word for a missing value, a text of a wrong length, a date out of bounds."""
    change = data.draw(strategies.mutations(sales(), rows=4))
    (tmp_path / "sales.csv").write_text(change.applied(text()), encoding="utf-8", newline="")
    try:
        _, quarantine = contracts.read_valid_rows(tmp_path / "sales.csv", sales())
        broken = {rule for ids in quarantine.tables[0].frame["broken_rules"] for rule in ids.split(";")}
    except contracts.ContractError as error:
        broken = {rule.rule for rule in error.broken}
    assert broken - {"sold_after_offer"} == ({change.rule} if change.rule else set())
