"""Small tables that keep their contracts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fixtures
from model.encode import encode
from step_scripts import contracts


def _values(column, rows):
    if column.dtype == "category":
        values = [column.categories[row % len(column.categories)] for row in range(rows)]
        return pd.Categorical(values, column.categories)
    if column.unique:
        return np.arange(1, rows + 1)
    low = 0 if column.minimum is None else column.minimum
    high = low + rows if column.maximum is None else column.maximum
    return np.linspace(low, min(high, low + rows), rows).astype(column.dtype)


def _generated(name, rows):
    """Rows that keep every rule, those between columns included."""
    claims, customers = fixtures.generate(rows=rows, seed=0)
    features = encode(claims, customers).assign(fraud=claims["fraud"])
    return {"claims": claims, "customers": customers, "features": features}[name][list(contracts.load(name).columns)]


@pytest.fixture
def good():
    """Return a function: a new table of 12 rows that keeps a contract."""

    def make(contract, rows=12):
        contract = contracts.load(contract) if isinstance(contract, str) else contract
        if contract.columns == contracts.load(contract.name).columns:
            return _generated(contract.name, rows)
        return pd.DataFrame({column.name: _values(column, rows) for column in contract.columns.values()})

    return make


@pytest.fixture
def few():
    """Return the contract of the claims, but for four of its columns, one of each kind: it is checked in no time."""
    claims = contracts.load("claims")
    names = ("policy_id", "collision_type", "vehicle_claim", "incident_day")
    rules = tuple(rule for rule in claims.rules if set(rule.columns) <= set(names))
    return replace(claims, columns={name: claims.columns[name] for name in names}, rules=rules)


@pytest.fixture
def broken():
    """Return a function: the rules that a table breaks, by id, and none when it keeps its contract."""

    def rules(frame, contract):
        contract = contracts.load(contract) if isinstance(contract, str) else contract
        try:
            contracts.check(frame, contract)
        except contracts.ContractError as error:
            return {rule.rule: rule for rule in error.broken}
        return {}

    return rules
