"""Great Expectations' own validation of the example's suites finds what the checker finds."""

import logging

import pytest

import fixtures
from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts import checker
from step_scripts.contracts.checker import importing_great_expectations

with importing_great_expectations():
    from step_scripts.contracts.expectations import gx, suite


@pytest.fixture(scope="module")
def validate():
    """A function that validates a table by the library itself: the broken rules, and by how many rows."""
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


def spoil_claims(frame):
    """A row of every other kind is wrong: a bound, a category, a missing value, a joint rule, a warning."""
    frame["incident_type"] = frame["incident_type"].cat.add_categories(["Flood"])
    frame.loc[1, "incident_type"] = "Flood"
    frame.loc[2, "incident_hour"] = 24
    frame.loc[3, "vehicle_claim"] = None
    frame.loc[4:6, "total_claim_amount"] = 5000.0
    frame.loc[7, "authorities_contacted"] = "Fire"
    frame.loc[8, "collision_type"] = "N/A"


def spoil_customers(frame):
    """Ages, months and insurers that do not go together; a policy that is there twice."""
    frame.loc[1, "months_as_customer"] = 900
    frame.loc[2, "num_insurers_past_5_years"] = 5
    frame.loc[3, "policy_id"] = 1
    frame.loc[4, "policy_liability"] = None


def spoil_features(frame):
    """Two categories at once."""
    frame.loc[1, ["incident_type_Theft", "incident_type_Collision"]] = True
    frame.loc[2, "fraud"] = 2


@pytest.mark.parametrize(
    ("name", "spoil"), [("claims", spoil_claims), ("customers", spoil_customers), ("features", spoil_features)]
)
def test_the_library_finds_what_the_checker_finds(validate, name, spoil):
    """The same rules, and as many rows of each; on generated rows none, on spoilt ones some."""
    contract = contracts.load(name)
    claims, customers = fixtures.generate(rows=12, seed=0)
    features = encode(claims, customers).assign(fraud=claims["fraud"])
    frame = {"claims": claims, "customers": customers, "features": features}[name][list(contract.columns)]
    contracts.check(frame, contract)
    spoil(frame)
    verdict = checker.judge(frame, contract)
    ours = {rule.rule: rule.count for rule in (*verdict.stops, *verdict.broken, *verdict.warnings)}
    assert ours
    assert validate(frame, contract) == ours
