"""Hold a table to its contract: its structure first, then its values, by Great Expectations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from step_scripts.contracts.contract import Contract
from step_scripts.contracts.error import BrokenRule, ContractError, examples_of
from step_scripts.contracts.rule import Rule
from step_scripts.contracts.structure import broken_columns, broken_dtypes
from step_scripts.contracts.values import Broken, Rows, broken_values


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a table breaks of its contract.

    Attributes
    ----------
    stops
        Broken rules after which nothing can be said of single rows: columns, dtypes, the key, the table as a whole.
    bad
        By rule on rows, the rows that break it, True for those; hard rules only.
    broken
        The same rules, each with its count and examples.
    warnings
        The rules that are broken and only warn.
    """

    stops: tuple[BrokenRule, ...] = ()
    bad: Mapping[str, Rows] = field(default_factory=dict)
    broken: tuple[BrokenRule, ...] = ()
    warnings: tuple[BrokenRule, ...] = ()


def check(frame: pd.DataFrame, contract: Contract) -> tuple[BrokenRule, ...]:
    """Check a table against its contract; the table is not changed.

    Parameters
    ----------
    frame
        The table: the contract's columns in any order, each with its dtype.
    contract
        What the table has to keep.

    Returns
    -------
    tuple of BrokenRule
        The warnings: broken rules that are no reason to stop.

    Raises
    ------
    ContractError
        With every broken rule at once. The values of a column that is missing, or of a wrong dtype, are not looked at.

    Examples
    --------
    >>> from step_scripts import contracts
    >>> import pandas as pd
    >>> contracts.check(pd.DataFrame({"policy_id": [1]}), contracts.load("customers"))
    Traceback (most recent call last):
    step_scripts.contracts.error.ContractError: customers: 1 rule of the contract is broken (customers 2.0.0, 1 row)
      columns
        expected  the table has the columns of the contract, in any order
        got       missing customer_age, months_as_customer, num_claims_past_year, num_insurers_past_5_years, \
policy_state, policy_deductable, policy_annual_premium, policy_liability, customer_zip, customer_gender and 2 more
        fix       deliver the table with these columns, or change the contract and raise its version
    """
    verdict = judge(frame, contract)
    if broken := in_order((*verdict.stops, *verdict.broken), contract):
        raise ContractError(table=contract.name, version=contract.version, broken=broken, rows=len(frame))
    return verdict.warnings


def judge(frame: pd.DataFrame, contract: Contract) -> Verdict:
    """Return what a table breaks of its contract, with every row that breaks a hard rule on rows."""
    columns = broken_columns(list(frame.columns), contract)
    if columns and not frame.columns.is_unique:
        # Nothing more can be said: which of the two is meant?
        return Verdict(stops=(columns,))
    dtypes = list(broken_dtypes(frame, contract))
    unsound = {rule.column for rule in dtypes} | set(contract.columns).difference(frame.columns)
    sound = [rule for rule in contract.rules if unsound.isdisjoint(rule.columns)]
    found = broken_values(frame, contract, sound)
    stops = [_described(each, frame, contract) for each in found if _stops(each.rule)]
    rowwise = [each for each in found if each.rule.severity == "error" and not _stops(each.rule)]
    return Verdict(
        stops=in_order((*([columns] if columns else []), *dtypes, *stops), contract),
        bad={each.rule.id: each.rows for each in rowwise if each.rows is not None},
        broken=tuple(_described(each, frame, contract) for each in rowwise),
        warnings=tuple(_described(each, frame, contract) for each in found if each.rule.severity == "warning"),
    )


def repeated_keys(frame: pd.DataFrame, contract: Contract) -> Verdict:
    """Judge columns and key alone: what parts that were checked one by one can break together.

    This needs no Great Expectations, so that several sealed parts are read as fast as one.
    """
    if columns := broken_columns(list(frame.columns), contract):
        return Verdict(stops=(columns,))
    repeated = frame[contract.key].duplicated(keep=False).to_numpy()
    (rule,) = (rule for rule in contract.rules if rule.id == f"{contract.key}_unique")
    return Verdict(stops=(_described(Broken(rule, repeated), frame, contract),) if repeated.any() else ())


def in_order(broken: tuple[BrokenRule, ...], contract: Contract) -> tuple[BrokenRule, ...]:
    """Return broken rules by column, those of the whole table first and those on several columns last."""
    place = {name: number for number, name in enumerate(contract.columns)}
    return tuple(
        sorted(broken, key=lambda rule: -1 if rule.rule == "columns" else place.get(rule.column or "", len(place)))
    )


def _stops(rule: Rule) -> bool:
    return rule.severity == "error" and rule.level == "table"


def _described(broken: Broken, frame: pd.DataFrame, contract: Contract) -> BrokenRule:
    rule, rows = broken.rule, broken.rows
    if rows is None:
        return rule.broken(count=0, examples=({"observed": broken.observed},))
    examples = examples_of(frame, rows, columns=rule.columns, key=contract.key)
    told = rule.broken(count=int(np.count_nonzero(rows)), examples=examples)
    column = contract.columns.get(rule.column or "")
    meant = column.spelling_of(examples[0]["value"]) if column and rule.id == f"{column.name}_category" else None
    return replace(told, remedy=f"spell these values as the contract does: {meant}") if meant else told
