"""Fixtures: some rows of the file, or rows that are drawn from the contracts alone."""

import csv
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.contracts import read_valid_rows
from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.template.guess import TemplateError
from step_scripts.template.infer import infer, infer_all
from step_scripts.template.sample import sample, source_texts
from step_scripts.template.synthetic import synthetic
from tests.step_scripts.template.csv_files import columns, contract_of

IDS = [str(number) for number in range(1, 3001)]


def rows(content):
    """Return the rows of a CSV file, without its header."""
    return list(csv.reader(content.decode().splitlines()))[1:]


def test_a_sample_has_the_cells_of_the_file_in_its_order(write):
    """Each cell is as in the file; rows are in its order, and the same ones for the same seed."""
    path = write(
        {"house_id": IDS, "area": ["48.50", "1e2", " 7", ""], "name": ['a "b"', "c, d"], "price": IDS}, rows=3000
    )
    guesses = [infer(path, name="houses", label="price")]
    content = sample(guesses, rows=200)["houses"]
    lines = path.read_text().splitlines()
    assert content.decode().splitlines() == [lines[0], *(lines[int(row[0])] for row in rows(content))]
    assert sample(guesses, rows=200)["houses"] == content
    assert sample(guesses, rows=200, seed=1)["houses"] != content
    assert sample(guesses, rows=5000)["houses"] == path.read_bytes()


def test_a_sample_keeps_rare_classes(write):
    """Each class has at least 100 rows, or all it has; rows without a label are left out."""
    label = ["often"] * 2600 + ["some"] * 250 + ["rare"] * 50 + ["NA"] * 50 + [""] * 50
    guess = infer(write({"area": IDS, "price": label}, rows=3000), name="houses", label="price")
    assert Counter(row[1] for row in rows(sample([guess], rows=500)["houses"])) == {
        "often": 350,
        "some": 100,
        "rare": 50,
    }


def test_tables_are_sampled_by_their_key(write):
    """The other tables have the rows of the same keys; a row without a partner is left out."""
    main = write({"house_id": IDS, "area": IDS, "price": ["yes", "no", "no"]}, rows=3000, name="main.csv")
    other = write({"owner": ["a", "b"], "house_id": IDS[:600][::-1]}, rows=600, name="other.csv")
    found = sample(infer_all({"houses": main, "owners": other}, label="price"), rows=300)
    keys = [row[0] for row in rows(found["houses"])]
    assert len(keys) == 300
    assert max(map(int, keys)) <= 600
    assert [row[1] for row in rows(found["owners"])] == sorted(keys, key=int, reverse=True)


@given(table=columns(), label=st.sampled_from([["0", "1"], ["a", "b", "c"], ["1.5", "2.5", "3.5"], ["1", "2", *IDS]]))
def test_drawn_rows_keep_the_contract(table, label, write_once):
    """Rows that are drawn from the contract of any table keep it, and each class of the label is there."""
    path = write_once(table | {"house_id": IDS, "price": label}, rows=90)
    guess = infer(path, name="houses", label="price", keys=["house_id"])
    content = synthetic([contract_of(guess)], label="price", rows=80)["houses"]
    assert synthetic([contract_of(guess)], label="price", rows=80)["houses"] == content
    drawn = guess.path.with_name("drawn.csv")
    drawn.write_bytes(content)
    (valid,), quarantine = read_valid_rows(drawn, contract_of(guess))
    assert (len(valid), quarantine.rules) == (80, {})
    assert set(guess.classes) <= set(valid["price"])


@pytest.mark.parametrize("keys", [["house_id"], ["street", "day"], ["street", "house_id"], ["code"], ["name"]])
def test_drawn_tables_have_the_same_keys(write, keys, tmp_path):
    """Keys of one and of several columns are different in each row, and the same in all tables."""
    table = {
        "house_id": IDS,
        "street": [f"s{number}" for number in range(5)],
        "day": [f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)][:101],
        "code": [f"AB-{number:03}" for number in range(500)],
        "name": [f"{'x' * (number % 7)}{number}" for number in range(500)],
    }
    main = write(table | {"area": IDS, "price": IDS}, rows=500, name="main.csv")
    other = write({key: table[key] for key in keys} | {"owner": ["a", "b"]}, rows=500, name="other.csv")
    guesses = infer_all({"houses": main, "owners": other}, label="price", keys=keys)
    contracts = [contract_of(guess) for guess in guesses]
    for name, content in synthetic(contracts, label="price", avoid=source_texts(guesses)).items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    (houses, owners), quarantine = read_valid_rows(
        {c.name: [tmp_path / f"{c.name}.csv"] for c in contracts}, *contracts
    )
    assert quarantine.rules == {}
    assert len(houses) == len(owners) == 600
    assert not houses.duplicated(keys).any()
    seen = set(map(tuple, infer_rows(main, keys)))
    # A street is a category, whose values are drawn as they are. With a day of one year, some pairs occur in the file.
    assert keys == ["street", "day"] or not seen & set(map(tuple, houses[keys].astype(str).to_numpy().tolist()))


def infer_rows(path, names):
    """Return the cells of some columns of a file."""
    with path.open() as file:
        return [[row[name] for name in names] for row in csv.DictReader(file)]


def test_a_key_with_few_values_gives_fewer_rows():
    """There are as many rows as there are keys."""
    contract = parse(
        read_yaml("""
    {id: days, name: days, version: 1.0.0, schema: [{properties: [
      {name: day, logicalType: integer, primaryKey: true, required: true, logicalTypeOptions: {minimum: 1, maximum: 7}},
      {name: area, logicalType: number}]}]}""")
    )
    assert [row[0] for row in rows(synthetic([contract])["days"])] == list("1234567")


def test_the_label_can_be_learned(write):
    """The label rises with other columns, and not with nothing else."""
    guess = infer(write({"area": IDS, "kind": ["a", "b"], "price": IDS}, rows=300), name="houses", label="price")
    drawn = np.array(
        [[float(row[0]), float(row[2])] for row in rows(synthetic([contract_of(guess)], label="price")["houses"])]
    )
    assert 0.3 < np.corrcoef(drawn.T)[0, 1] < 0.95


def test_a_pattern_that_cannot_be_drawn():
    """A pattern with parts that are not in fixed places is reported, with what to do."""
    document = """
    {id: codes, name: codes, version: 1.0.0, schema: [{properties: [
      {name: code, logicalType: string, required: true, logicalTypeOptions: {pattern: '^(a|b)+$'}}]}]}"""
    with pytest.raises(TemplateError, match="pattern of fixed places in column code"):
        synthetic([parse(read_yaml(document))])
