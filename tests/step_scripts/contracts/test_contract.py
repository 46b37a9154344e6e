"""Which rules judge rows, and which judge the whole table."""

import pytest

from step_scripts.contracts.checker import importing_great_expectations
from step_scripts.contracts.contract import Column, derived_rules
from step_scripts.contracts.expectation_names import COMMON, EXPECTATIONS, arguments, judges_rows

KEY = Column(name="house_id", dtype="int64", minimum=1, required=True, unique=True)


def test_the_library_agrees_which_expectations_judge_rows():
    """An expectation of Great Expectations judges rows where it has a metric that marks rows."""
    with importing_great_expectations():
        import step_scripts.contracts.expectations  # noqa: F401 - importing it registers an expectation
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    names = list_registered_expectation_implementations()
    assert "expect_rows_to_satisfy" in names
    marks = {name for name in names if getattr(get_expectation_impl(name), "map_metric", None)}
    assert {name for name in names if judges_rows(name)} == marks


def test_the_library_agrees_which_expectations_and_arguments_there_are():
    """A rule may name each of them, except those that ask a database, and give each argument, except `mostly`."""
    with importing_great_expectations():
        import step_scripts.contracts.expectations  # noqa: F401 - importing it registers an expectation
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    of_databases = {
        "expect_query_results_to_match_comparison",
        "expect_table_row_count_to_equal_other_table",
        "unexpected_rows_expectation",
    }
    assert set(EXPECTATIONS) == set(list_registered_expectation_implementations()) - of_databases
    base = set(get_expectation_impl("expect_table_columns_to_match_set").__mro__[1].__fields__) | {"library_metadata"}
    for name in EXPECTATIONS:
        fields = get_expectation_impl(name).__fields__.items()
        own = {field: info.required for field, info in fields if field not in base | {"mostly", *COMMON}}
        assert arguments(name) == own


@pytest.mark.parametrize(("kind", "level"), [("not_null", "table"), ("unique", "table"), ("range", "row")])
def test_rules_on_the_key_judge_the_table(kind, level):
    """A repeated or missing key does not say which row is wrong; one out of its range does."""
    (rule,) = (rule for rule in derived_rules(KEY) if rule.id == f"house_id_{kind}")
    assert rule.level == level
