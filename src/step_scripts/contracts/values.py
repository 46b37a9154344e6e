"""Ask Great Expectations which rules on values a table breaks, and which rows break them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts import engine
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.rule import Rule
from step_scripts.contracts.structure import can_be_missing

Rows = npt.NDArray[np.bool_]

# How expectations on rows name their columns.
_COLUMNS = ("column", "column_A", "column_B", "column_list")


class Broken(NamedTuple):
    """A rule that a table breaks: the rows that do, True for those; or, of a rule on no rows, what was observed."""

    rule: Rule
    rows: Rows | None
    observed: Any = None


def broken_values(frame: pd.DataFrame, contract: Contract, rules: Iterable[Rule]) -> list[Broken]:
    """Ask Great Expectations for the rules that a table breaks, in their order.

    It is asked for its metrics, not for a validation report: the metric of a rule on rows is the mask of the rows that
    break it. That takes 10 ms for a small table; a report takes ten times that, and 75 µs for each bad row it lists.

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

    Examples
    --------
    >>> from step_scripts.contracts import load
    >>> (hour,) = (rule for rule in load("claims").rules if rule.id == "incident_hour_range")
    >>> broken_values(pd.DataFrame({"incident_hour": [23, 24]}), load("claims"), [hour])[0].rows
    array([False,  True])
    """
    asked = [rule for rule in rules if _can_fail(rule, frame)]
    if not asked:
        return []
    engine.great_expectations()
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    # Rows by their number: a metric leaves out the rows that its rule does not judge.
    table = frame.set_axis(pd.RangeIndex(len(frame)), axis=0)
    if not set(table).issubset(contract.columns):  # taking away thousands of unknown ones afterwards takes minutes
        table = table[[name for name in contract.columns if name in table]]
    batch = PandasExecutionEngine(batch_data_dict={contract.name: table})
    questions = [_question(rule, batch, contract) for rule in asked]
    answers, failed = MetricsCalculator(batch).compute_metrics([one for each in questions for one in each.metrics])
    for question in questions:
        for metric in question.metrics:
            if metric.id in failed:
                why = failed[metric.id]["exception_info"]["exception_message"]
                raise RuntimeError(f"contract {contract.name}: rule {question.rule.id} cannot be evaluated: {why}")
    outcomes = [question.outcome(answers) for question in questions]
    # The library's objects refer to each other, so they stay until the next collection; our columns need not.
    for name in list(table):
        del table[name]
    return [outcome for outcome in outcomes if outcome is not None]


class _OfRows(NamedTuple):
    """The question which rows break a rule."""

    rule: Rule
    metrics: tuple[Any]
    rows: int

    def outcome(self, answers: Any) -> Broken | None:  # noqa: ANN401 - the library ships no types
        unexpected = answers[self.metrics[0].id][0]
        if not unexpected.any():
            return None
        rows = np.zeros(self.rows, dtype=np.bool_)
        rows[unexpected.index[unexpected.to_numpy(dtype=bool)]] = True
        return Broken(self.rule, rows)


class _OfTable(NamedTuple):
    """The question whether a table as a whole breaks a rule."""

    rule: Rule
    metrics: tuple[Any, ...]
    expectation: Any

    def outcome(self, answers: Any) -> Broken | None:  # noqa: ANN401
        verdict = self.expectation.metrics_validate(answers)
        return None if verdict.success else Broken(self.rule, None, verdict.result.get("observed_value"))


def _question(rule: Rule, batch: Any, contract: Contract) -> _OfRows | _OfTable:  # noqa: ANN401
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.validator.metric_configuration import MetricConfiguration

    # A list, not the tuple of the contract: pandas takes a tuple for one value.
    kwargs = {name: list(value) if isinstance(value, tuple) else value for name, value in rule.kwargs.items()}
    kind = get_expectation_impl(rule.expectation)
    metric = getattr(kind, "map_metric", None)
    if metric:
        domain = {name: kwargs.pop(name) for name in _COLUMNS if name in kwargs}
        if "column" not in domain:  # what the library calls judging every row, of two columns and of several
            domain["ignore_row_if"] = "never" if "column_list" in domain else "neither"
        domain["batch_id"] = contract.name
        return _OfRows(rule, (MetricConfiguration(f"{metric}.condition", domain, kwargs),), len(batch.dataframe))
    configuration = ExpectationConfiguration(type=rule.expectation, kwargs={**kwargs, "batch_id": contract.name})
    expectation = configuration.to_domain_obj()
    needed = expectation.get_validation_dependencies(execution_engine=batch, runtime_configuration=None)
    return _OfTable(rule, tuple(needed.metric_configurations.values()), expectation)


def _can_fail(rule: Rule, frame: pd.DataFrame) -> bool:
    """Spare the question for missing values where the dtype leaves no room for one."""
    return rule.expectation != "expect_column_values_to_not_be_null" or can_be_missing(frame[rule.column])
