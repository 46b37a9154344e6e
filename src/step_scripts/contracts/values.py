"""Ask Great Expectations which rules on values a table breaks, and which rows break them."""

import gc
import os
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts._shared import StepScriptsError
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.rule import Rule
from step_scripts.contracts.structure import can_be_missing

Rows = npt.NDArray[np.bool_]


class RuleError(StepScriptsError, RuntimeError):
    """A rule of a contract cannot be evaluated."""


# How expectations on rows name their columns.
_COLUMNS = ("column", "column_A", "column_B", "column_list")


def great_expectations() -> Any:  # noqa: ANN401 - it ships no types
    """Import Great Expectations. The import takes 2 to 4 s, so it happens late: sealed tables do without.

    Examples
    --------
    >>> great_expectations().__name__
    'great_expectations'
    """
    # The library reads this when it is imported: a check opens no socket.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # The import makes a million objects that stay. To look for garbage among them takes a third of its time, and a
    # quarter of a second at each later collection: so collection is off meanwhile, and the objects are frozen.
    first, collecting = "great_expectations" not in sys.modules, gc.isenabled()
    gc.disable()
    try:
        import great_expectations as gx
    finally:
        if first:
            gc.freeze()
        if collecting:
            gc.enable()

    import step_scripts.contracts.expect_rows_to_satisfy  # noqa: F401 - importing it registers it

    return gx


class Broken(NamedTuple):
    """A broken rule: the rows that break it, as a mask; or, of a rule that judges no rows, what was observed."""

    rule: Rule
    rows: Rows | None
    observed: Any = None


def broken_values(frame: pd.DataFrame, contract: Contract, rules: Iterable[Rule]) -> list[Broken]:
    """Return the rules that a table breaks, in their order.

    Great Expectations is asked for its metrics, not for a validation report: the metric of a rule on rows is the mask
    of the rows that break it. That takes 10 ms for a small table; a report takes ten times that, and 75 µs more for
    each bad row.

    Parameters
    ----------
    frame
        A table with the columns that the rules read, each with its dtype.
    contract
        The contract of the table.
    rules
        The rules of the contract that are checked.

    Raises
    ------
    RuleError
        When a rule cannot be evaluated. This is a mistake in the contract, not in the table.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> (rooms,) = (rule for rule in houses().rules if rule.id == "rooms_range")
    >>> broken_values(pd.DataFrame({"rooms": [30, 31]}), houses(), [rooms])[0].rows
    array([False,  True])
    """
    asked = [rule for rule in rules if _can_fail(rule, frame)]
    if not asked:
        return []
    great_expectations()
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    # Rows are numbered, because a metric leaves out the rows that its rule does not judge.
    table = frame.set_axis(pd.RangeIndex(len(frame)), axis=0)
    if not set(table).issubset(contract.columns):  # to delete thousands of unknown columns below takes minutes
        table = table[[name for name in contract.columns if name in table]]
    batch = PandasExecutionEngine(batch_data_dict={contract.name: table})
    questions = [_question(rule, batch, contract) for rule in asked]
    answers, failed = MetricsCalculator(batch).compute_metrics([one for each in questions for one in each.metrics])
    for question in questions:
        for metric in question.metrics:
            if metric.id in failed:
                why = failed[metric.id]["exception_info"]["exception_message"]
                raise RuleError(f"contract {contract.name}: rule {question.rule.id} cannot be evaluated: {why}")
    outcomes = [question.outcome(answers) for question in questions]
    # The library's objects refer to each other and stay until the next collection; the columns are freed now.
    for name in list(table):
        del table[name]
    return [outcome for outcome in outcomes if outcome is not None]


class _OfRows(NamedTuple):
    """The question which rows break a rule on rows."""

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
        if "column" not in domain:  # the library's two words for: judge every row
            domain["ignore_row_if"] = "never" if "column_list" in domain else "neither"
        domain["batch_id"] = contract.name
        return _OfRows(rule, (MetricConfiguration(f"{metric}.condition", domain, kwargs),), len(batch.dataframe))
    configuration = ExpectationConfiguration(type=rule.expectation, kwargs={**kwargs, "batch_id": contract.name})
    expectation = configuration.to_domain_obj()
    needed = expectation.get_validation_dependencies(execution_engine=batch, runtime_configuration=None)
    return _OfTable(rule, tuple(needed.metric_configurations.values()), expectation)


def _can_fail(rule: Rule, frame: pd.DataFrame) -> bool:
    """Tell whether a rule can be broken at all: some dtypes cannot hold a missing value."""
    return rule.expectation != "expect_column_values_to_not_be_null" or can_be_missing(frame[rule.column])
