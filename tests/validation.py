"""Great Expectations' own validation of a table, to compare the checker with. Importing this does not import it."""

import itertools
import logging

from step_scripts.contracts.checker import importing_great_expectations


def batches():
    """Return a function: a table as a batch of Great Expectations."""
    with importing_great_expectations():
        import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source, numbers = context.data_sources.add_pandas("tables"), itertools.count()

    def batch_of(frame):
        asset = source.add_dataframe_asset(f"table {next(numbers)}")
        return asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})

    return batch_of


def broken_rules(batch, contract):
    """The rules that the library finds broken, each with the number of rows that break it."""
    with importing_great_expectations():
        from step_scripts.contracts.expectations import suite

    return {
        one.expectation_config.meta["rule"]: one.result.get("unexpected_count", 0)
        for one in batch.validate(suite(contract), result_format="BASIC").results
        if not one.success
    }
