"""Ask Great Expectations which rules on values a table breaks, and which rows break them.

Importing this module imports Great Expectations, which takes 2 to 4 s, and registers an expectation of our own. So it
is imported late, within `importing_great_expectations`: a table that is sealed does without.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import great_expectations as gx
import numpy as np
import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.map_metric_provider import MulticolumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator

from step_scripts.contracts.checker import Broken, RuleError
from step_scripts.contracts.contract import Contract, Rule
from step_scripts.contracts.expression import satisfied

SEVERITIES = {"error": "critical", "warning": "warning"}
# Dtypes whose values the library compares with bounds one by one, a microsecond each.
_SLOW_BOUNDS = frozenset({"Int64", "datetime64[us]", "datetime64[us, UTC]"})
# How expectations on rows name their columns.
_COLUMNS = ("column", "column_A", "column_B", "column_list")


class RowsSatisfy(MulticolumnMapMetricProvider):  # type: ignore[misc] # the library ships no types
    """The metric of the expectation: which rows satisfy the expression."""

    condition_metric_name = "rows.satisfy"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ("expression",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator] # no types
    def _pandas(cls, column_list: pd.DataFrame, expression: str, **_: Any) -> Any:  # noqa: ANN401, N805 - GX's own form
        return satisfied(column_list, expression)


class ExpectRowsToSatisfy(MulticolumnMapExpectation):  # type: ignore[misc] # the library ships no types
    """Expect every row to satisfy an expression over the columns of ``column_list``.

    The language of expressions is that of `step_scripts.contracts.expression`.
    """

    map_metric = "rows.satisfy"
    success_keys: ClassVar[tuple[str, ...]] = ("expression", "mostly")
    ignore_row_if: Literal["never"] = "never"
    expression: str


def broken_values(frame: pd.DataFrame, contract: Contract, rules: Sequence[Rule]) -> list[Broken]:
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
    # Rows are numbered, because a metric leaves out the rows that its rule does not judge.
    table = frame.set_axis(pd.RangeIndex(len(frame)), axis=0)
    if not set(table).issubset(contract.columns):  # to delete thousands of unknown columns below takes minutes
        table = table[[name for name in contract.columns if name in table]]
    batch = PandasExecutionEngine(batch_data_dict={contract.name: table})
    questions = [_question(rule, batch, contract) for rule in rules]
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


def suite(contract: Contract) -> Any:  # noqa: ANN401 - the library ships no types
    """Return the rules of a contract as a Great Expectations ``ExpectationSuite``.

    The checker asks the library for the metrics of these expectations. A validation of this suite by the library
    finds the same.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> suite(houses()).expectations[-1].severity.value
    'critical'
    """
    expectations = [
        ExpectationConfiguration(
            type=rule.expectation,
            kwargs={name: list(value) if isinstance(value, tuple) else value for name, value in rule.kwargs.items()},
            meta={"rule": rule.id},
            description=rule.sentence,
            severity=SEVERITIES[rule.severity],
        ).to_domain_obj()
        for rule in contract.rules
    ]
    return gx.ExpectationSuite(name=f"{contract.id} {contract.version}", expectations=expectations)


class _OfRows(NamedTuple):
    """The question which rows break a rule on rows."""

    rule: Rule
    metrics: tuple[Any]
    rows: int

    def outcome(self, answers: Any) -> Broken | None:  # noqa: ANN401 - the library ships no types
        unexpected = answers[self.metrics[0].id][0]
        broken = unexpected.to_numpy(dtype=bool)
        if not broken.any():
            return None
        rows = np.zeros(self.rows, dtype=np.bool_)
        rows[unexpected.index[broken]] = True
        return Broken(self.rule, rows)


class _OfBounds(NamedTuple):
    """The question which values are out of bounds, where the library would call a function for each of them."""

    rule: Rule
    values: "pd.Series[Any]"
    metrics: tuple[()] = ()

    def outcome(self, _: Any) -> Broken | None:  # noqa: ANN401
        known = self.values.notna().to_numpy()
        values = self.values[known]
        low, high = (self.rule.kwargs[name] for name in ("min_value", "max_value"))
        broken = np.zeros(len(values), dtype=np.bool_)
        if low is not None:
            broken |= (values < low).to_numpy(dtype=bool)
        if high is not None:
            broken |= (values > high).to_numpy(dtype=bool)
        if not broken.any():
            return None
        rows = np.zeros(len(known), dtype=np.bool_)
        rows[known.nonzero()[0][broken]] = True
        return Broken(self.rule, rows)


class _OfTable(NamedTuple):
    """The question whether a table as a whole breaks a rule."""

    rule: Rule
    metrics: tuple[Any, ...]
    expectation: Any

    def outcome(self, answers: Any) -> Broken | None:  # noqa: ANN401
        verdict = self.expectation.metrics_validate(answers)
        return None if verdict.success else Broken(self.rule, None, verdict.result.get("observed_value"))


def _question(rule: Rule, batch: Any, contract: Contract) -> _OfRows | _OfBounds | _OfTable:  # noqa: ANN401
    if rule.id == f"{rule.column}_range" and contract.columns[str(rule.column)].dtype in _SLOW_BOUNDS:
        return _OfBounds(rule, batch.dataframe[rule.column])
    # A list, not the tuple of the contract: pandas takes a tuple for one value.
    kwargs = {name: list(value) if isinstance(value, tuple) else value for name, value in rule.kwargs.items()}
    kind = get_expectation_impl(rule.expectation)
    metric = getattr(kind, "map_metric", None)
    if metric:
        domain = {name: kwargs.pop(name) for name in _COLUMNS if name in kwargs}
        if "column" not in domain:  # the library's two words for: judge every row
            never = "never" if "column_list" in domain else "neither"
            domain["ignore_row_if"] = kwargs.pop("ignore_row_if", never)
        domain["batch_id"] = contract.name
        return _OfRows(rule, (MetricConfiguration(f"{metric}.condition", domain, kwargs),), len(batch.dataframe))
    configuration = ExpectationConfiguration(type=rule.expectation, kwargs={**kwargs, "batch_id": contract.name})
    try:
        expectation = configuration.to_domain_obj()
    except ValueError as error:  # of pydantic: an argument of a wrong type
        why = " ".join(str(error).split())
        raise RuleError(f"contract {contract.name}: rule {rule.id} cannot be evaluated: {why}") from None
    needed = expectation.get_validation_dependencies(execution_engine=batch, runtime_configuration=None)
    return _OfTable(rule, tuple(needed.metric_configurations.values()), expectation)
