"""Small tables that keep their contracts, in the specimen project."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from step_scripts import contracts
from tests.step_scripts.specimens import rows as specimen


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    """The specimen project is the one that is found."""
    monkeypatch.setenv("STEP_SCRIPTS_PROJECT", str(specimen.PROJECT))


def _values(column, rows):
    if column.dtype == "category":
        values = [column.categories[row % len(column.categories)] for row in range(rows)]
        return pd.Categorical(values, column.categories)
    if column.unique:
        return np.arange(1, rows + 1)
    return np.linspace(column.minimum, min(column.maximum, column.minimum + rows), rows).astype(column.dtype)


@pytest.fixture
def good():
    """Return a function: a new table of 12 rows that keeps a contract."""

    def make(contract, rows=12):
        name = contract if isinstance(contract, str) else contract.name
        if isinstance(contract, str) or contract.columns == specimen.contract(name).columns:
            return getattr(specimen, name)(rows)
        return pd.DataFrame({column.name: _values(column, rows) for column in contract.columns.values()})

    return make


@pytest.fixture
def few():
    """Return the contract of the houses with four of its columns, one of each kind: its check is fast."""
    houses = specimen.contract("houses")
    names = ("house_id", "kind", "building_price", "day")
    rules = tuple(rule for rule in houses.rules if set(rule.columns) <= set(names))
    return replace(houses, columns={name: houses.columns[name] for name in names}, rules=rules)


@pytest.fixture
def broken():
    """Return a function: the rules that a table breaks, by id; empty if it keeps its contract."""

    def rules(frame, contract):
        contract = specimen.contract(contract) if isinstance(contract, str) else contract
        try:
            contracts.check(frame, contract)
        except contracts.ContractError as error:
            return {rule.rule: rule for rule in error.broken}
        return {}

    return rules
