"""Records with values of every kind are checked as rows of a table are."""

import csv
import json

import pytest

from step_scripts import contracts
from step_scripts.contracts.cells import number
from step_scripts.contracts.error import as_line
from step_scripts.contracts.record import RecordContract
from tests.step_scripts.contracts.tables import HEADER, ROWS, sales, text
from tests.step_scripts.contracts.test_kinds import BROKEN

RECORDS = RecordContract(sales())


def as_record(row):
    """A row of a CSV file as the server reads it."""
    (cells,) = csv.reader([row])
    columns = sales().columns
    return {name: number(cell, columns[name]) for name, cell in zip(HEADER.split(","), cells, strict=True)}


def rules_of(record):
    """The ids of the rules that a record breaks."""
    return [rule.rule for rule in RECORDS.broken(record)]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_a_valid_file_is_a_valid_record(row):
    """As text, with the words and formats of the file."""
    assert rules_of(as_record(row)) == []
    assert RECORDS._is_good(as_record(row))


def test_a_row_of_a_valid_table_is_a_valid_record(tmp_path):
    """As JSON Lines, which is what a batch gets."""
    (tmp_path / "sales.csv").write_text(text(), encoding="utf-8")
    lines = b"".join(contracts.as_json_lines(contracts.read_checked(tmp_path, sales())))
    records = [json.loads(line) for line in lines.splitlines()]
    assert [rules_of(record) for record in records] == [[]] * 4
    assert all(map(RECORDS._is_good, records))
    assert (records[0]["sold_on"], records[0]["sent_at"]) == ("2026-01-31", "2026-01-30T10:00:00Z")
    assert (records[1]["rooms"], records[1]["kind"], records[1]["notes"]) == (None, None, None)


# JSON has null for a missing value, and dates in ISO 8601 beside those of the file.
SAME_IN_A_TABLE_ONLY = {("sold_on", "2026-01-31"), ("seen_at", "2026-01-30T12:00:00")}


@pytest.mark.parametrize(("column", "cell", "rule"), BROKEN)
def test_a_value_that_a_table_rejects_is_rejected(column, cell, rule):
    """By the same rule."""
    cells = {"offered_on": "2018-12-01"} if cell == "31.12.2018" else {}
    record = as_record(ROWS[0]) | cells | {column: number(cell, sales().columns[column])}
    assert rules_of(record) == ([] if (column, cell) in SAME_IN_A_TABLE_ONLY else [rule])


@pytest.mark.parametrize(
    ("column", "value", "rules"),
    [
        ("rooms", 3.0, []),
        ("rooms", 3.5, ["rooms_dtype"]),
        ("rooms", "NA", ["rooms_dtype"]),
        ("rooms", True, ["rooms_dtype"]),
        ("rooms", 2**63, ["rooms_dtype"]),
        ("area", None, []),
        ("garden", None, []),
        ("garden", "true", ["garden_dtype"]),
        ("heated", "Y", ["heated_dtype"]),
        ("heated", None, ["heated_not_null"]),
        ("kind", "-", ["kind_dtype"]),
        ("notes", "", ["notes_dtype"]),
        ("notes", 7, ["notes_dtype"]),
        ("notes", ["N"], ["notes_dtype"]),
        ("sold_on", 20260131, ["sold_on_dtype"]),
        ("sold_on", "2026-02-31", ["sold_on_dtype"]),
        ("sold_on", "2026-01-31T00:00:00", []),
        ("sold_on", "2026-01-31T10:00:00", ["sold_on_dtype"]),
        ("seen_at", "2026-01-31", []),
        ("sent_at", "2026-01-31T12:00:00+14:00", []),
        ("sent_at", "0001-01-01T00:00:00+14:00", ["sent_at_dtype"]),
        ("sent_at", {}, ["sent_at_dtype"]),
    ],
)
def test_a_value_of_json_is_checked(column, value, rules):
    """By its own type: JSON has numbers, true and false, and null."""
    assert rules_of(as_record(ROWS[0]) | {column: value}) == rules


def test_a_missing_and_an_unknown_column_are_reported():
    """Also where the missing one may be null."""
    record = as_record(ROWS[0])
    del record["rooms"]
    assert rules_of(record | {"romms": 3}) == ["columns"]


def test_the_remedy_has_an_example():
    """A date in both forms."""
    (rule,) = RECORDS.broken(as_record(ROWS[0]) | {"sold_on": "1/31/2026"})
    assert as_line(rule).endswith("fix: send a date such as 2026-01-31 or 31.01.2026")
    (rule,) = RECORDS.broken(as_record(ROWS[0]) | {"sent_at": "2026-01-31"})
    assert as_line(rule).endswith("fix: send a timestamp such as 2026-01-31T12:00:00Z")
