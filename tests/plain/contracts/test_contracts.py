"""The contracts of the example, and the page that shows them."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from step_scripts import contracts
from step_scripts.contracts.describe import as_markdown, as_text

NAMES = ("claims", "customers", "features")
ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "contracts"


def _document(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def test_every_contract_is_tested():
    """A contract that is added to the folder is added to these tests."""
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.yaml"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_files_follow_the_standard(name):
    """Each file satisfies the schema and the model that the Open Data Contract Standard publishes, in version 3.1."""
    document = _document(name)
    Draft201909Validator(json.loads(OpenDataContractStandard.json_schema())).validate(document)
    model = OpenDataContractStandard.from_file(str(FOLDER / f"{name}.yaml"))
    assert (model.apiVersion, model.schema_[0].name) == ("v3.1.0", name)
    for quality in model.schema_[0].quality:
        assert quality.businessImpact, f"{quality.id} says why it is there"
        assert (quality.type, quality.engine, quality.severity) in {
            ("custom", "greatExpectations", "error"),
            ("custom", "greatExpectations", "warning"),
            ("text", None, "info"),
        }


@pytest.mark.parametrize("name", NAMES)
def test_the_standards_own_schema_would_object(name):
    """A misspelt property is found by the standard's schema, so the test above means something."""
    document = _document(name)
    document["schema"][0]["properties"][0]["requried"] = True
    assert not Draft201909Validator(json.loads(OpenDataContractStandard.json_schema())).is_valid(document)


def test_claims_and_customers_have_their_columns():
    """The raw tables have 18 and 13 columns, with dtypes and domains from their files."""
    claims, customers = contracts.load("claims"), contracts.load("customers")
    assert (len(claims.columns), len(customers.columns)) == (18, 13)
    assert (claims.keys, customers.keys) == (("policy_id",), ("policy_id",))
    assert claims.columns["vehicle_claim"].dtype == "float64"
    assert claims.columns["police_report_available"].categories == ("No", "Yes")
    assert claims.columns["authorities_contacted"].categories == ("Ambulance", "Fire", "None", "Police")
    assert (claims.columns["incident_month"].minimum, claims.columns["incident_month"].maximum) == (1, 12)


def test_features_agree_with_their_sources():
    """A number has the domain of its source column, and each category of each source column has one bool column."""
    features = contracts.load("features").columns
    sources = {**contracts.load("customers").columns, **contracts.load("claims").columns}
    one_hot = [
        f"{name}_{'missing' if category == 'N/A' else category}"
        for name, column in sources.items()
        for category in column.categories
    ]
    assert sorted(name for name, column in features.items() if column.dtype == "bool") == sorted(one_hot)
    numbers = {name: column for name, column in features.items() if column.dtype != "bool"}
    assert numbers == {name: column for name, column in sources.items() if not column.categories}


def test_features_are_in_the_order_of_the_workshop():
    """The key and the label come first, then 18 numbers and 40 one-hot columns, from policy_state to police report."""
    names = list(contracts.load("features").columns)
    assert names[:4] == ["policy_id", "fraud", "vehicle_claim", "total_claim_amount"]
    assert names[19:21] == ["incident_hour", "policy_state_AZ"]
    assert (len(names), names[-1]) == (60, "police_report_available_Yes")


@pytest.mark.parametrize("name", NAMES)
def test_rules_read_aloud(name):
    """Every rule has an id of its own, a sentence without code in it, and a remedy."""
    rules = contracts.load(name).rules
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.sentence.count(" ") >= 2
        assert rule.remedy
        assert "==" not in rule.sentence


def test_the_page_is_fresh():
    """docs/contracts.md is what `step-scripts contracts docs --output docs/contracts.md` writes."""
    page = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    assert page == as_markdown([contracts.load(name) for name in NAMES])


@pytest.mark.parametrize("name", NAMES)
def test_no_more_rules_are_written_than_one_can_read(name):
    """At most 25 a table: the others follow from the columns, and stand beside them."""
    assert 0 < len(contracts.load(name).written) <= 25


def test_lines_fit_a_terminal():
    """No line is longer than 120 characters."""
    assert max(len(line) for name in NAMES for line in as_text(contracts.load(name)).splitlines()) <= 120


@pytest.mark.parametrize(("name", "columns"), [("claims", 18), ("customers", 13)])
def test_the_real_tables_keep_their_contracts(data_dir, name, columns):
    """The workshop's tables, all 5,000 rows of them, break no rule; and no category of the contract was invented."""
    contract = contracts.load(name)
    frame = contracts.read_checked(data_dir, contract)
    assert frame.shape == (5000, columns)
    assert not frame.isna().any(axis=None)
    for column in contract.columns.values():
        assert set(column.categories) <= set(frame[column.name])
