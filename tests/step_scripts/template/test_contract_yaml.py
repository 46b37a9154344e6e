"""The contract of a guess: it reads back as it was guessed, and every row of the file keeps it."""

import re
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts import ContractError, read_valid_rows
from step_scripts.contracts.catalog import read_yaml
from step_scripts.template.contract_yaml import as_yaml
from step_scripts.template.infer import infer, infer_all
from tests.profiles import some
from tests.step_scripts.template.csv_files import columns, contract_of

IDS = [str(number) for number in range(1, 201)]


def quarantined(guess):
    """Return the rows of a guess's file that break its contract, by their rules."""
    (valid,), quarantine = read_valid_rows(guess.path, contract_of(guess))
    assert len(valid) + quarantine.count == guess.rows
    return quarantine.rules


@some()
@given(table=columns())
def test_every_row_keeps_the_contract_that_was_guessed_from_it(table, write_once):
    """Whatever the cells of a CSV file are: each row of the file keeps the contract, and each column its name."""
    guess = infer(write_once(table, rows=60), name="houses")
    assert list(contract_of(guess).columns) == list(table)
    assert quarantined(guess) == {}


LABELS = [["0", "1", ""], ["yes", "no", "?"], ["True", "False"], ["a", "b", "c"], ["1.0", "2.5"]]


@given(table=columns(), label=st.sampled_from(LABELS))
def test_every_labelled_row_keeps_the_contract(table, label, write_once):
    """The label of a classification is a category, whatever its cells are; rows without one are in quarantine."""
    path = write_once(table | {"house_id": IDS, "price": label}, rows=90)
    guess = infer(path, name="houses", label="price", keys=["house_id"])
    unlabelled = sum(label[row % len(label)] in {"", "?"} for row in range(90))
    assert quarantined(guess) == ({"price_not_null": unlabelled} if unlabelled else {})


def test_every_row_of_parquet_keeps_its_contract(tmp_path):
    """Text of a Parquet file stays text, floats stay numbers, and a label of numbers is read as words."""
    path = tmp_path / "houses.parquet"
    pd.DataFrame(
        {
            "house_id": range(60),
            "text": [str(number) for number in range(60)],
            "flag": ["true", "false"] * 30,
            "whole": [1.0, 2.0, float("nan")] * 20,
            "floors": pd.array([1, 2, None] * 20, dtype="Int64"),
            "garden": [True, False] * 30,
            "kind": pd.Categorical(["flat", "house"] * 30),
            "seen": pd.date_range("2020-01-01", periods=60, freq="s"),
            "sold": pd.date_range("2020-01-01", periods=60).date,
            "zoned": pd.date_range("2020-01-01", periods=60, tz="UTC"),
            "price": [0, 1] * 30,
        }
    ).to_parquet(path)
    guess = infer(path, name="houses", label="price")
    kinds = "integer text category number integer boolean category timestamp date timestamp category"
    assert [column.kind for column in guess.columns] == kinds.split()
    assert quarantined(guess) == {}


def test_a_number_that_is_not_a_category_keeps_its_type(tmp_path):
    """Whole numbers of a Parquet file are read as words only where all of them are categories."""
    path = tmp_path / "houses.parquet"
    pd.DataFrame({"area": range(60), "kind": [0, 1] * 30, "price": ["a", "b"] * 30}).to_parquet(path)
    contract = contract_of(infer(path, name="houses", label="kind"))
    pd.DataFrame({"area": range(60), "kind": [0, 2] * 30, "price": ["a", "b"] * 30}).to_parquet(path)
    with pytest.raises(ContractError, match="the column came as int64"):
        read_valid_rows(path, contract)


