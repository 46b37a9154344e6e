"""Great Expectations' own validation of the example's suites finds what the checker finds."""

from dataclasses import replace

import pytest
from hypothesis import settings

import fixtures
from model.encode import encode
from step_scripts import contracts
from step_scripts.contracts import checker
from tests.validation import batches, broken_rules


@pytest.fixture(scope="module")
def batch_of():
    """A function: a table as a batch of Great Expectations."""
    return batches()


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
def test_the_library_finds_what_the_checker_finds(batch_of, name, spoil):
    """The same rules, and as many rows of each; on generated rows none, on spoilt ones some.

    Of the rules that follow from the columns of features, as many as there are columns, those of the label do.
    """
    contract = contracts.load(name)
    if name == "features" and settings.default.max_examples < 1000:  # all of them every night
        rules = [rule for rule in contract.rules if rule.reason or rule.column in {"policy_id", "fraud"}]
        contract = replace(contract, rules=tuple(rules))
    claims, customers = fixtures.generate(rows=12, seed=0)
    features = encode(claims, customers).assign(fraud=claims["fraud"])
    frame = {"claims": claims, "customers": customers, "features": features}[name][list(contract.columns)]
    contracts.check(frame, contract)
    spoil(frame)
    verdict = checker.judge(frame, contract)
    ours = {rule.rule: rule.count for rule in (*verdict.stops, *verdict.broken, *verdict.warnings)}
    assert ours
    assert broken_rules(batch_of(frame), contract) == ours
