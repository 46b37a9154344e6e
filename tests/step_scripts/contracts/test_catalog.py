"""Contracts are found by their names, and read from their files."""

import shutil
from pathlib import Path

import pytest

from step_scripts import StepScriptsError, contracts
from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.project import ProjectError
from tests.step_scripts.specimens.rows import CONTRACTS, NAMES, PROJECT


def _document(name="houses"):
    return read_yaml((CONTRACTS / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_projects_contracts_are_known():
    """They are the files in the project's folder of contracts; no list of them exists."""
    assert contracts.known() == list(NAMES)
    assert contracts.load("houses").folder == CONTRACTS


@pytest.mark.parametrize("name", NAMES)
def test_contract_is_loaded_once(name):
    """Loading a contract again gives the same object, whichever way its folder is named."""
    assert contracts.load(name) is contracts.load(name, folder=CONTRACTS)
    assert contracts.load(name) is contracts.load(name, folder=str(CONTRACTS / ".." / "contracts"))


def test_folders_are_not_confused(tmp_path, monkeypatch):
    """The same name in another folder, or in another project, is another contract."""
    shutil.copytree(PROJECT, tmp_path / "other")
    file = tmp_path / "other" / "contracts" / "houses.yaml"
    file.write_text(file.read_text().replace("version: 2.0.0", "version: 3.0.0"))
    assert contracts.load("houses").version == "2.0.0"
    assert contracts.load("houses", folder=file.parent).version == "3.0.0"
    monkeypatch.setenv("STEP_SCRIPTS_PROJECT", str(tmp_path / "other"))
    assert contracts.load("houses").version == "3.0.0"


def test_without_a_project_only_a_folder_helps(tmp_path, monkeypatch):
    """The error says what was expected; a folder that is named needs no project."""
    monkeypatch.delenv("STEP_SCRIPTS_PROJECT")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError, match=r"no project: expected a pyproject\.toml"):
        contracts.known()
    assert contracts.load("houses", folder=CONTRACTS).keys == ("house_id",)


def test_columns_come_from_the_file():
    """Types, domains, bounds and the key."""
    houses, surveys = contracts.load("houses"), contracts.load("surveys")
    assert (len(houses.columns), len(surveys.columns)) == (12, 11)
    assert (houses.keys, surveys.keys) == (("house_id",), ("house_id",))
    assert houses.columns["area"].dtype == "float64"
    assert houses.columns["central"].categories == ("No", "Yes")
    assert houses.columns["heating"].categories == ("Coal", "Gas", "None", "Oil")
    assert (houses.columns["month"].minimum, houses.columns["month"].maximum) == (1, 12)
    assert surveys.columns["garden"].dtype == "bool"
    assert not surveys.columns["slope"].required


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
        (0, 1, "sold is 0 or 1"),
        (1, 12000, "sold lies between 1 and 12,000"),
        (5, None, "sold is at least 5"),
        (None, 5, "sold is at most 5"),
    ],
)
def test_a_range_becomes_a_sentence(low, high, sentence):
    """Bounds of a column, one or both, become one rule that says them."""
    document = _document()
    options = {key: value for key, value in (("minimum", low), ("maximum", high)) if value is not None}
    document["schema"][0]["properties"][-1]["logicalTypeOptions"] = options
    (rule,) = (rule for rule in parse(document).rules if rule.id == "sold_range")
    assert rule.sentence == sentence


def _change(document, **fields):
    document["schema"][0]["properties"][1].update(fields)


def _key(document, name):
    for column in document["schema"][0]["properties"]:
        column["primaryKey"] = column["name"] == name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: _change(d, logicalType="dat"),
            "column kind: expected a logicalType of integer, number, .* got 'dat'; fix: write logicalType: date",
        ),
        (lambda d: _change(d, logicalType="integer"), "expected a string with quoted validValues"),
        (lambda d: _change(d, primaryKey=True), "expected the whole key, from houses.house_id, houses.kind to "),
        (
            lambda d: _key(d, "kind"),
            "expected the whole key, from houses.kind to surveys.kind, got from",
        ),
        (lambda d: _key(d, "price"), r"expected whole numbers, .* as primaryKey, got float64 \(price\); fix: take"),
        (lambda d: d["schema"][0]["quality"][0].update(engine="soda"), "expected the engine greatExpectations"),
        (lambda d: d["schema"][0]["quality"][0].update(id="sold_range"), "two rules called sold_range"),
        (
            lambda d: d["schema"][0]["quality"][1]["implementation"]["kwargs"].update(column_list=["sold", "colour"]),
            r"quality rule price_is_sum: names unknown columns: \['colour'\]",
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
    """The error for a contract that does not exist lists those that do, and the nearest one."""
    with pytest.raises(FileNotFoundError) as caught:
        contracts.load("house")
    assert str(caught.value) == (
        f"there is no contract called 'house' in {CONTRACTS}; did you mean houses? there are: houses, surveys"
    )
    assert isinstance(caught.value, StepScriptsError)


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
def test_a_rule_that_cannot_be_checked_is_refused(change, message):
    """An error in words alone, an expression that cannot be read, a version that cannot be compared."""
    document = _document()
    change(document)
    with pytest.raises(ValueError, match=message):
        parse(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("", "expected a contract of one table .*, got an empty file"),
        ("# nothing", "expected a contract of one table .*, got an empty file"),
        ("- 1", r"expected a contract of one table .*, got \[1\]"),
        ("houses", "expected a contract of one table .*, got 'houses'"),
        ("name: houses", "expected a member id, got none"),
        (
            "{name: t, id: t, version: 1.0.0, schema: [{properties: []}, {properties: []}]}",
            "line 1: expected a contract of one table in its schema, got 2 tables",
        ),
    ],
)
def test_a_file_that_is_no_contract_is_an_error_of_the_framework(text, message, tmp_path):
    """Whatever is in it."""
    Path(tmp_path, "houses.yaml").write_text(text)
    with pytest.raises(contracts.InvalidContractError, match=message):
        contracts.load("houses", folder=tmp_path)
