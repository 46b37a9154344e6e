import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from step_scripts import contracts
from step_scripts.contracts.contract import parse

NAMES = ("claims", "customers", "features")
FOLDER = Path(contracts.__file__).parent


def _document(name="claims"):
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


@pytest.mark.parametrize("name", NAMES)
def test_contract_is_loaded_once(name):
    """Loading a contract again gives the same object."""
    assert contracts.load(name) is contracts.load(name)


def test_claims_and_customers_have_their_columns():
    """The raw tables have 18 and 13 columns, with dtypes and domains from their files."""
    claims, customers = contracts.load("claims"), contracts.load("customers")
    assert (len(claims.columns), len(customers.columns)) == (18, 13)
    assert (claims.key, customers.key) == ("policy_id", "policy_id")
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


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (0, 1, "fraud is 0 or 1"),
        (1, 12000, "fraud lies between 1 and 12,000"),
        (5, None, "fraud is at least 5"),
        (None, 5, "fraud is at most 5"),
    ],
)
def test_a_range_becomes_a_sentence(low, high, sentence):
    """Bounds of a column, one or both, become one rule that says them."""
    document = _document()
    options = {key: value for key, value in (("minimum", low), ("maximum", high)) if value is not None}
    document["schema"][0]["properties"][-1]["logicalTypeOptions"] = options
    (rule,) = (rule for rule in parse(document).rules if rule.id == "fraud_range")
    assert rule.sentence == sentence


def _change(document, **fields):
    document["schema"][0]["properties"][1].update(fields)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: _change(d, logicalType="date"), "logicalType of integer, number, boolean, string, got 'date'"),
        (lambda d: _change(d, quality=[]), "expected a string with quoted validValues"),
        (lambda d: _change(d, logicalType="integer"), "expected a string with quoted validValues"),
        (lambda d: _change(d, logicalType="integer", quality=[], required=False), "cannot hold missing values"),
        (lambda d: _change(d, primaryKey=True), "expected one primaryKey, got"),
        (lambda d: d["schema"][0]["quality"][0].update(engine="soda"), "expected the engine greatExpectations"),
        (lambda d: d["schema"][0]["quality"][0].update(id="fraud_range"), "two rules called fraud_range"),
        (
            lambda d: d["schema"][0]["quality"][1]["implementation"]["kwargs"].update(column_list=["fraud", "colour"]),
            r"rule total_is_sum speaks of unknown columns: \['colour'\]",
        ),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(change, message):
    """A mistake in a contract is found when it is loaded, and named."""
    document = _document()
    change(document)
    with pytest.raises(ValueError, match=message):
        parse(document)


def test_unquoted_yes_and_no_are_refused():
    """YAML reads an unquoted No as false; the contract says so instead of losing a category."""
    document = _document()
    _change(document, quality=[{"metric": "invalidValues", "arguments": {"validValues": [False, True]}}])
    with pytest.raises(ValueError, match="quoted validValues"):
        parse(document)


def test_an_unknown_contract_is_named_with_the_known_ones():
    """The error for a contract that does not exist lists those that do."""
    with pytest.raises(FileNotFoundError, match="no contract called 'claim'; there are: claims, customers, features"):
        contracts.load("claim")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["schema"][0]["quality"][-1].update(severity="error"), "expected the severity info"),
        (
            lambda d: d["schema"][0]["quality"][1]["implementation"]["kwargs"].update(expression="a == (b +"),
            "cannot be read",
        ),
        (lambda d: d.update(version="2"), "expected three numbers"),
    ],
)
def test_a_rule_that_nobody_would_check_is_refused(change, message):
    """An error in words alone, an expression that cannot be read, a version that cannot be compared."""
    document = _document()
    change(document)
    with pytest.raises(ValueError, match=message):
        parse(document)
