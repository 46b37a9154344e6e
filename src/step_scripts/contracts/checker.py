"""Check a table against its contract: first its structure, then its values, by Great Expectations."""

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
    """The rules of its contract that a table breaks.

    Attributes
    ----------
    stops
        Broken rules that make it impossible to judge single rows: on columns, dtypes, the key, the table as a whole.
    bad
        For each broken rule on rows of severity error, a mask of the rows that break it.
    broken
        The same rules, each with its count and examples.
    warnings
        The broken rules of severity warning.
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
        The contract of the table.

    Returns
    -------
    tuple of BrokenRule
        The warnings: broken rules that are no error.

    Raises
    ------
    ContractError
        With every broken rule at once. A column that is missing or has a wrong dtype is not checked further.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> check(pd.DataFrame({"house_id": [1]}), houses())
    Traceback (most recent call last):
    step_scripts.contracts.error.ContractError: houses: 1 rule of the contract is broken (houses 1.0.0, 1 row)
      columns
        expected  the table has the columns of the contract, in any order
        got       missing kind, rooms, area, price
        fix       deliver the table with these columns, or change the contract and raise its version
    """
    verdict = judge(frame, contract)
    if broken := in_order((*verdict.stops, *verdict.broken), contract):
        raise ContractError(table=contract.name, version=contract.version, broken=broken, rows=len(frame))
    return verdict.warnings


def judge(frame: pd.DataFrame, contract: Contract) -> Verdict:
    """Return the rules that a table breaks, and for each rule on rows of severity error the rows that break it."""
    columns = broken_columns(list(frame.columns), contract)
    if columns and not frame.columns.is_unique:
        # No rule can tell which of the two columns is meant.
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
    """Check columns and key alone: what several valid parts can break together.

    This needs no Great Expectations, so several sealed parts are read as fast as one.
    """
    if columns := broken_columns(list(frame.columns), contract):
        return Verdict(stops=(columns,))
    repeated = frame[contract.key].duplicated(keep=False).to_numpy()
    (rule,) = (rule for rule in contract.rules if rule.id == f"{contract.key}_unique")
    return Verdict(stops=(_described(Broken(rule, repeated), frame, contract),) if repeated.any() else ())


def in_order(broken: tuple[BrokenRule, ...], contract: Contract) -> tuple[BrokenRule, ...]:
    """Sort broken rules by column; the rule `columns` comes first, rules on several columns come last."""
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
    described = rule.broken(count=int(np.count_nonzero(rows)), examples=examples)
    column = contract.columns.get(rule.column or "")
    meant = column.spelling_of(examples[0]["value"]) if column and rule.id == f"{column.name}_category" else None
    return replace(described, remedy=f"spell these values as the contract does: {meant}") if meant else described
