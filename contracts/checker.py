"""Hold a table to its contract: structure first, then the values, by Great Expectations."""

import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from contracts.contract import Column, Contract, Rule
from contracts.error import BrokenRule, ContractError

MOST_EXAMPLES = 5


def check(frame: pd.DataFrame, contract: Contract) -> None:
    """Check a table against its contract; the table is not changed.

    Parameters
    ----------
    frame
        The table, in any order of columns, with the dtypes of the contract.
    contract
        What it has to keep.

    Raises
    ------
    ContractError
        With every broken rule at once. Rules on a column that is missing or has a wrong dtype are not looked at.

    Examples
    --------
    >>> import contracts, pandas as pd
    >>> contracts.check(pd.DataFrame({"policy_id": [1]}), contracts.load("customers"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    contracts.error.ContractError: customers breaks 1 rule of its contract (customers 1.0.0):
      columns: expected that the columns are those of the contract, in any order
        got missing=customer_age, months_as_customer, ...
    """
    broken = [*_structure(frame, contract)]
    unsound = {name for name in contract.columns if name not in frame} | {rule.column for rule in broken}
    rules = [rule for rule in contract.rules if unsound.isdisjoint(rule.columns)]
    if frame.columns.is_unique:
        broken += _values(frame, contract, rules)
    if broken:
        order = {name: place for place, name in enumerate(contract.columns)}
        broken.sort(key=lambda rule: -1 if rule.rule == "columns" else order.get(rule.column or "", len(order)))
        raise ContractError(table=contract.name, version=contract.version, broken=tuple(broken), rows=len(frame))


def check_key(frame: pd.DataFrame, contract: Contract) -> None:
    """Check only that no key is repeated: what parts that were checked one by one can still break together.

    Raises
    ------
    ContractError
        With the one broken rule.
    """
    repeated = frame[contract.key].duplicated(keep=False)
    if repeated.any():
        (rule,) = (rule for rule in contract.rules if rule.id == f"{contract.key}_unique")
        broken = BrokenRule(
            rule=rule.id,
            column=rule.column,
            sentence=rule.sentence,
            count=int(repeated.sum()),
            examples=_examples(frame, repeated, rule.columns, contract.key),
            remedy=rule.remedy,
        )
        raise ContractError(table=contract.name, version=contract.version, broken=(broken,), rows=len(frame))


def _structure(frame: pd.DataFrame, contract: Contract) -> Iterable[BrokenRule]:
    """Yield what is wrong with the columns and their dtypes: rules on values can only run on what is sound."""
    names = list(frame.columns)
    wrong = {
        "missing": [name for name in contract.columns if name not in names],
        "unknown": sorted({str(name) for name in names if name not in contract.columns}),
        "repeated": sorted({str(name) for name in names if names.count(name) > 1}),
    }
    if any(wrong.values()):
        yield BrokenRule(
            rule="columns",
            column=None,
            sentence="the columns are those of the contract, in any order",
            count=0,
            examples=({kind: _listing(found) for kind, found in wrong.items() if found},),
            remedy="deliver the table with the contract's columns, or change the contract and raise its version",
        )
    if not frame.columns.is_unique:
        return
    for column in contract.columns.values():
        if column.name in frame and not _has_dtype(frame[column.name], column):
            yield _wrong_dtype(frame, column, contract)


def _listing(names: list[str], *, most: int = 10) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _has_dtype(values: pd.Series, column: Column) -> bool:
    """Tell whether a column has its dtype, or would have it without its missing values, which are another rule's."""
    if values.dtype == column.dtype:
        return True
    if column.dtype not in {"int64", "bool"} or not values.hasnans:
        return False
    known = values.dropna()
    if column.dtype == "bool":
        return all(isinstance(value, bool) for value in known)
    return bool(pd.api.types.is_numeric_dtype(known) and (known % 1 == 0).all())


