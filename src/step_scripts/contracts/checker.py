"""Check a table against its contract: first its columns and their dtypes, then its values, by Great Expectations."""

import gc
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts._shared import StepScriptsError
from step_scripts.contracts.contract import Column, Contract, Rule, unique_id
from step_scripts.contracts.error import BrokenRule, ContractError, examples_of
from step_scripts.contracts.structure import broken_columns, wrong_dtype

Rows = npt.NDArray[np.bool_]


class RuleError(StepScriptsError, RuntimeError):
    """A rule of a contract cannot be evaluated."""


class Broken(NamedTuple):
    """A broken rule: the rows that break it, as a mask; or, of a rule that judges no rows, what was observed."""

    rule: Rule
    rows: Rows | None
    observed: Any = None


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
    columns = _wrong_columns(frame, contract)
    if columns and not frame.columns.is_unique:
        # No rule can tell which of the two columns is meant.
        return Verdict(stops=(columns,))
    wrong = [each for each in contract.columns.values() if each.name in frame and not _fits(frame[each.name], each)]
    dtypes = [wrong_dtype(frame, column, contract.keys) for column in wrong]
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
    if columns := _wrong_columns(frame, contract):
        return Verdict(stops=(columns,))
    if not contract.keys:
        return Verdict()
    repeated = frame[list(contract.keys)].duplicated(keep=False).to_numpy()
    (rule,) = (rule for rule in contract.rules if rule.id == unique_id(contract.keys))
    return Verdict(stops=(_described(Broken(rule, repeated), frame, contract),) if repeated.any() else ())


def in_order(broken: tuple[BrokenRule, ...], contract: Contract) -> tuple[BrokenRule, ...]:
    """Sort broken rules by column; the rule `columns` comes first, rules on several columns come last."""
    place = {name: number for number, name in enumerate(contract.columns)}
    return tuple(
        sorted(broken, key=lambda rule: -1 if rule.rule == "columns" else place.get(rule.column or "", len(place)))
    )


def broken_values(frame: pd.DataFrame, contract: Contract, rules: Iterable[Rule]) -> list[Broken]:
    """Return the rules on values that a table breaks, in their order; the table has the columns that they read.

    Raises
    ------
    RuleError
        When a rule cannot be evaluated. This is a mistake in the contract, not in the table.
    """
    asked = [rule for rule in rules if _can_fail(rule, frame)]
    if not asked:
        return []
    with importing_great_expectations():
        from step_scripts.contracts import expectations
    return expectations.broken_values(frame, contract, asked)


@contextmanager
def importing_great_expectations() -> Iterator[None]:
    """Make the import of Great Expectations, or of a module that imports it, faster and silent.

    Examples
    --------
    >>> with importing_great_expectations():
    ...     import great_expectations
    """
    # The library reads this when it is imported: a check opens no socket.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # The import makes a million objects that stay. To look for garbage among them takes a third of its time, and a
    # quarter of a second at each later collection: so collection is off meanwhile, and the objects are frozen.
    first, collecting = "great_expectations" not in sys.modules, gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if first:
            gc.freeze()
        if collecting:
            gc.enable()


def _wrong_columns(frame: pd.DataFrame, contract: Contract) -> BrokenRule | None:
    if len(frame.columns) == len(contract.columns) and set(frame.columns) == set(contract.columns):
        return None
    return broken_columns(list(frame.columns), contract)


def _fits(values: "pd.Series[Any]", column: Column) -> bool:
    """Tell whether a column has its dtype, or would have it without missing values, which another rule judges."""
    if values.dtype == column.dtype:
        return column.kind != "date" or bool((values.dropna() == values.dropna().dt.normalize()).all())
    if column.dtype in {"Int64", "boolean"}:  # a column without missing values may have the plain dtype
        return str(values.dtype) == ("int64" if column.dtype == "Int64" else "bool")
    if column.dtype not in {"int64", "bool"} or not values.hasnans:
        return False
    known = values.dropna()
    if column.dtype == "bool":
        return all(isinstance(value, bool) for value in known)
    return pd.api.types.is_float_dtype(known) and bool(((known % 1 == 0) & (known.abs() < 2**63)).all())


def _can_fail(rule: Rule, frame: pd.DataFrame) -> bool:
    """Tell whether a rule can be broken at all: some dtypes cannot hold a missing value."""
    return rule.expectation != "expect_column_values_to_not_be_null" or str(frame[rule.column].dtype) not in {
        "int64",
        "bool",
    }


def _stops(rule: Rule) -> bool:
    return rule.severity == "error" and rule.level == "table"


def _described(broken: Broken, frame: pd.DataFrame, contract: Contract) -> BrokenRule:
    rule, rows = broken.rule, broken.rows
    if rows is None:
        return rule.broken(count=0, examples=({"observed": broken.observed},))
    examples = examples_of(frame, rows, columns=rule.columns, keys=contract.keys)
    keys = contract.keys or None
    described = rule.broken(count=int(np.count_nonzero(rows)), examples=examples, keys=keys)
    column = contract.columns.get(rule.column or "")
    meant = column.spelling_of(examples[0]["value"]) if column and rule.id == f"{column.name}_category" else None
    return replace(described, remedy=f"spell these values as the contract does: {meant}") if meant else described
