"""A table has a key of one column, of several, or none: what is never repeated, and how a message names a row."""

import json

import pytest
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from step_scripts import contracts
from step_scripts.contracts.catalog import parse
from step_scripts.contracts.describe import as_markdown, as_text
from step_scripts.contracts.error import InvalidContractError, as_line
from step_scripts.contracts.evolution import changes
from step_scripts.contracts.record import RecordContract
from tests import validation
from tests.step_scripts.contracts.keyed import contract, dated, document, table


def _field(made, name):
    return next(column for column in made["schema"][0]["properties"] if column["name"] == name)


@pytest.mark.parametrize("keys", [(), ("number",), ("street",), ("street", "number")])
def test_the_key_is_what_the_columns_say(keys):
    """No column, a number, a text, or several columns, in their order."""
    assert contract(keys).keys == keys
    assert [rule.id for rule in contract(keys).rules if rule.id.endswith("_unique")] == (
        ["_".join([*keys, "unique"])] if keys else []
    )


def test_a_relationship_of_several_columns_is_the_standards():
    """Its own JSON Schema accepts the form."""
    made = dated()[1] | {"apiVersion": "v3.1.0", "kind": "DataContract", "status": "active"}
    made["schema"][0]["name"] = "visits"
    Draft201909Validator(json.loads(OpenDataContractStandard.json_schema())).validate(made)


def test_a_position_orders_the_key():
    """`primaryKeyPosition` is the standard's word for it; columns without one come last."""
    made = document(("street", "number", "rooms"))
    _field(made, "number")["primaryKeyPosition"] = 1
    _field(made, "rooms")["primaryKeyPosition"] = 2
    assert parse(made).keys == ("number", "rooms", "street")


@pytest.mark.parametrize("kind", ["number", "boolean"])
def test_numbers_and_bools_are_no_keys(kind):
    """The message names the column, what a key may be, and what to do."""
    made = document(("number",))
    _field(made, "number")["logicalType"] = kind
    with pytest.raises(InvalidContractError, match=r"sales: expected whole .* as primaryKey, got \w+ \(number\); fix:"):
        parse(made)


def test_a_key_column_is_required():
    """A text may be missing in general, but not as a key."""
    made = document(("street", "number"))
    del _field(made, "street")["required"]
    with pytest.raises(InvalidContractError, match=r"expected `required: true` of the primaryKey street, .*; fix: add"):
        parse(made)


def test_columns_of_a_key_may_repeat_alone_but_not_together():
    """The message shows all columns of the repeated keys, and Great Expectations' own report agrees."""
    sales, good = contract(("street", "number")), table(("Elm", 1, 2), ("Elm", 2, 2), ("Oak", 1, 2))
    assert contracts.check(good, sales) == ()
    bad = table(("Elm", 1, 2), ("Elm", 2, 2), ("Elm", 1, 3))
    with pytest.raises(contracts.ContractError) as caught:
        contracts.check(bad, sales)
    (rule,) = caught.value.broken
    assert (rule.rule, rule.count, rule.examples) == ("street_number_unique", 2, ({"street": "Elm", "number": 1},))
    assert "got       2 of 3 rows otherwise: street Elm, number 1\n" in str(caught.value)
    batch = validation.batches()
    assert validation.broken_rules(batch(bad), sales) == {"street_number_unique": 2}
    assert validation.broken_rules(batch(good), sales) == {}


def test_an_example_begins_with_the_whole_key():
    """The other columns follow; a rule on a column of the key repeats nothing."""
    sales = contract(("street", "number"))
    with pytest.raises(contracts.ContractError) as caught:
        contracts.check(
            table(("Elm", 1, 31), ("Oak", 2, 2)).assign(street=["Elm", "Ash"]).astype({"street": "category"}), sales
        )
    assert "1 of 2 rows otherwise: street Elm, number 1: 31" in str(caught.value)
    assert "1 of 2 rows otherwise: street Ash, number 2\n" in str(caught.value)


def test_without_a_key_rows_repeat_and_have_numbers():
    """Row 1 is the first one below the header."""
    sales = contract(())
    assert contracts.check(table(("Elm", 1, 2), ("Elm", 1, 2)), sales) == ()
    with pytest.raises(contracts.ContractError, match=r"1 of 2 rows otherwise: row 2: 31"):
        contracts.check(table(("Elm", 1, 2), ("Elm", 1, 31)), sales)


def test_without_a_key_rows_of_several_files_have_the_numbers_of_their_file(tmp_path):
    """A message leads to the line: the file, and the row in it."""
    table(("Elm", 1, 2), ("Elm", 1, 31)).to_csv(tmp_path / "sales-1.csv", index=False)
    table(("Elm", 1, 2), ("Elm", 1, 2), ("Oak", 3, 99)).to_csv(tmp_path / "sales-2.csv", index=False)
    with pytest.raises(contracts.ContractError) as caught:
        contracts.read_checked(tmp_path, contract(()))
    assert "2 of 5 rows otherwise: file sales-1.csv, row 2: 31; file sales-2.csv, row 3: 99\n" in str(caught.value)
    (rule,) = caught.value.broken
    assert rule.examples[1] == {"file": "sales-2.csv", "row": 3, "value": 99}


@pytest.mark.parametrize("keys", [(), ("street", "number")])
def test_sealed_parts_may_repeat_rows_that_have_no_key(tmp_path, keys):
    """Each part was checked alone: a key of several columns is checked again over all, and no key needs no check."""
    sales = contract(keys)
    for number in (1, 2):
        contracts.write_checked(table(("Elm", 1, 2)), tmp_path / f"sales-{number}.parquet", sales)
    if keys:
        with pytest.raises(contracts.ContractError, match="street_number_unique"):
            contracts.read_checked(tmp_path, sales)
    else:
        assert len(contracts.read_checked(tmp_path, sales)) == 2


def test_a_record_is_named_by_its_whole_key_or_by_nothing():
    """A client that sent one record knows which it is."""
    record = {"street": "Elm", "number": 1, "rooms": 31}
    lines = {keys: as_line(*RecordContract(contract(keys)).broken(record)) for keys in [(), ("street", "number")]}
    assert "; got 31; fix: " in lines[()]
    assert "; got street Elm, number 1: 31; fix: " in lines["street", "number"]


def test_another_key_is_a_breaking_change():
    """Its order alone is compatible, for a row is the same in either."""
    one, two, none = contract(("number",)), contract(("street", "number")), contract(())
    assert ("breaking", "key", "the key is street, number, not number") in changes(one, two)
    assert ("breaking", "key", "the key is no column, not street, number") in changes(two, none)
    assert ("breaking", "key", "the key is number, not no column") in changes(none, one)
    made = document(("street", "number"))
    _field(made, "number")["primaryKeyPosition"] = 1
    turned = parse(made)
    assert changes(two, turned) == [("compatible", "key", "the key is number, street, not street, number")]


def test_a_description_names_the_key():
    """On the page and in the terminal."""
    assert ", 3 columns, key `number`." in as_markdown([contract(("number",))])
    assert ", 3 columns, key `street`, `number`." in as_markdown([contract(("street", "number"))])
    assert ", 3 columns, no key." in as_markdown([contract(())])
    assert "Key: street, number, never repeated together" in as_text(contract(("street", "number")))
    assert "No key: rows may be repeated" in as_text(contract(()))
