import pytest

from step_scripts import contracts
from step_scripts.contracts.describe import INTRODUCTION, as_markdown, as_text
from tests.step_scripts.specimens.rows import NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [as_text, lambda contract: as_markdown([contract])])
def test_everything_is_said(name, form):
    """Version, every column or its group, and of every written rule, relationship and trait its sentence and reason."""
    contract = contracts.load(name)
    text = " ".join(form(contract).split())
    assert contract.version in text
    for column in contract.columns.values():
        assert (column.name.rpartition("_")[0] if column.name.startswith("roof") else column.name) in text
    for rule in (*contract.written, *contract.traits):
        assert rule.sentence in text
        assert rule.reason in text
    for relationship in contract.relationships:
        assert relationship.id in text


def test_bounds_keys_and_optional_columns_are_said():
    """What a value may be, whether it may be repeated, and whether it may be missing."""
    rows = as_markdown([contracts.load("surveys")])
    assert "| `house_id` | whole numbers | from 1, each once |" in rows
    assert "| `built` | whole numbers | 1,500 to 2,030 |" in rows
    assert "| `slope` | numbers | any, or empty |" in rows
    assert "| `roof_*` | bool | one column each for Flat-top, Gable, missing |" in rows


def test_lines_fit_a_terminal():
    """No line is longer than 120 characters."""
    assert max(len(line) for name in NAMES for line in as_text(contracts.load(name)).splitlines()) <= 120
    assert max(map(len, INTRODUCTION.splitlines())) <= 120
