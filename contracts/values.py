"""Ask Great Expectations which rules on values a table breaks, and find the rows that do."""

from typing import Any

import pandas as pd

from contracts import engine
from contracts.contract import Contract
from contracts.error import MOST_EXAMPLES, BrokenRule, examples_of
from contracts.rule import Rule
from contracts.structure import can_be_missing


def broken_values(frame: pd.DataFrame, contract: Contract, rules: list[Rule]) -> list[BrokenRule]:
    """Run rules as a Great Expectations suite, and describe those that fail.

    Parameters
    ----------
    frame
        A table that has the columns that the rules look at, with their dtypes.
    contract
        The contract of the table.
    rules
        Those of its rules that are asked.

    Raises
    ------
    RuntimeError
        When a rule cannot be evaluated; that is a mistake in the contract, not in the table.
    """
    gx = engine.great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    asked = {rule.id: rule for rule in rules if _can_fail(rule, frame)}
    expectations = [
        ExpectationConfiguration(type=rule.expectation, kwargs=dict(rule.kwargs), meta={"rule": name}).to_domain_obj()
        for name, rule in asked.items()
    ]
    # A list: adding expectations one by one compares each with all before it.
    suite = gx.ExpectationSuite(name=contract.id, expectations=expectations)
    context = engine.quiet_context()
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset(contract.name)
    shown = frame.copy(deep=False)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": shown})
    # BASIC counts the bad rows and lists a few of their values. The formats that list rows cost 75 µs for each bad
    # row, 75 s for a million of them; looking the rows up by the values listed costs 0.1 s.
    result = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": MOST_EXAMPLES})
    # Batch and context hold on to what they were shown.
    for name in list(shown):
        del shown[name]
    engine.forget()
    return [
        _failure(asked[outcome.expectation_config.meta["rule"]], frame, contract, outcome)
        for outcome in result.results
        if not outcome.success
    ]


def _can_fail(rule: Rule, frame: pd.DataFrame) -> bool:
    """Spare the question for missing values where the dtype leaves no room for one."""
    return rule.expectation != "expect_column_values_to_not_be_null" or can_be_missing(frame[rule.column])


def _failure(rule: Rule, frame: pd.DataFrame, contract: Contract, outcome: Any) -> BrokenRule:  # noqa: ANN401
    """Describe a failed expectation by the rows that hold the values which it lists."""
    if "unexpected_count" in outcome.result:
        rows = _rows_with(frame, rule.columns, outcome.result["partial_unexpected_list"])
        examples = examples_of(frame, rows, columns=rule.columns, key=contract.key)
        return rule.broken(count=outcome.result["unexpected_count"], examples=examples)
    if "observed_value" in outcome.result:
        return rule.broken(count=0, examples=({"observed": outcome.result["observed_value"]},))
    raise RuntimeError(f"contract {contract.name}: rule {rule.id} cannot be evaluated: {outcome.exception_info}")


def _rows_with(frame: pd.DataFrame, columns: tuple[str, ...], listed: list[Any]) -> "pd.Series[bool]":
    """Mark the rows that hold one of the listed values, or of the listed records of several columns."""
    if len(columns) == 1:
        values = frame[columns[0]]
        return values.isin(listed) if listed and not pd.isna(listed).any() else values.isna()
    found = pd.Series(data=False, index=frame.index)
    for record in listed:
        same = pd.Series(data=True, index=frame.index)
        for name, value in zip(columns, record.values() if isinstance(record, dict) else record, strict=True):
            same &= frame[name] == value
        found |= same
    return found
