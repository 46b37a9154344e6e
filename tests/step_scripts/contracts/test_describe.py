import pytest

from step_scripts import contracts
from step_scripts.contracts.contract import known
from step_scripts.contracts.describe import as_markdown, as_text


def test_the_page_is_fresh(project):
    """docs/contracts.md is what `python -m contracts show --format markdown > docs/contracts.md` writes."""
    page = (project / "docs" / "contracts.md").read_text(encoding="utf-8")
    assert page == as_markdown([contracts.load(name) for name in known()])


@pytest.mark.parametrize("name", ["claims", "customers", "features"])
@pytest.mark.parametrize("form", [as_text, lambda contract: as_markdown([contract])])
def test_everything_is_said(name, form):
    """Version, every column or its group, and of every written rule, relationship and trait its sentence and reason."""
    contract = contracts.load(name)
    text = " ".join(form(contract).split())
    assert contract.version in text
    for column in contract.columns.values():
        assert (column.name if column.dtype != "bool" else column.name.rpartition("_")[0]) in text
    for rule in (*contract.written, *contract.traits):
        assert rule.sentence in text
        assert rule.reason in text
    for relationship in contract.relationships:
        assert relationship.id in text


@pytest.mark.parametrize("name", ["claims", "customers", "features"])
def test_no_more_rules_are_written_than_one_can_read(name):
    """At most 25 a table: the others follow from the columns, and stand beside them."""
    assert 0 < len(contracts.load(name).written) <= 25


def test_lines_fit_a_terminal():
    """No line is longer than 120 characters."""
    assert max(len(line) for name in known() for line in as_text(contracts.load(name)).splitlines()) <= 120
