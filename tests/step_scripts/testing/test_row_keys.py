"""Tables of each kind of key can be made up, and broken: without a key, by one column of any kind, and by several."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts import contracts
from step_scripts.contracts.catalog import parse
from step_scripts.testing import strategies
from step_scripts.testing.bad_rows import Examples, as_table, row_files, table_files
from step_scripts.testing.row_keys import capacity, key_cells
from tests.profiles import some
from tests.step_scripts.contracts.keyed import KINDS, contract, dated, document

ROWS = [{"street": "Elm", "number": 1, "rooms": 2}, {"street": "Oak", "number": 1, "rooms": 3}]


def dated_by(*keys):
    """The contract of sales whose streets are any texts, and whose numbers are dates, with another key."""
    made = dated()[0]
    for column in made["schema"][0]["properties"]:
        column["primaryKey"] = column["name"] in keys
    return parse(made)


CONTRACTS = {kind: contract(keys) for kind, keys in KINDS.items()} | {
    "text": dated_by("street"),
    "date": dated_by("number"),
    "text and date": dated_by("street", "number"),
}


def without_keys(sales):
    """Rows of the examples without their key."""
    keys, date = sales.keys, {} if sales.columns["number"].kind == "integer" else {"number": "2020-02-29"}
    rows = [{name: cell for name, cell in {**row, **date}.items() if name not in keys} for row in ROWS]
    return Examples(rows=rows, misspelt={})


@some()
@given(kind=st.sampled_from(["none", "one", "several"]), data=st.data())
def test_a_drawn_table_has_no_repeated_key(kind, data):
    """It keeps the contract; a small domain of the key bounds the number of rows."""
    table = data.draw(strategies.tables(CONTRACTS[kind], max_rows=8))
    assert contracts.check(table, CONTRACTS[kind]) == ()
    assert len(table) <= (capacity(CONTRACTS[kind]) or 8)


def bounded():
    """Sales whose key has four values."""
    made = document(("street", "number"))
    made["schema"][0]["properties"][1]["logicalTypeOptions"] = {"minimum": 0, "maximum": 1}
    return parse(made)


@given(data=st.data())
def test_all_keys_of_a_small_domain_can_be_drawn(data):
    """Two streets with two numbers each: no draw fails, also of all four."""
    table = data.draw(strategies.tables(bounded(), min_rows=4, max_rows=9))
    assert len(table) == 4
    assert contracts.check(table, bounded()) == ()
    with pytest.raises(ValueError, match="sales: expected min_rows of at most 4"):
        strategies.tables(bounded(), min_rows=5)


def test_keys_are_numbered():
    """A row without a key gets one of the key's kinds; those of a small domain are all used, and then end."""
    assert {kind: key_cells(sales, 2) for kind, sales in CONTRACTS.items()} == {
        "none": {},
        "one": {"number": 2},
        "text": {"street": "key 2"},
        "several": {"street": "Oak", "number": 2},
        "date": {"number": "2020-01-02"},
        "text and date": {"street": "key 2", "number": "2020-01-02"},
    }
    assert key_cells(contract(("street",)), 2) == {"street": "Oak"}
    keys = [tuple(key_cells(bounded(), number).values()) for number in (1, 2, 3, 4)]
    assert sorted(keys) == [("Elm", 0), ("Elm", 1), ("Oak", 0), ("Oak", 1)]
    with pytest.raises(ValueError, match="sales: expected at most 4 different keys, got row 5"):
        key_cells(bounded(), 5)


def test_a_key_with_a_pattern_is_supplied():
    """No text that matches can be made up here; a row that has it keeps it."""
    made = document(("street",))
    street = made["schema"][0]["properties"][0]
    del street["quality"]
    street["logicalTypeOptions"] = {"pattern": "^[A-Z]$"}
    with pytest.raises(ValueError, match="key column street: expected keys by hand, as it has a pattern"):
        key_cells(parse(made), 1)


def read(tmp_path, content, sales):
    """Read a file of sales."""
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    return contracts.read_valid_rows(path, sales)


@pytest.mark.parametrize("kind", CONTRACTS)
def test_each_table_breaks_the_rule_in_its_name(kind, tmp_path):
    """A repeated key and a missing one for each column of the key; neither without a key."""
    sales = CONTRACTS[kind]
    files = dict(table_files(sales, without_keys(sales)))
    named = {stem for stem in files if stem.endswith(("_unique", "_not_null"))}
    keys = sales.keys
    assert named == ({"_".join([*keys, "unique"])} if keys else set()) | {f"{key}_not_null" for key in keys}
    for stem in named:
        with pytest.raises(contracts.ContractError) as caught:
            read(tmp_path, files[stem], sales)
        assert [broken.rule for broken in caught.value.broken] == [stem]


@pytest.mark.parametrize("kind", CONTRACTS)
def test_each_row_breaks_the_rules_that_it_says(kind, tmp_path):
    """Also rules on a column of the key, which other rows than the changed ones do not break."""
    sales = CONTRACTS[kind]
    for rule, content in row_files(sales, without_keys(sales)):
        header, *rows = csv.reader(io.StringIO(content.decode()))
        lines = "".join(",".join(row[:-1]) + "\n" for row in [header, *rows])
        _, quarantine = read(tmp_path, lines.encode(), sales)
        expected = [row[-1] for row in rows if row[-1]]
        assert quarantine.tables[0].frame["broken_rules"].tolist() == expected
        assert rule in {re.sub(r"[^\w-]", "_", one) for ids in expected for one in ids.split(";")}


def test_rows_get_the_whole_key():
    """Unless they have it."""
    rows = [{"rooms": 2}, {"rooms": 2, "street": "Elm"}]
    assert as_table(CONTRACTS["several"], rows)[1:] == [["Elm", "1", "2"], ["Elm", "2", "2"]]
