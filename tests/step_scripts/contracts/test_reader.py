import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from step_scripts import contracts
from tests.step_scripts.specimens.rows import NAMES


@pytest.fixture
def rules_of(tmp_path, few):
    """Return a function: the rules that reading the folder breaks, by id."""

    def rules(source=tmp_path, **options):
        with pytest.raises(contracts.ContractError) as caught:
            contracts.read_checked(source, few, **options)
        return {rule.rule: rule for rule in caught.value.broken}

    return rules


def _as_text(frame):
    return frame.to_csv(index=False)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_each_format_gives_the_same_table(good, tmp_path, suffix, few):
    """CSV, compressed CSV and Parquet give equal tables, with the contract's dtypes and categories."""
    frame = good(few)
    path = tmp_path / f"houses{suffix}"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_csv(path, index=False)
    read = contracts.read_checked(tmp_path, few)
    assert read.equals(frame)
    assert read.dtypes.equals(frame.dtypes)
    assert contracts.read_checked(str(path), few).equals(frame)


def test_na_and_none_are_values(good, tmp_path):
    """`N/A` and `None` are read as the categories that they are."""
    good("houses").to_csv(tmp_path / "houses.csv", index=False)
    read = contracts.read_checked(tmp_path, contracts.load("houses"))
    assert "N/A" in set(read["kind"])
    assert "None" in set(read["heating"])
    assert not read.isna().any(axis=None)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_categories_are_those_of_the_contract_in_its_order(good, tmp_path, suffix, few):
    """Whatever categories a file holds, in whatever order: the table has the contract's, so it encodes the same."""
    frame = good(few)
    frame = frame[frame["kind"] != "Flat"][::-1]
    frame["kind"] = frame["kind"].cat.set_categories(["Hut", "House", "N/A"])
    path = tmp_path / f"houses{suffix}"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_csv(path, index=False)
    read = contracts.read_checked(path, few)
    assert list(read["kind"].cat.categories) == ["Flat", "House", "Hut", "N/A"]
    assert list(read["kind"]) == list(frame["kind"])


def test_a_table_that_was_read_can_be_changed(good, tmp_path, few):
    """The reader hands over memory that its caller may write to."""
    good(few).to_csv(tmp_path / "houses.csv", index=False)
    read = contracts.read_checked(tmp_path, few)
    for column in read.columns:
        read.loc[0, column] = read.loc[1, column]
    assert read.iloc[0].equals(read.iloc[1])


def test_parts_of_all_formats_are_one_table_sorted_by_name(good, tmp_path, few):
    """Part files of different formats, orders of columns and categories become one table; other files are not read."""
    frame = good(few, rows=30)
    frame[20:].to_csv(tmp_path / "houses-1.csv", index=False)
    frame[sorted(frame.columns)][10:20].astype({"kind": str}).to_parquet(tmp_path / "houses-0.parquet")
    frame[:10].to_csv(tmp_path / "houses.csv.gz", index=False)
    for other in ("other.txt", "houses.csv.seal.json", ".houses.csv.1.tmp", "surveys.csv"):
        (tmp_path / other).write_text("not a house")
    read = contracts.read_checked(tmp_path, few)
    assert list(read["house_id"]) == [*range(11, 21), *range(21, 31), *range(1, 11)]
    assert read.sort_values("house_id", ignore_index=True).equals(frame)


def test_the_pattern_chooses_the_parts(good, tmp_path, few):
    """Files that are not named after their contract are found by the beginning of their name."""
    good(few).to_parquet(tmp_path / "train-0.parquet")
    good(few, rows=3).to_parquet(tmp_path / "test.parquet")
    assert len(contracts.read_checked(tmp_path, few, pattern="train")) == 12
    assert len(contracts.read_checked(tmp_path, few, pattern="test")) == 3


@pytest.mark.parametrize(
    ("column", "wrong", "kind"),
    [
        ("day", "third", "whole numbers"),
        ("day", "3.5", "whole numbers"),
        ("house_id", "99999999999999999999", "whole numbers"),
        ("building_price", "1,234.5", "numbers"),
    ],
)
def test_a_wrong_value_in_a_csv_is_a_broken_rule(good, tmp_path, rules_of, column, wrong, kind, few):
    """A cell that is not of its column's type is reported like any other break, with its house, beside all others."""
    frame = good(few).astype({column: object})
    frame["kind"] = "Tower"
    frame.loc[4, column] = wrong
    frame.to_csv(tmp_path / "houses.csv", index=False)
    rules = rules_of()
    assert rules.pop("kind_category").count == 12
    rule = rules.pop(f"{column}_dtype")
    assert (kind in rule.sentence, rules) == (True, {})
    key = wrong if column == "house_id" else 5
    assert (rule.count, rule.examples[0]) == (1, {"house_id": key, "value": wrong})


