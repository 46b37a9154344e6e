import pytest


@pytest.fixture
def validate(monkeypatch):
    """Return a function that asks Great Expectations for an expression over two columns of a table."""
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    from step_scripts.contracts.expect_rows_to_satisfy import ExpectRowsToSatisfy

    def ask(frame, expression):
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        asset = context.data_sources.add_pandas("source").add_dataframe_asset("asset")
        batch = asset.add_batch_definition_whole_dataframe("batch").get_batch({"dataframe": frame})
        return batch.validate(ExpectRowsToSatisfy(column_list=["a", "b"], expression=expression))

    return ask


def test_rows_that_do_not_satisfy_the_expression_are_counted(validate):
    """The expectation counts the rows for which the expression is false, and lists their values."""
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]})
    assert validate(frame, "a + b == 4").success
    outcome = validate(frame, "a <= b")
    assert (outcome.success, outcome.result["unexpected_count"]) == (False, 1)
    assert outcome.result["partial_unexpected_list"] == [{"a": 3, "b": 1}]


def test_rows_with_missing_values_are_left_to_another_rule(validate):
    """A row with a missing value cannot be judged, and is not counted."""
    import pandas as pd

    assert validate(pd.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]}), "a == b").success


@pytest.mark.usefixtures("validate")
def test_the_expectation_is_data():
    """It serialises to its type, its columns and its expression, as a contract holds it."""
    from step_scripts.contracts.expect_rows_to_satisfy import ExpectRowsToSatisfy

    configuration = ExpectRowsToSatisfy(column_list=["a", "b"], expression="a == b").configuration
    assert configuration.type == "expect_rows_to_satisfy"
    assert {"column_list": ["a", "b"], "expression": "a == b"}.items() <= configuration.kwargs.items()