def _wrong_dtype(frame: pd.DataFrame, column: Column, contract: Contract) -> BrokenRule:
    """Describe a column of a wrong dtype by the values that do not fit, or by its first values when all would."""
    values = frame[column.name]
    text = values.astype("str")
    if column.dtype == "int64":
        misfit = ~text.str.fullmatch(r"\s*[+-]?\d+\s*")
    elif column.dtype == "float64":
        misfit = pd.to_numeric(text, errors="coerce").isna()
    else:
        misfit = pd.Series(data=True, index=values.index)
    misfit &= values.notna()
    if not misfit.any():
        misfit = values.notna()
    return BrokenRule(
        rule=f"{column.name}_dtype",
        column=column.name,
        sentence=f"{column.name} is of type {column.dtype}, not {values.dtype}",
        count=int(misfit.sum()),
        examples=_examples(frame, misfit, (column.name,), contract.key),
        remedy="correct these values in the source, or read the table with contracts.read_checked",
    )


def _examples(
    frame: pd.DataFrame, mask: "pd.Series[bool]", columns: tuple[str, ...], key: str
) -> tuple[Mapping[str, Any], ...]:
    rows = frame.loc[mask.to_numpy(dtype=bool)].head(MOST_EXAMPLES)
    # One column's value is called `value`; several keep their names.
    sources = {"value": columns[0]} if len(columns) == 1 else {name: name for name in columns}
    if key in frame:
        sources = {key: key, **sources}
    return tuple({name: rows[column].iloc[place] for name, column in sources.items()} for place in range(len(rows)))


def _values(frame: pd.DataFrame, contract: Contract, rules: list[Rule]) -> list[BrokenRule]:
    """Run the rules as a Great Expectations suite, and describe those that fail."""
    # Read by Great Expectations when it is imported; no table is worth a socket.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    import contracts.expect_rows_to_satisfy  # noqa: F401 - registers the expectation

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("contracts").add_dataframe_asset(contract.name)
    batch = asset.add_batch_definition_whole_dataframe("table").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(contract.id)
    for rule in rules:
        configuration = ExpectationConfiguration(type=rule.expectation, kwargs={**rule.kwargs}, meta={"rule": rule.id})
        suite.add_expectation(configuration.to_domain_obj())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # BASIC counts the bad rows and lists a few values. Formats that list rows take 75 microseconds for each.
        result = batch.validate(
            suite, result_format={"result_format": "BASIC", "partial_unexpected_count": MOST_EXAMPLES}
        )
    by_id = {rule.id: rule for rule in rules}
    return [
        _broken(frame, contract, by_id[outcome.expectation_config.meta["rule"]], outcome)
        for outcome in result.results
        if not outcome.success
    ]


def _broken(frame: pd.DataFrame, contract: Contract, rule: Rule, outcome: Any) -> BrokenRule:  # noqa: ANN401
    """Describe a failed expectation, with the rows that hold the values which it lists."""
    if outcome.exception_info.get("raised_exception"):
        raise RuntimeError(f"rule {rule.id} cannot be evaluated: {outcome.exception_info['exception_message']}")
    listed = outcome.result.get("partial_unexpected_list", [])
    examples: tuple[Mapping[str, Any], ...]
    if rule.columns:
        examples = _examples(frame, _rows_with(frame, rule.columns, listed), rule.columns, contract.key)
    else:
        examples = ({"observed": outcome.result.get("observed_value")},)
    return BrokenRule(
        rule=rule.id,
        column=rule.column,
        sentence=rule.sentence,
        count=int(outcome.result.get("unexpected_count", 0)),
        examples=examples,
        remedy=rule.remedy,
    )


def _rows_with(frame: pd.DataFrame, columns: tuple[str, ...], listed: list[Any]) -> "pd.Series[bool]":
    """Mark the rows that hold one of the listed values, or of the listed records for several columns."""
    if len(columns) == 1:
        values = frame[columns[0]]
        missing = any(pd.isna(value) for value in listed) or not listed
        return values.isin(listed) | (values.isna() & missing)
    found = pd.Series(data=False, index=frame.index)
    for record in listed:
        same = pd.Series(data=True, index=frame.index)
        for name, value in record.items():
            same &= frame[name].isna() if pd.isna(value) else frame[name] == value
        found |= same
    return found