def test_a_wrong_value_in_one_part_is_found(good, tmp_path, rules_of, few):
    """A part whose column became text is joined with the others; only the wrong cell is reported."""
    frame = good(few, rows=20)
    frame[:10].to_csv(tmp_path / "houses-0.csv", index=False)
    (tmp_path / "houses-1.csv").write_text(_as_text(frame[10:]).replace("\n12,", "\ntwelve,"))
    rules = rules_of()
    assert list(rules) == ["house_id_dtype"]
    assert (rules["house_id_dtype"].count, rules["house_id_dtype"].examples[0]["value"]) == (1, "twelve")


@pytest.mark.parametrize("column", ["day", "building_price", "kind", "house_id"])
def test_an_empty_cell_is_a_missing_value(good, tmp_path, rules_of, column, few):
    """An empty cell breaks the rule on missing values, whatever the column's type."""
    frame = good(few).astype({column: object})
    frame.loc[4, column] = None
    frame.to_csv(tmp_path / "houses.csv", index=False)
    rules = rules_of()
    assert (list(rules), rules[f"{column}_not_null"].count) == ([f"{column}_not_null"], 1)


def test_an_unknown_category_in_a_file_is_found(good, tmp_path, rules_of, few):
    """An unknown category is reported; it does not become a missing value when the contract's categories are set."""
    (tmp_path / "houses.csv").write_text(_as_text(good(few)).replace("Hut", "hut"))
    (rule,) = rules_of().values()
    assert (rule.rule, rule.examples[0]) == ("kind_category", {"house_id": 3, "value": "hut"})


def test_a_parquet_file_of_another_type_is_a_broken_rule(good, tmp_path, rules_of, few):
    """Text is not taken for numbers in a Parquet file, which has types of its own."""
    good(few).astype({"day": "str"}).to_parquet(tmp_path / "houses.parquet")
    assert list(rules_of()) == ["day_dtype"]


def test_a_missing_file_is_a_clear_error(tmp_path, rules_of):
    """The error says which names were looked for, what is there instead, and what to do."""
    (tmp_path / "huoses.csv").write_text("typo")
    (rule,) = rules_of().values()
    assert rule.sentence == "there is a file houses*.csv or houses*.csv.gz or houses*.parquet"
    assert (rule.examples, rule.count) == (({"found": "huoses.csv"},), 0)
    assert rules_of(tmp_path / "nowhere")["file"].examples == ({"found": "no such folder"},)
    (tmp_path / "huoses.csv").unlink()
    assert rules_of()["file"].examples == ({"found": "nothing"},)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("houses.csv", b""),
        ("houses.csv", b"house_id,sold\n1\n"),
        ("houses.csv", b"house_id,kind\n1,\xff\xfe\n"),
        ("houses.csv.gz", b"no gzip at all"),
        ("houses.csv.gz", gzip.compress(b"house_id,sold\n" + b"1,0\n" * 9999)[:-30]),
        ("houses.parquet", b"PAR1"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path, rules_of, name, content):
    """Empty, torn, badly encoded and half-delivered files are named."""
    (tmp_path / name).write_bytes(content)
    assert name in rules_of()["file"].sentence


def test_a_header_without_rows_is_a_break(good, tmp_path, rules_of, few):
    """A CSV with a header and nothing below it breaks the rule that there are rows."""
    (tmp_path / "houses.csv").write_text(_as_text(good(few).head(0)))
    assert list(rules_of()) == ["has_rows"]


def test_parts_with_different_columns_are_named(good, tmp_path, rules_of, few):
    """Where one part lacks a column, the error names the file and the column."""
    good(few).to_csv(tmp_path / "houses-0.csv", index=False)
    good(few).drop(columns="day").to_csv(tmp_path / "houses-1.csv", index=False)
    rule = rules_of()["columns"]
    assert rule.sentence == "houses-1.csv has the columns of the contract, in any order"
    assert rule.examples == ({"missing": "day"},)


def test_a_repeated_column_in_a_file_is_named(good, tmp_path, rules_of, few):
    """A column that is in a CSV twice is a break, not a silent choice."""
    frame = good(few)
    pd.concat([frame, frame[["day"]]], axis=1).to_csv(tmp_path / "houses.csv", index=False)
    assert rules_of()["columns"].examples == ({"repeated": "day"},)


def test_the_error_names_where_the_table_came_from(good, tmp_path, few):
    """The source and the number of rows are in the message."""
    good(few).assign(day=32).to_csv(tmp_path / "houses.csv", index=False)
    with pytest.raises(contracts.ContractError, match=rf"houses 2\.0\.0, 12 rows, {tmp_path}"):
        contracts.read_checked(tmp_path, few)