def test_a_contract_is_easy_to_read(write):
    """Members are short and on one line; each guess has its reason, and a mark where it is to be reviewed."""
    table = {"house_id": IDS, "kind": ["flat", "house"], "garden": ["yes", "no", ""], "area": ["45.5", "120", "NA"]}
    text = as_yaml(infer(write(table | {"sold": ["31.12.2019", "01.05.2021"]}), name="houses", keys=["house_id"]))
    assert (
        text[text.index("    properties:") :]
        == """\
    properties:
      - name: house_id
        logicalType: integer
        primaryKey: true  # given as key
        required: true
        logicalTypeOptions: {minimum: 0}
      - name: kind
        logicalType: string
        required: true
        # 2 different values in 100 rows
        quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [flat, house]}}]
      - name: garden
        logicalType: boolean  # missing in 33 rows
        # 2 spellings were seen
        customProperties: [{property: trueValues, value: ['yes']}, {property: falseValues, value: ['no']}]
      - name: area
        logicalType: number  # missing in 33 rows
        logicalTypeOptions: {minimum: 30, maximum: 130}  # review: seen 45.5 to 120, widened by 10 %
        customProperties: [{property: missingValues, value: [NA]}]  # review: 'NA' in 33 rows
      - name: sold
        logicalType: date  # every value has the format dd.MM.yyyy
        required: true
        # review: seen 2019-12-31 to 2021-05-01, widened by a year
        logicalTypeOptions: {format: dd.MM.yyyy, minimum: '01.01.2018', maximum: '31.12.2022'}
"""
    )


def test_comments_without_cells(write):
    """For data that may not be committed, comments have no number or date of the file."""
    table = {"area": ["45.5", "121.5"], "floors": ["13", "27"], "sold": ["2019-12-31", "2021-05-01"]}
    text = as_yaml(infer(write(table), name="houses"), with_cells=False)
    assert "the seen ones, widened by a year" in text
    assert not [cell for cells in table.values() for cell in cells if re.search(rf"\b{cell}\b(?!:)", text)]


def test_a_contract_is_deterministic(write):
    """The same file gives the same bytes."""
    path = write({"house_id": IDS, "kind": ["flat", "house", "tent"]})
    assert as_yaml(infer(path, name="houses")) == as_yaml(infer(path, name="houses"))


def test_words_stay_words_for_every_reader_of_yaml(write):
    """Words that a reader of YAML 1.1 or 1.2 takes for another type are in quotes."""
    words = ["1e5", "0o7", "y", "no", "null", "~", "01", "1_000", "0x1F", "12:30"]
    text = as_yaml(infer(write({"kind": words, "area": IDS}), name="houses"))
    assert Counter(text[text.index("validValues") :].split("]")[0])["'"] == 2 * len(words)
    assert contract_of(infer(write({"kind": words, "area": IDS}), name="houses")).columns["kind"].categories == tuple(
        sorted(words)
    )


def test_comments_cannot_be_left(write):
    """A cell with control characters in a comment does not end the comment."""
    guess = infer(write({"kind": ["a\u0085b: c", "N/A\u2028"], "no: value\u2029": IDS}), name="houses")
    assert quarantined(guess) == {}
    assert all(line.isprintable() for line in as_yaml(guess).splitlines())


@pytest.mark.parametrize("keys", [["street"], ["street", "number"]])
def test_tables_with_a_common_key_are_read_together(write, keys):
    """The label's table has a relationship to the others; a row without a partner is in quarantine."""
    streets = [f"street {number}" for number in range(200)]
    main = {"street": streets, "number": IDS, "area": IDS, "price": IDS}
    other = {"owner": ["a", "b"], "street": [*streets[:90], *["x" + street for street in streets[90:]]]}
    other |= {"number": IDS} if "number" in keys else {}
    guesses = infer_all(
        {"houses": write(main, name="main.csv"), "owners": write(other, name="other.csv")}, label="price", keys=keys
    )
    files = {guess.name: [guess.path] for guess in guesses}
    (valid, _), quarantine = read_valid_rows(files, *map(contract_of, guesses))
    assert (len(valid), quarantine.rules) == (90, {"houses_have_owners": 10})


def test_a_document_of_the_standard(write):
    """The document has the standard's members, and the name of the table."""
    document = read_yaml(as_yaml(infer(write({"house_id": IDS, "area": IDS}), name="houses")))
    assert (document["apiVersion"], document["kind"], document["id"]) == ("v3.1.0", "DataContract", "houses")
    assert document["schema"][0]["name"] == "houses"
