"""Claims and customers become features: joined one to one, categories as one column each."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

import contracts
from contracts import BrokenRule, Contract, ContractError

_MISSING = "N/A"  # a value of the claims table; the workshop's feature names call it `missing`
_EXAMPLES = 5

Keys = npt.NDArray[np.int64]


def encode(claims: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return one row of features a claim, in the order of the claims.

    The categories come from the contracts and never from the data, so one row, one part file and the whole table are
    encoded alike.

    Parameters
    ----------
    claims : DataFrame of shape (n, 17 or more)
        The columns of the claims contract; `fraud` is not needed.
    customers : DataFrame of shape (n, 13 or more)
        The columns of the customers contract, in any order of rows, with the same policies as the claims.

    Returns
    -------
    DataFrame of shape (n, 59)
        `policy_id` and the 58 features of the features contract in its order: numbers as they came, and a bool column
        a category, named ``<column>_<category>`` with `missing` for `N/A`. Indexed from 0.

    Raises
    ------
    ContractError
        When a column is absent, a policy occurs twice or on one side only, or a category is unknown: every such rule
        at once.

    Examples
    --------
    >>> import contracts
    >>> claims = contracts.read_checked("fixtures/claims.csv", contracts.load("claims"))
    >>> customers = contracts.read_checked("fixtures/customers.csv", contracts.load("customers"))
    >>> encode(claims, customers).shape
    (5000, 59)
    """
    tables = [(claims, contracts.load("claims")), (customers, contracts.load("customers"))]
    _raise_any([broken for table, contract in tables for broken in _absent(table, contract)])
    order = _join(claims["policy_id"].to_numpy(), customers["policy_id"].to_numpy())
    rows = [claims, customers if order is None else customers.take(order)]

    source: dict[str, pd.Series] = {}
    unknown: list[BrokenRule] = []
    for table, (_, contract) in zip(rows, tables, strict=True):
        for name, column in contract.columns.items():
            if name == "fraud":
                continue
            if not column.categories:
                source[name] = pd.Series(table[name].array, copy=False)
                continue
            codes = pd.Categorical(table[name], categories=column.categories).codes
            unknown.extend(_unknown(table, name, column.categories, codes < 0))
            for code, category in enumerate(column.categories):
                source[f"{name}_{'missing' if category == _MISSING else category}"] = pd.Series(codes == code)
    _raise_any(unknown)
    wanted = [name for name in contracts.load("features").columns if name != "fraud"]
    return pd.DataFrame({name: source[name] for name in wanted}, copy=False)


def _join(claims: Keys, customers: Keys) -> npt.NDArray[np.intp] | None:
    """Return the positions of the claims' customers, or None when both tables are in the same order already."""
    same = np.array_equal(claims, customers)
    if same and bool((np.diff(claims) > 0).all()):
        return None
    broken = [
        *_one_to_one("claims", claims, "one claim a policy", pd.Index(claims).duplicated()),
        *_one_to_one("customers", customers, "one customer a policy", pd.Index(customers).duplicated()),
    ]
    order = np.argsort(customers, kind="stable")
    place = np.searchsorted(customers, claims, sorter=order)
    found = np.zeros(len(claims), dtype=bool)
    inside = place < len(customers)
    found[inside] = customers[order[place[inside]]] == claims[inside]
    broken += _orphans("claims_have_a_customer", "every claim has a customer", claims[~found])
    broken += _orphans("customers_have_a_claim", "every customer has a claim", customers[~np.isin(customers, claims)])
    _raise_any(broken)
    return None if same else order[place]


def _one_to_one(table: str, keys: Keys, sentence: str, again: npt.NDArray[np.bool_]) -> Iterator[BrokenRule]:
    if again.any():
        yield BrokenRule(
            rule=f"{table}_are_unique",
            column="policy_id",
            sentence=sentence,
            count=int(again.sum()),
            examples=_examples(keys[again]),
            remedy=f"remove the repeated rows of {table}, or say which one counts",
        )


def _orphans(rule: str, sentence: str, keys: Keys) -> list[BrokenRule]:
    if not len(keys):
        return []
    remedy = "deliver both tables of the same day and the same policies"
    broken = BrokenRule(
        rule=rule, column="policy_id", sentence=sentence, count=len(keys), examples=_examples(keys), remedy=remedy
    )
    return [broken]


def _absent(table: pd.DataFrame, contract: Contract) -> Iterator[BrokenRule]:
    absent = [name for name in contract.columns if name not in table.columns and name != "fraud"]
    if absent:
        yield BrokenRule(
            rule=f"{contract.name}_columns_are_present",
            column=", ".join(absent),
            sentence=f"{contract.name} have the columns of their contract",
            count=len(absent),
            examples=(),
            remedy="add the columns, or correct their names",
        )


def _unknown(
    table: pd.DataFrame, name: str, categories: tuple[str, ...], rows: npt.NDArray[np.bool_]
) -> Iterator[BrokenRule]:
    if rows.any():
        few = table.loc[rows, ["policy_id", name]].head(_EXAMPLES)
        yield BrokenRule(
            rule=f"{name}_is_known",
            column=name,
            sentence=f"{name} is one of {', '.join(categories)}",
            count=int(rows.sum()),
            examples=tuple({"policy_id": int(key), "value": value} for key, value in few.itertuples(index=False)),
            remedy="correct the value, or add it to the contract and train again",
        )


def _examples(keys: Keys) -> tuple[Mapping[str, object], ...]:
    return tuple({"policy_id": int(key), "value": int(key)} for key in keys[:_EXAMPLES])


def _raise_any(broken: list[BrokenRule]) -> None:
    if broken:
        raise ContractError(
            table="claims + customers", version=contracts.load("features").version, broken=tuple(broken)
        )