def test_all_tables_are_read_before_one_is_refused(good, tmp_path):
    """Two broken tables are one error that tells of both; a single one is reported as ever; sound tables come back."""
    names = NAMES
    known = [contracts.load(name) for name in names]
    for name in names:
        (tmp_path / f"{name}.csv").write_text(f"{name}\n1\n")
    with pytest.raises(contracts.CombinedContractError) as caught:
        contracts.read_valid_rows(tmp_path, *known)
    assert [error.table for error in caught.value.errors] == list(names)
    assert str(caught.value) == "\n".join(map(str, caught.value.errors))
    assert [rule.rule for rule in caught.value.broken] == ["columns", "columns"]
    good("houses").to_csv(tmp_path / "houses.csv", index=False)
    with pytest.raises(contracts.ContractError, match="surveys: 1 rule") as caught:
        contracts.read_valid_rows(tmp_path, *known)
    assert not isinstance(caught.value, contracts.CombinedContractError)
    good("surveys").to_csv(tmp_path / "surveys.csv", index=False)
    assert [list(table) for table in contracts.read_valid_rows(tmp_path, *known)[0]] == [list(c.columns) for c in known]


@pytest.mark.parametrize("name", ["day", "kind", "building_price"])
def test_a_column_of_nothing_has_missing_values(good, tmp_path, few, rules_of, name):
    """Parquet writes a column without any value as one without a type."""
    table = pa.Table.from_pandas(good(few), preserve_index=False)
    empty = table.set_column(table.column_names.index(name), name, pa.nulls(12))
    pq.write_table(empty, tmp_path / "houses.parquet")
    assert rules_of()[f"{name}_not_null"].count == 12


@pytest.mark.parametrize(
    "name",
    [
        *("houses-2.CSV", "Houses-2.csv", "houses-2.txt", "houses.csv.zip", "houses.csv.bz2", "houses-2.feather"),
        *("houses-2.csv.part", "houses-2.csv.crdownload", "houses-2.csv/", "houses/", "link"),
    ],
)
def test_what_may_be_a_part_is_not_passed_over(good, tmp_path, few, rules_of, name):
    """Another case or ending, a folder, a link to nothing: the table may be in it, and nothing is lost in silence."""
    good(few).to_csv(tmp_path / "houses.csv", index=False)
    if name == "link":
        (tmp_path / "houses-2.csv").symlink_to("nowhere")
    elif name.endswith("/"):
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text("")
    assert "houses" in rules_of()["file"].examples[0]["found"].casefold()


@pytest.mark.parametrize("column", ["day", "colour"])
def test_text_that_is_no_utf_8_is_reported(good, tmp_path, few, rules_of, column):
    """Of a column of the contract, and of an unknown one."""
    table = pa.Table.from_pandas(good(few), preserve_index=False)
    data = pa.array([b"ok"] * 11 + [b"Th\xff"]).view(pa.string())
    place = table.column_names.index(column) if column in table.column_names else None
    table = table.append_column(column, data) if place is None else table.set_column(place, column, data)
    pq.write_table(table, tmp_path / "houses.parquet")
    assert f"its column {column} is not" in rules_of()["file"].examples[0]["found"]


def test_an_odd_type_is_reported(good, tmp_path, few, rules_of):
    """Dates, durations, identifiers: as text."""
    table = pa.Table.from_pandas(good(few), preserve_index=False)
    odd = pa.array([1] * 12).cast(pa.int32()).cast(pa.date32())
    pq.write_table(table.set_column(3, "day", odd), tmp_path / "houses.parquet")
    assert "day_dtype" in rules_of()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"house_id,sold\n1,0\n", "one that begins with b'hous'"),
        (b"", "an empty file"),
        (gzip.compress(b"house_id"), "a gzip file"),
        (b"<html></html>", "a web page (HTML)"),
        (b"PAR1 and no end", "one that is cut off or damaged: "),
    ],
)
def test_what_is_no_parquet_file_is_said(tmp_path, rules_of, content, found):
    """A name that ends in .parquet makes no Parquet file: the message says what came."""
    (tmp_path / "houses.parquet").write_bytes(content)
    rule = rules_of()["file"]
    assert rule.sentence == "houses.parquet is a Parquet file"
    assert rule.examples[0]["found"].startswith(found)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_a_file_of_somebody_else_is_said(tmp_path, rules_of, monkeypatch, suffix):
    """To deliver it again would not help."""
    (tmp_path / f"houses{suffix}").write_bytes(b"")

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    rule = rules_of()["file"]
    assert rule.examples == ({"found": "Permission denied"},)
    assert rule.remedy == "give this user the right to read it"
