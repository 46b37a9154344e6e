"""The key of a table: no column, one, or several; which columns may be one, and how rows are joined by it."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts.contract import Column, Contract, Relationship, Rule, unique_id
from step_scripts.contracts.document import Node, shown
from step_scripts.contracts.error import InvalidContractError, listing

Codes = npt.NDArray[np.int64]

# Numbers are rounded, and true and false name two rows at most.
_NO_KEYS = ("float64", "bool", "boolean")


def primary_key(name: str, properties: Sequence[Node], columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Return the key columns of a contract's document: by their `primaryKeyPosition`, else as the columns come.

    Parameters
    ----------
    name
        The contract's name, for messages.
    properties
        The columns as the document has them.
    columns
        The columns by name.

    Raises
    ------
    InvalidContractError
        When a key column may be missing, or holds numbers with decimals, or true and false.

    Examples
    --------
    >>> fields = Node({"name": "house_id", "primaryKey": True})
    >>> primary_key("houses", [fields], {"house_id": Column(name="house_id", dtype="int64", required=True)})
    ('house_id',)
    """
    fields = [each for each in properties if each.flag("primaryKey")]
    fields.sort(key=_position)
    for each in fields:
        key = each.text("name")
        if columns[key].dtype in _NO_KEYS:
            raise each.needed("primaryKey").error(
                f"contract {name}: expected whole numbers, text, categories or dates as primaryKey, got "
                f"{columns[key].dtype} ({key})",
                fix=f"take primaryKey from {key}, or change its type",
            )
        if not columns[key].required:
            raise each.needed("primaryKey").error(
                f"contract {name}: expected `required: true` of the primaryKey {key}, got an optional column",
                fix="add it, for a key is never missing",
            )
    return tuple(each.text("name") for each in fields)


def _position(fields: Node) -> float:
    position = fields.member("primaryKeyPosition")
    if position is None:
        return float("inf")
    if isinstance(position.value, bool) or not isinstance(position.value, int):
        message = f"expected a whole number as primaryKeyPosition, got {shown(position.value)}"
        raise position.error(message, fix="write 1 for the first column of the key, 2 for the second")
    return position.value if position.value > 0 else float("inf")  # -1 is the standard's default: no position


def unique_rule(keys: tuple[str, ...]) -> Rule:
    """Return the rule that no two rows have the same key, for a key of several columns.

    Examples
    --------
    >>> unique_rule(("street", "number")).sentence
    'street, number are never repeated together'
    """
    return Rule(
        id=unique_id(keys),
        sentence=f"{', '.join(keys)} are never repeated together",
        column=None,
        columns=keys,
        expectation="expect_compound_columns_to_be_unique",
        kwargs=MappingProxyType({"column_list": keys, "ignore_row_if": "any_value_is_missing"}),
        remedy="take the repeated rows out of the source, or a file that was delivered twice out of the folder",
        level="table",
    )


def relationships(name: str, table: Node, keys: tuple[str, ...]) -> Iterator[Relationship]:
    """Yield the relationships of a table's columns, and those of the table, which the standard has for several columns.

    Parameters
    ----------
    name
        The contract's name.
    table
        The table as the document has it.
    keys
        Its key columns.

    Raises
    ------
    InvalidContractError
        When a relationship is not from the whole key to the columns of the same names.

    Examples
    --------
    >>> stated = {
    ...     "id": "sales_have_a_house",
    ...     "from": ["sales.street", "sales.number"],
    ...     "to": ["houses.street", "houses.number"],
    ...     "customProperties": [{"property": "sentence", "value": "each sale is of a known house"}],
    ... }
    >>> table = Node({"properties": [], "relationships": [stated]})
    >>> (found,) = relationships("sales", table, ("street", "number"))
    >>> found.columns, found.table
    (('street', 'number'), 'houses')
    """
    stated = [
        ([f"{name}.{fields.text('name')}"], relationship)
        for fields in table.items("properties")
        for relationship in fields.items("relationships")
    ]
    stated += [(_several(each.needed("from")), each) for each in table.items("relationships")]
    for own, relationship in stated:
        known_as = relationship.text("id")
        wanted = _several(relationship.needed("to"))
        other = wanted[0].partition(".")[0]
        pairs = {(start.partition(".")[2], end) for start, end in zip(own, wanted, strict=False)}
        if len(own) != len(wanted) or pairs != {(key, f"{other}.{key}") for key in keys}:
            whole = [[f"{place}.{key}" for key in keys] for place in (name, other)]
            fix = "name the columns of the key" if len(keys) == 1 else "name them in `relationships` of the table"
            raise relationship.needed("to").error(
                f"relationship {known_as}: expected the whole key, from {listing(whole[0])} to "
                f"{listing(whole[1])}, got from {listing(own)} to {listing(wanted)}",
                fix=fix,
            )
        sentence = _sentence(relationship, known_as)
        yield Relationship(id=known_as, sentence=sentence, columns=keys, table=other)


