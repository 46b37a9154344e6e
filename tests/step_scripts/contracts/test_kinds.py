"""Columns of every kind are read, checked, written and read again."""

import datetime as dt

import pandas as pd
import pytest

from step_scripts import contracts
from tests.step_scripts.contracts.tables import ROWS, changed, sales, text

DTYPES = {
    "house_id": "int64",
    "rooms": "Int64",
    "area": "float64",
    "garden": "boolean",
    "heated": "bool",
    "kind": "category",
    "notes": "str",
    "sold_on": "datetime64[us]",
    "offered_on": "datetime64[us]",
    "seen_at": "datetime64[us]",
    "sent_at": "datetime64[us, UTC]",
}
KINDS = "integer integer number boolean boolean category text date date timestamp timestamp".split()
# A column, a cell of it, and the rule that it breaks.
BROKEN = [
    ("rooms", "31", "rooms_range"),
    ("rooms", "3.0", "rooms_dtype"),
    ("rooms", "N/A", "rooms_dtype"),
    ("area", "?", "area_dtype"),
    ("area", "4.5", "area_range"),
    ("garden", "yes", "garden_dtype"),
    ("heated", "", "heated_not_null"),
    ("heated", "true", "heated_dtype"),
    ("kind", "flat", "kind_category"),
    ("notes", "near", "notes_pattern"),
    ("notes", "N", "notes_length"),
    ("notes", "N" * 21, "notes_length"),
    ("sold_on", "2026-01-31", "sold_on_dtype"),
    ("sold_on", "31.02.2026", "sold_on_dtype"),
    ("sold_on", "31.12.2018", "sold_on_range"),
    ("sold_on", "01.01.2031", "sold_on_range"),
    ("sold_on", "31.12.2025", "sold_after_offer"),
    ("offered_on", "", "offered_on_not_null"),
    ("offered_on", "2026-01-31 10:00:00", "offered_on_dtype"),
    ("seen_at", "2026-01-30T12:00:00", "seen_at_dtype"),
    ("seen_at", "2018-12-31 23:59:59", "seen_at_range"),
    ("sent_at", "2026-01-30T12:00:00", "sent_at_dtype"),
    ("sent_at", "2018-12-31T23:59:59Z", "sent_at_range"),
    ("sent_at", "2019-01-01T00:00:00+01:00", "sent_at_range"),
]


@pytest.fixture
def read(tmp_path):
    """A function that writes a table as sales.csv and reads it."""

    def read(table, name="sales.csv"):
        (tmp_path / name).write_text(table, encoding="utf-8")
        return contracts.read_checked(tmp_path / name, sales())

    return read


@pytest.fixture
def refused(read):
    """A function that returns the rules that a table breaks, by id."""

    def refused(*rows):
        with pytest.raises(contracts.ContractError) as caught:
            read(text(*rows))
        return {rule.rule: rule for rule in caught.value.broken}

    return refused


def test_each_kind_has_its_dtype(read):
    """As the contract says, whichever values are missing."""
    columns = sales().columns
    assert {name: column.dtype for name, column in columns.items()} == DTYPES
    assert [column.kind for column in columns.values()] == KINDS
    assert {name: str(dtype) for name, dtype in read(text()).dtypes.items()} == DTYPES
    assert {name: str(dtype) for name, dtype in read(text(ROWS[1])).dtypes.items()} == DTYPES
    assert columns["sent_at"].zone


def test_the_values_are_those_of_the_file(read):
    """Words of the contract's own become bools and missing values; other columns keep such words as they are."""
    table = read(text())
    assert [None if pd.isna(value) else value for value in table["rooms"]] == [3, None, None, None]
    assert [None if pd.isna(value) else value for value in table["garden"]] == [True, False, None, None]
    assert table["heated"].tolist() == [True, False, False, True]
    assert [None if pd.isna(value) else value for value in table["kind"]] == ["Flat", None, "N/A", None]
    assert [None if pd.isna(value) else value for value in table["notes"]] == [
        *("Near the sea", None, "Été à Nice", 'A, "B"')
    ]
    assert table["sold_on"].dt.strftime("%Y-%m-%d").tolist()[::2] == ["2026-01-31", "2026-02-01"]
    assert table["sent_at"][0] == dt.datetime(2026, 1, 30, 10, tzinfo=dt.UTC)
    assert table["sent_at"][3].microsecond == 250_000


