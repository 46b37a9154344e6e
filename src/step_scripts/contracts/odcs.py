"""A contract from a document of the Open Data Contract Standard."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from step_scripts.contracts.column import Column
from step_scripts.contracts.columns import read_column
from step_scripts.contracts.contract import Contract, derived_rules, version_numbers
from step_scripts.contracts.document import Node, shown
from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.keys import primary_key, relationships, unique_rule
from step_scripts.contracts.quality import quality_rules, traits


def parse(document: Any) -> Contract:  # noqa: ANN401 - whatever a file holds
    """Build a contract from a parsed ODCS document.

    Parameters
    ----------
    document
        A document of ODCS v3 with one table in its schema.

    Raises
    ------
    InvalidContractError
        When a member is missing or has a wrong type, when a column has a type that no table can have here, or when a
        rule is not an expectation over known columns with an id of its own. It knows the place in the document.

    Examples
    --------
    >>> from step_scripts.contracts.catalog import read_yaml
    >>> from step_scripts.contracts.example import DOCUMENT
    >>> contract = parse(read_yaml(DOCUMENT))
    >>> contract.keys, contract.columns["kind"].categories
    (('house_id',), ('Flat', 'House', 'N/A'))
    """
    if not isinstance(document, dict):
        what = "an empty file" if document is None else shown(document)
        message = f"expected a contract of one table in the standard's form (ODCS v3), got {what}"
        raise InvalidContractError(f"{message}; fix: write one, or let `step-scripts new` write it from a table")
    root = Node(document)
    name, identifier = root.text("name", "houses"), root.text("id", "houses")
    version = _version(root)
    table = _table(root)
    properties = list(table.needed("properties").elements())
    columns = _columns(table, properties)
    keys = primary_key(name, properties, columns)
    columns |= {key: replace(columns[key], is_key=True, unique=columns[key].unique or len(keys) == 1) for key in keys}
    rules = [rule for column in columns.values() for rule in derived_rules(column)]
    rules += [unique_rule(keys)] if len(keys) > 1 else []
    about = root.member("description") or Node({}, ("description",))
    return Contract(
        name=name,
        id=identifier,
        version=version,
        keys=keys,
        columns=MappingProxyType(columns),
        rules=(*rules, *quality_rules(table, columns, rules)),
        purpose=_line(about, "purpose"),
        limitations=_line(about, "limitations"),
        relationships=tuple(relationships(name, table, keys)),
        traits=tuple(traits(table)),
    )


def _version(root: Node) -> str:
    version = root.needed("version", "1.0.0")
    try:
        version_numbers(str(version.value) if isinstance(version.value, str | int | float) else shown(version.value))
    except InvalidContractError as error:
        raise version.error(str(error), fix="write `version: 1.0.0`") from None
    return str(version.value)


def _table(root: Node) -> Node:
    schema = root.needed("schema")
    tables = list(schema.elements())
    if len(tables) != 1:
        message = f"expected a contract of one table in its schema, got {len(tables)} tables"
        raise schema.error(message, fix="write a file for each table")
    return tables[0].require_mapping()


def _columns(table: Node, properties: list[Node]) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for fields in properties:
        column = read_column(fields)
        if column.name in columns:
            message = f"column {column.name}: expected each column once, got it again"
            raise fields.needed("name").error(message, fix="take one of the two out, or rename it")
        columns[column.name] = column
    if not columns:
        fix = "add `- {name: rooms, logicalType: integer}`, or the like"
        raise table.needed("properties").error("expected at least one column in properties, got none", fix=fix)
    return columns


def _line(about: Node, member: str) -> str:
    """Return a text that the file folds over several lines as one."""
    return " ".join(about.optional_text(member).split())