def _sentence(relationship: Node, known_as: str) -> str:
    found = [own for own in relationship.items("customProperties") if own.text("property") == "sentence"]
    if len(found) != 1:
        example = "customProperties: [{property: sentence, value: every sale has a house}]"
        message = f"relationship {known_as}: expected one sentence, got {len(found)}"
        raise relationship.error(message, fix=f"write `{example}`, or the like")
    return found[0].text("value")


def _several(names: Node) -> list[str]:
    return [names.as_text()] if isinstance(names.value, str) else [name.as_text() for name in _some(names)]


def _some(names: Node) -> list[Node]:
    found = list(names.elements())
    if not found:
        raise names.error("expected at least one column, got none", fix="name the columns of the key")
    return found


def require_joinable(contracts: Sequence[Contract]) -> None:
    """Check that several tables can be read together: their rows are joined by a key of the same columns.

    Raises
    ------
    InvalidContractError
        When one of several tables has no key, or another one.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> require_joinable([houses(), houses()])
    """
    first, *others = contracts
    for other in others:
        mine, its = ([(key, each.columns[key].dtype) for key in each.keys] for each in (first, other))
        if not mine or mine != its:
            raise InvalidContractError(
                f"expected the same key columns in tables that are read together, got {_named(first)} and "
                f"{_named(other)}; fix: give both the same primaryKey, or read each table alone"
            )


def _named(contract: Contract) -> str:
    keys = ", ".join(f"{key} ({contract.columns[key].dtype})" for key in contract.keys)
    return f"{keys or 'no key'} in {contract.name}"


def key_codes(tables: Sequence[pd.DataFrame], keys: tuple[str, ...]) -> list[Codes]:
    """Return a whole number for each row of some tables: equal for equal keys, different for different ones.

    Parameters
    ----------
    tables
        Tables with the key columns. No key is missing, and none is repeated within a table.
    keys
        The key columns; they may be empty where there is one table.

    Returns
    -------
    list of ndarray of shape (rows,), int64
        For each table. The rows of a single table are numbered; a key of one column of whole numbers is its own code.

    Examples
    --------
    >>> houses = pd.DataFrame({"street": ["Elm", "Elm", "Oak"], "number": [1, 2, 1]})
    >>> [codes.tolist() for codes in key_codes([houses, houses[1:]], ("street", "number"))]
    [[0, 1, 2], [1, 2]]
    """
    if len(tables) == 1:
        return [np.arange(len(tables[0]), dtype=np.int64)]
    if len(keys) == 1 and all(table[keys[0]].dtype == np.int64 for table in tables):
        return [table[keys[0]].to_numpy() for table in tables]
    codes = np.zeros(sum(map(len, tables)), dtype=np.int64)
    for key in keys:
        # Texts of two tables may be categories in another order.
        values = [table[key].astype(object) if table[key].dtype == "category" else table[key] for table in tables]
        found, different = pd.factorize(pd.concat(values, ignore_index=True))
        # Codes are made small again, so that the product of several columns stays below 2^63.
        codes = pd.factorize(codes * len(different) + found)[0].astype(np.int64)
    return np.split(codes, np.cumsum([len(table) for table in tables])[:-1])


def key_index(frame: pd.DataFrame, keys: tuple[str, ...], places: npt.NDArray[np.intp]) -> pd.Index:
    """Return the keys of some rows as an index; without a key, their numbers, counted from 1.

    Examples
    --------
    >>> houses = pd.DataFrame({"street": ["Elm", "Elm"], "number": [1, 2]})
    >>> key_index(houses, ("street", "number"), np.array([1])).tolist()
    [('Elm', 2)]
    >>> key_index(houses, (), np.array([1])).tolist()
    [2]
    """
    if not keys:
        return pd.Index(places + 1)
    rows = frame[list(keys)].take(places)
    rows = rows.astype({key: object for key in keys if rows[key].dtype == "category"})
    return pd.Index(rows[keys[0]].array) if len(keys) == 1 else pd.MultiIndex.from_frame(rows)
