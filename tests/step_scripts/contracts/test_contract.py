"""Which rules judge rows, and which judge the whole table."""

import pytest

from step_scripts.contracts.checker import importing_great_expectations
from step_scripts.contracts.contract import Column, custom_rule, derived_rules

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
    levels = {name: custom_rule(_quality(name)).level for name in names}
    marks = {name: bool(getattr(get_expectation_impl(name), "map_metric", None)) for name in names}
    assert {name for name, level in levels.items() if level == "row"} == {name for name, rows in marks.items() if rows}


def _quality(expectation):
    implementation = {"type": expectation, "kwargs": {}}
    return {"id": "own", "description": "it holds", "engine": "greatExpectations", "implementation": implementation}


@pytest.mark.parametrize(("kind", "level"), [("not_null", "table"), ("unique", "table"), ("range", "row")])
def test_rules_on_the_key_judge_the_table(kind, level):
    """A repeated or missing key does not say which row is wrong; one out of its range does."""
    (rule,) = (rule for rule in derived_rules(KEY) if rule.id == f"house_id_{kind}")
    assert rule.level == level
