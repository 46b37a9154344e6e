"""Claims and customers become features: joined one to one, a column a number, a column a category."""

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
    """Return one row of features a claim, in the order of the claims.

    The categories come from the contracts and never from the data, so one row, one part file and the whole table are
    encoded alike.

    Parameters
    ----------
    claims : DataFrame of shape (n, 17 or more)
        The columns of the claims contract; `fraud` is not needed. A category may be text as well.
    customers : DataFrame of shape (n, 13 or more)
        The columns of the customers contract: the policies of the claims, in any order.

    Returns
    -------
    DataFrame of shape (n, 59)
        `policy_id` and the 58 features of the features contract in its order: numbers as they came, and a bool column
        a category, named ``<column>_<category>`` with `missing` for `N/A`. Indexed from 0.

    Raises
    ------
    ContractError
        When a column is absent, a policy occurs twice or on one side only, or a category is unknown. It names every
        rule that is broken, of the first of these three kinds.

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
    # Not copied: pandas copies a number's column when either table changes it, and one-hot columns are ours.
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
    """Return the columns that a score needs: all but the label."""
    return [column for column in contract.columns.values() if column.name != "fraud"]


def feature_name(column: Column, category: str) -> str:
    """Name a one-hot column. The workshop calls the value `N/A` `missing`, and so does its model."""
    return f"{column.name}_{'missing' if category == 'N/A' else category}"


def _codes(values: pd.Series, column: Column) -> npt.NDArray[np.int16]:
    """Return each value's place among the contract's categories, -1 where it has none."""
    found = values.astype("category").cat
    places = pd.Index(column.categories).get_indexer(found.categories)
    # A missing value has the code -1, which picks the last entry.
    lookup = np.append(places, -1).astype(np.int16)
    return lookup[found.codes.to_numpy()]


def _matching_order(tables: dict[str, pd.DataFrame]) -> npt.NDArray[np.intp] | None:
    """Return the positions of the claims' customers, or None when the customers stand in the order of the claims."""
    claims, customers = (table["policy_id"].to_numpy() for table in tables.values())
    alike = np.array_equal(claims, customers)
    if alike and bool((claims[1:] > claims[:-1]).all()):
        return None
    lookup = pd.Index(customers)
    broken = [
        *_bad_keys("claims_are_unique", "no policy has two claims", claims, pd.Index(claims).duplicated()),
        *_bad_keys("customers_are_unique", "no policy has two customers", customers, lookup.duplicated()),
        *_bad_keys("claims_have_a_customer", "every claim has a customer", claims, ~np.isin(claims, customers)),
        *_bad_keys("customers_have_a_claim", "every customer has a claim", customers, ~np.isin(customers, claims)),
    ]
    _raise_any(broken, tables)
    return None if alike else lookup.get_indexer(claims)


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
            examples=examples_of(table, bad, columns=(column.name,), key="policy_id"),
            remedy="correct these values; a new category needs a new version of the contract and a new model",
        )


def _raise_any(broken: list[BrokenRule], tables: dict[str, pd.DataFrame]) -> None:
    if broken:
        raise ContractError(
            table=" + ".join(tables),
            version=" + ".join(contracts.load(name).version for name in tables),
            broken=tuple(broken),
        )
