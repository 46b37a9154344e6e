import pytest

from step_scripts import contracts
from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.contracts.describe import INTRODUCTION, as_markdown, as_text
from tests.step_scripts.contracts.tables import SALES, sales
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


def test_every_kind_of_column_is_described():
    """What it holds, and how a file writes it."""
    lines = as_markdown([sales()]).splitlines()
    rows = dict(line.strip("| ").split(" | ", 1) for line in lines if line.startswith("| `"))
    assert rows["`rooms`"].startswith("whole numbers | 1 to 30, or empty, NA and ? for missing")
    assert rows["`garden`"].startswith("true or false | any, or empty")
    assert rows["`heated`"].startswith("true or false | Y for true, N or none for false")
    assert rows["`notes`"].startswith("text | matches `^[A-ZÉ]`, 2 to 20 characters, or empty")
    assert rows["`sold_on`"].startswith("dates | 2019-01-01 to 2030-12-31, as dd.MM.yyyy, or empty")
    assert rows["`offered_on`"].startswith("dates | any")
    assert rows["`sent_at`"].startswith("timestamps | from 2019-01-01T00:00:00Z, with an offset, or empty")
    assert "notes" in as_text(sales())


def test_a_bar_in_a_pattern_does_not_break_the_page():
    """A table of Markdown has bars between its cells."""
    contract = parse(read_yaml(SALES.replace("'^[A-ZÉ]'", "'^(A|B)'")))
    assert r"matches `^(A\|B)`" in as_markdown([contract])
