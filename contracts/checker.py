"""Hold a table to its contract: its structure first, then its values, by Great Expectations."""

import pandas as pd

from contracts.contract import Contract
from contracts.error import BrokenRule, ContractError, examples_of
from contracts.structure import broken_columns, broken_dtypes
from contracts.values import broken_values


def check(frame: pd.DataFrame, contract: Contract) -> None:
    """Check a table against its contract; the table is not changed.

    Parameters
    ----------
    frame
        The table: the contract's columns in any order, each with its dtype.
    contract
        What the table has to keep.

    Raises
    ------
    ContractError
        With every broken rule at once. The values of a column that is missing, or of a wrong dtype, are not looked at.

    Examples
    --------
    >>> import contracts, pandas as pd
    >>> contracts.check(pd.DataFrame({"policy_id": [1]}), contracts.load("customers"))
    Traceback (most recent call last):
    contracts.error.ContractError: customers: 1 rule of the contract is broken (customers 1.0.0, 1 row)
      columns
        expected  the table has the columns of the contract, in any order
        got       missing customer_age, months_as_customer, num_claims_past_year, num_insurers_past_5_years, \
policy_state, policy_deductable, policy_annual_premium, policy_liability, customer_zip, customer_gender and 2 more
        to do     deliver the table with these columns, or change the contract and raise its version
    """
    broken = broken_rules(frame, contract)
    if broken:
        raise ContractError(table=contract.name, version=contract.version, broken=broken, rows=len(frame))


def broken_rules(frame: pd.DataFrame, contract: Contract) -> tuple[BrokenRule, ...]:
    """Return the rules that a table breaks: that of the columns first, then column by column, then those on rows."""
    columns = broken_columns(list(frame.columns), contract)
    if not frame.columns.is_unique:
        # Nothing more can be said: which of the two is meant?
        return () if columns is None else (columns,)
    dtypes = list(broken_dtypes(frame, contract))
    unsound = {rule.column for rule in dtypes} | set(contract.columns).difference(frame.columns)
    sound = [rule for rule in contract.rules if unsound.isdisjoint(rule.columns)]
    by_column = [*dtypes, *broken_values(frame, contract, sound)]
    order = {name: place for place, name in enumerate(contract.columns)}
    by_column.sort(key=lambda broken: order.get(broken.column or "", len(order)))
    return tuple(by_column) if columns is None else (columns, *by_column)


def repeated_keys(frame: pd.DataFrame, contract: Contract) -> tuple[BrokenRule, ...]:
    """Return the rule on the key if it is broken: what parts that were checked one by one can break together.

    This needs no Great Expectations, so that several sealed parts are read as fast as one.
    """
    repeated = frame[contract.key].duplicated(keep=False)
    if not repeated.any():
        return ()
    (rule,) = (rule for rule in contract.rules if rule.id == f"{contract.key}_unique")
    examples = examples_of(frame, repeated, columns=rule.columns, key=contract.key)
    return (rule.broken(count=int(repeated.sum()), examples=examples),)