def test_a_table_without_rows_has_the_same_dtypes(read):
    """With a line end behind its header, or without."""
    for table in (text()[: text().index("\n")], text()[: text().index("\n") + 1]):
        assert {name: str(dtype) for name, dtype in read(table).dtypes.items()} == DTYPES


def test_parquet_gives_the_same_table(read, tmp_path):
    """What was checked and sealed is read with the same dtypes and values, and so is what was not."""
    table = read(text())
    path = contracts.write_checked(table, tmp_path / "sales.parquet", sales())
    pd.testing.assert_frame_equal(contracts.read_checked(path, sales()), table)
    path.with_name("sales.parquet.seal.json").unlink()
    pd.testing.assert_frame_equal(contracts.read_checked(path, sales()), table)


def test_parquet_of_another_program_is_read(read, tmp_path):
    """Whole numbers that are floats where one is missing, dates without time, other units, and text in the format."""
    table = read(text())
    other = table.assign(
        rooms=table["rooms"].astype("float64"),
        heated=["Y", "n", "none", "y"],
        sold_on=["31.01.2026", None, "01.02.2026", None],
        offered_on=table["offered_on"].dt.date,
        seen_at=table["seen_at"].astype("datetime64[ns]"),
        sent_at=table["sent_at"].dt.tz_convert("Europe/Paris"),
        notes=table["notes"].astype("category"),
    )
    other.to_parquet(tmp_path / "sales.parquet")
    pd.testing.assert_frame_equal(contracts.read_checked(tmp_path / "sales.parquet", sales()), table)


