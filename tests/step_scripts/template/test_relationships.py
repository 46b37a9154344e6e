"""Tables that are guessed together are joined by their whole key."""

from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.template import contract_yaml
from step_scripts.template.guess import ColumnGuess, TableGuess


def test_a_relationship_of_several_key_columns_is_that_of_the_table(tmp_path):
    """As the reader of contracts expects it."""
    columns = tuple(ColumnGuess(name=name, kind="integer") for name in ("street", "number", "rooms"))
    for keys in (("street",), ("number", "street")):
        guess = TableGuess(
            path=tmp_path / "sales.csv", name="sales", rows=9, columns=columns, keys=keys, partners=("houses",)
        )
        (found,) = parse(read_yaml(contract_yaml.as_yaml(guess))).relationships
        assert (found.columns, found.table) == (keys, "houses")
