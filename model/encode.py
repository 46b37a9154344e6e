"""Encode claims and customers as features: joined one to one, one column for each number and for each category."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts import contracts
from step_scripts.contracts import BrokenRule, Column, Contract, ContractError
from step_scripts.contracts.error import MAX_EXAMPLES, examples_of

Keys = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_]


def encode(claims: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return one row of features for each claim, in the order of the claims.

    The categories come from the contracts and never from the data, so the encoding of a row does not depend on the
    other rows.

    Parameters
    ----------
    claims : DataFrame of shape (n, 17 or more)
        The columns of the claims contract, without `fraud`. Categories may be text as well.
    customers : DataFrame of shape (n, 13 or more)
        The columns of the customers contract, for the same policies in any order.

    Returns
    -------
    DataFrame of shape (n, 59)
        `policy_id` and the 58 features of the features contract in its order: numbers unchanged, and a bool column for
        each category, named ``<column>_<category>`` with `missing` for `N/A`. Indexed from 0.

    Raises
    ------
    ContractError
        When a column is absent, a policy occurs twice or on one side only, or a category is unknown. It lists every
        broken rule of the first of these three kinds.

    Examples
    --------
    >>> from step_scripts.contracts import load, read_checked
    >>> claims, customers = (read_checked("fixtures", load(name)) for name in ("claims", "customers"))
    >>> encode(claims, customers).shape
    (5000, 59)
    """
    tables = {"claims": claims, "customers": customers}
    known = {name: contracts.load(name) for name in tables}
    _raise_any([rule for name, table in tables.items() for rule in _absent_columns(table, known[name])], tables)
    order = _matching_order(tables)
    if order is not None:
        tables["customers"] = customers.take(order)

    source: dict[str, pd.Series] = {}
    broken: list[BrokenRule] = []
    for name, table in tables.items():
        for column in _inputs(known[name]):
            values = table[column.name].reset_index(drop=True)
            if not column.categories:
                source[column.name] = values
                continue
            codes = _codes(values, column)
            broken.extend(_unknown_category(table, column, codes < 0))
            for code, category in enumerate(column.categories):
                source[feature_name(column, category)] = pd.Series(codes == code)
    _raise_any(broken, tables)
    names = [name for name in contracts.load("features").columns if name != "fraud"]
    # Not copied: pandas copies a column of numbers when either table changes it, and one-hot columns are new.
    return pd.DataFrame({name: source[name] for name in names}, copy=False)


def columns_of_features() -> dict[str, str]:
    """Return the column of claims or customers that each feature comes from, in the order of the features.

    Examples
    --------
    >>> columns_of_features()["collision_type_missing"]
    'collision_type'
    """
    source = {
        feature_name(column, category) if category is not None else column.name: column.name
        for name in ("claims", "customers")
        for column in _inputs(contracts.load(name))
        for category in (column.categories or (None,))
    }
    known = contracts.load("features").columns
    return {name: source[name] for name in known if name not in {"policy_id", "fraud"}}


def _inputs(contract: Contract) -> list[Column]:
    """Return the columns that a score needs: all except the label."""
    return [column for column in contract.columns.values() if column.name != "fraud"]


def feature_name(column: Column, category: str) -> str:
    """Return the name of a one-hot column; the value `N/A` is called `missing`, as in the workshop's model."""
    return f"{column.name}_{'missing' if category == 'N/A' else category}"


def _codes(values: pd.Series, column: Column) -> npt.NDArray[np.int16]:
    """Return the position of each value among the contract's categories, -1 for an unknown one."""
    found = values.astype("category").cat
    positions = pd.Index(column.categories).get_indexer(found.categories)
    # A missing value has the code -1, which picks the last entry.
    lookup = np.append(positions, -1).astype(np.int16)
    return lookup[found.codes.to_numpy()]


def _matching_order(tables: dict[str, pd.DataFrame]) -> npt.NDArray[np.intp] | None:
    """Return the positions of the claims' customers, or None when the customers are in the order of the claims."""
    claims, customers = (table["policy_id"].to_numpy() for table in tables.values())
    equal = np.array_equal(claims, customers)
    if equal and bool((claims[1:] > claims[:-1]).all()):
        return None
    lookup = pd.Index(customers)
    broken = [
        *_bad_keys("claims_are_unique", "no policy has two claims", claims, pd.Index(claims).duplicated()),
        *_bad_keys("customers_are_unique", "no policy has two customers", customers, lookup.duplicated()),
        *_bad_keys("claims_have_a_customer", "every claim has a customer", claims, ~np.isin(claims, customers)),
        *_bad_keys("customers_have_a_claim", "every customer has a claim", customers, ~np.isin(customers, claims)),
    ]
    _raise_any(broken, tables)
    return None if equal else lookup.get_indexer(claims)


def _bad_keys(rule: str, sentence: str, keys: Keys, bad: Rows) -> Iterator[BrokenRule]:
    if bad.any():
        yield BrokenRule(
            rule=rule,
            column="policy_id",
            sentence=sentence,
            count=int(bad.sum()),
            examples=tuple({"policy_id": int(key)} for key in keys[bad][:MAX_EXAMPLES]),
            remedy="deliver claims and customers of the same policies, each policy once in each",
        )


def _absent_columns(table: pd.DataFrame, contract: Contract) -> Iterator[BrokenRule]:
    absent = [column.name for column in _inputs(contract) if column.name not in table.columns]
    if absent:
        yield BrokenRule(
            rule=f"{contract.name}_columns",
            column=None,
            sentence=f"{contract.name} have the columns of their contract",
            count=0,
            examples=({"missing": ", ".join(absent)},),
            remedy="deliver these columns, or correct their names",
        )


def _unknown_category(table: pd.DataFrame, column: Column, bad: Rows) -> Iterator[BrokenRule]:
    if bad.any():
        yield BrokenRule(
            rule=f"{column.name}_category",
            column=column.name,
            sentence=f"{column.name} is one of {', '.join(column.categories)}",
            count=int(bad.sum()),
            examples=examples_of(table, bad, columns=(column.name,), keys=("policy_id",)),
            remedy="correct these values; a new category needs a new version of the contract and a new model",
        )


def _raise_any(broken: list[BrokenRule], tables: dict[str, pd.DataFrame]) -> None:
    if broken:
        raise ContractError(
            table=" + ".join(tables),
            version=" + ".join(contracts.load(name).version for name in tables),
            broken=tuple(broken),
        )
