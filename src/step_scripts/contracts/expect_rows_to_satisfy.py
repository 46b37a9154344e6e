"""A Great Expectations expectation whose rule is data: an expression over the columns of a row.

Importing this module imports Great Expectations and registers the expectation, so only the checker imports it.
"""

from typing import Any, ClassVar, Literal

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import MulticolumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)

from step_scripts.contracts.expression import satisfied


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
