"""Hold a table to its contract: its structure first, then its values, by Great Expectations."""

import os
from typing import Any

import pandas as pd

from contracts.contract import Contract, Rule
from contracts.error import MOST_EXAMPLES, BrokenRule, ContractError, examples_of
from contracts.structure import broken_columns, broken_dtypes, can_be_missing


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
    by_column = [*dtypes, *_broken_values(frame, contract, sound)]
    order = {name: place for place, name in enumerate(contract.columns)}
    by_column.sort(key=lambda broken: order.get(broken.column or "", len(order)))
    return tuple(by_column) if columns is None else (columns, *by_column)


def repeated_keys(frame: pd.DataFrame, contract: Contract) -> tuple[BrokenRule, ...]:
    """Return the rule on the key if it is broken: what parts that were checked one by one can break together.

    This needs no Great Expectations, so that several sealed parts are read as fast as one.
    """
    repeated = frame[contract.key].duplicated(keep=False)
    rules = [rule for rule in contract.rules if rule.id == f"{contract.key}_unique"] if repeated.any() else []
    return tuple(_broken(rule, frame, contract, repeated, int(repeated.sum())) for rule in rules)


def _broken_values(frame: pd.DataFrame, contract: Contract, rules: list[Rule]) -> list[BrokenRule]:
    """Run rules as a Great Expectations suite, and describe those that fail."""
    # Imported here: it takes 2 to 4 s, which sealed tables do not pay. It reads this first: checking opens no socket.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    import contracts.expect_rows_to_satisfy  # noqa: F401 - importing it registers it

    asked = {rule.id: rule for rule in rules if _can_fail(rule, frame)}
    expectations = [
        ExpectationConfiguration(type=rule.expectation, kwargs=dict(rule.kwargs), meta={"rule": name}).to_domain_obj()
        for name, rule in asked.items()
    ]
    # A list: adding expectations one by one compares each with all before it.
    suite = gx.ExpectationSuite(name=contract.id, expectations=expectations)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset(contract.name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    # BASIC counts the bad rows and lists a few of their values. The formats that list rows cost 75 µs for each bad
    # row, 75 s for a million of them; looking the rows up by the values listed costs 0.1 s.
    result = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": MOST_EXAMPLES})
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
        return _broken(rule, frame, contract, rows, outcome.result["unexpected_count"])
    if "observed_value" in outcome.result:
        return _broken(rule, frame, contract, None, 0, observed=outcome.result["observed_value"])
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


def _broken(
    rule: Rule,
    frame: pd.DataFrame,
    contract: Contract,
    rows: "pd.Series[bool] | None",
    count: int,
    *,
    observed: object = None,
) -> BrokenRule:
    if rows is None:
        examples: Any = ({"observed": observed},)
    else:
        examples = examples_of(frame, rows, columns=rule.columns, key=contract.key)
    return BrokenRule(
        rule=rule.id, column=rule.column, sentence=rule.sentence, count=count, examples=examples, remedy=rule.remedy
    )