def test_parts_may_differ_in_what_is_missing(tmp_path):
    """One part may have no value at all in a column."""
    for part, rows in enumerate((ROWS[:1], ROWS[1:2], ROWS[2:])):
        (tmp_path / f"sales-{part}.csv").write_text(text(*rows), encoding="utf-8")
    table = contracts.read_checked(tmp_path, sales())
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == DTYPES
    assert table["house_id"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(("column", "cell", "rule"), BROKEN)
def test_a_value_outside_of_the_contract_is_reported(refused, column, cell, rule):
    """Once, by the rule that it breaks."""
    cells = {"offered_on": "2018-12-01"} if cell == "31.12.2018" else {}
    assert list(refused(changed(0, **{**cells, column: cell}), ROWS[1])) == [rule]


DAY = "the format dd.MM.yyyy"
REMEDIES = [
    ("rooms", "3.0", "write plain whole numbers"),
    ("rooms", "n/a", "or name such words in missingValues"),
    ("area", "?", "or name such words in missingValues"),
    ("garden", "yes", "write true or false, or name these words in trueValues and falseValues"),
    ("heated", "1", "write Y for true and N or none for false, or name these words"),
    ("sold_on", "31.02.2026", "correct these values in the source: there is no such day"),
    ("sold_on", "2026-01-31", f"write these dates in {DAY}, or state yyyy-MM-dd as the column's format"),
    ("sold_on", "1/31/2026", f"write these dates in {DAY}, or state M/d/yyyy as the column's format"),
    ("sold_on", "31.1.2026", f"write these dates in {DAY}, or state d.M.yyyy as the column's format"),
    ("sold_on", "31.01.2026 12:30", "take the time of day out, or make the column a timestamp"),
    ("sold_on", "soon", "correct these values in the source, or change the column's type"),
    ("sold_on", "NULL", "or name such words in missingValues"),
    ("seen_at", "31.01.2026 12:00", "or state dd.MM.yyyy HH:mm as the column's format"),
    ("seen_at", "2026-01-31T12:00:00Z", "take the offsets out of the values, or set timezone: true"),
    (
        "sent_at",
        "2026-01-31T12:00:00",
        "write an offset behind each value, such as Z or +02:00, or set timezone: false",
    ),
    ("sent_at", "2026-01-31T25:00:00Z", "correct these values in the source: there is no such day or time"),
]


@pytest.mark.parametrize(("column", "cell", "remedy"), REMEDIES)
def test_the_remedy_fits_the_value(refused, column, cell, remedy):
    """Another format, a day that does not exist, a word without a meaning: one value, and what to do about it."""
    (rule,) = refused(changed(0, **{column: cell}), *ROWS[1:]).values()
    assert remedy in rule.remedy
    assert (rule.count, rule.examples[0]["value"]) == (1, cell)


@pytest.mark.parametrize(
    ("column", "change", "remedy"),
    [
        ("sold_on", lambda days: days.astype("datetime64[ns]"), 'convert the column: astype("datetime64[us]")'),
        ("sold_on", lambda days: days + pd.Timedelta(hours=1), "take the time of day out"),
        ("sold_on", lambda days: days.dt.tz_localize("UTC"), "take the offsets out"),
        ("sent_at", lambda times: times.dt.tz_localize(None), "write an offset behind each value"),
        ("sent_at", lambda times: times.dt.tz_convert("Europe/Paris"), 'astype("datetime64[us, UTC]")'),
        ("rooms", lambda rooms: rooms.astype("float64"), "convert the column"),
        ("notes", lambda notes: notes.astype("category"), "convert the column"),
    ],
)
def test_a_computed_column_of_another_dtype_is_reported(read, column, change, remedy):
    """With what to do to it."""
    table = read(text())
    with pytest.raises(contracts.ContractError) as caught:
        contracts.check(table.assign(**{column: change(table[column])}), sales())
    (rule,) = caught.value.broken
    assert (rule.rule, remedy in rule.remedy) == (f"{column}_dtype", True), rule.remedy


def test_a_column_without_a_missing_value_may_have_the_plain_dtype(read):
    """Whole numbers and bools of numpy."""
    table = read(text(ROWS[0]))
    assert contracts.check(table.astype({"rooms": "int64", "garden": "bool"}), sales()) == ()


def test_a_sentence_says_how_values_are_written(refused):
    """The format, and the words of the column's own."""
    (rule,) = refused(changed(0, sold_on="soon")).values()
    assert rule.sentence.startswith(f"sold_on holds dates in {DAY} (datetime64[us]; ")
    (rule,) = refused(changed(0, heated="maybe")).values()
    assert rule.sentence.startswith("heated holds true or false, written Y, and N or none (bool; ")


def test_rows_in_quarantine_are_the_text_of_the_file(tmp_path):
    """Dates, words for missing values and bools as they were written, beside the rules that are broken."""
    bad = changed(0, rooms="31", sold_on="31.12.2018", offered_on="2018-01-01", heated="y", house_id="9")
    (tmp_path / "sales.csv").write_text(text(*ROWS, bad), encoding="utf-8")
    (valid,), quarantine = contracts.read_valid_rows(tmp_path, sales())
    assert {name: str(dtype) for name, dtype in valid.dtypes.items()} == DTYPES
    assert contracts.as_csv(quarantine.tables[0].frame).decode().splitlines()[1:] == [
        f"{bad},rooms_range;sold_on_range"
    ]


@pytest.mark.parametrize("column", ["sold_on", "offered_on", "seen_at", "sent_at", "heated", "rooms"])
def test_a_bad_value_in_one_part_is_the_only_one_reported(tmp_path, column):
    """Though the whole column becomes text, also where it was read as dates."""
    (tmp_path / "sales-1.csv").write_text(text(*ROWS[:2]), encoding="utf-8")
    (tmp_path / "sales-2.csv").write_text(text(changed(0, house_id="9", **{column: "soon"})), encoding="utf-8")
    with pytest.raises(contracts.ContractError) as caught:
        contracts.read_checked(tmp_path, sales())
    (rule,) = caught.value.broken
    assert (rule.rule, rule.count, rule.examples) == (f"{column}_dtype", 1, ({"house_id": 9, "value": "soon"},))
