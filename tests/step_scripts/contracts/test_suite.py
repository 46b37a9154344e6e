"""The library's own validation of the suite finds what our checker finds: that is the bridge between the two."""

import logging

import pytest

from step_scripts import contracts
from step_scripts.contracts import checker
from step_scripts.contracts.suite import suite
from step_scripts.contracts.values import great_expectations
from tests.step_scripts.specimens.rows import NAMES


@pytest.fixture(scope="module")
def validate():
    """A function that validates a table by the library itself: the rules that are broken, and by how many rows."""
    gx = great_expectations()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("tables")

    def broken(frame, contract):
        asset = source.add_dataframe_asset(f"{contract.name}-{id(frame)}")
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        outcomes = batch.validate(suite(contract), result_format="BASIC").results
        return {
            one.expectation_config.meta["rule"]: one.result.get("unexpected_count", 0)
            for one in outcomes
            if not one.success
        }

    return broken


def spoil_houses(frame):
    """A row of every other kind is wrong: a bound, a category, a missing value, a joint rule, a warning."""
    frame["kind"] = frame["kind"].cat.add_categories(["Tower"])
    frame.loc[1, "kind"] = "Tower"
    frame.loc[2, "month"] = 13
    frame.loc[3, "building_price"] = None
    frame.loc[4:6, "price"] = 5000.0
    frame.loc[7, "heating"] = "Coal"
    frame.loc[8, "kind"] = "N/A"
    return frame


def spoil_surveys(frame):
    """Years that do not go together; a house that is there twice; no roof and two; an empty cell that is allowed."""
    frame.loc[1, "renovated"] = 1800
    frame.loc[2, "energy"] = "Low"
    frame.loc[3, "house_id"] = 1
    frame.loc[4, "zone"] = None
    frame.loc[5, ["roof_Flat-top", "roof_Gable"]] = True
    frame.loc[6, "noise"] = -1.0
    frame.loc[7, "slope"] = None
    return frame


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("houses", lambda frame: frame),
        ("houses", spoil_houses),
        ("houses", lambda frame: frame.head(0)),
        ("surveys", spoil_surveys),
    ],
)
def test_the_library_finds_what_we_find(validate, good, name, spoil):
    """The same rules, and as many rows of each."""
    contract, frame = contracts.load(name), spoil(good(name))
    verdict = checker.judge(frame, contract)
    ours = {rule.rule: rule.count for rule in (*verdict.stops, *verdict.broken, *verdict.warnings)}
    assert validate(frame, contract) == ours


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_says_what_the_contract_says(name):
    """Each rule with its id, its sentence and its severity, as JSON."""
    contract = contracts.load(name)
    reported = suite(contract).to_json_dict()["expectations"]
    severities = {"error": "critical", "warning": "warning"}
    assert [(one["meta"]["rule"], one["description"], one["severity"]) for one in reported] == [
        (rule.id, rule.sentence, severities[rule.severity]) for rule in contract.rules
    ]
