"""A contract: a table's columns and rules, read from its file of the Open Data Contract Standard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from step_scripts.contracts.error import InvalidContractError
from step_scripts.contracts.rule import Column, Dtype, Rule, custom_rule, derived_rules
from step_scripts.contracts.versions import parts

# From ODCS logical types to the dtypes of pandas.
DTYPES: Mapping[str, Dtype] = MappingProxyType(
    {"integer": "int64", "number": "float64", "boolean": "bool", "string": "category"},
)


@dataclass(frozen=True, kw_only=True)
class Relationship:
    """A column whose every value is a key of another table: its id, a sentence, the column, and the other table."""

    id: str
    sentence: str
    column: str
    table: str


@dataclass(frozen=True, kw_only=True)
class Trait:
    """What is true of the known data, and is not checked: another table may be different and still be valid."""

    id: str
    sentence: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a table looks like.

    Attributes
    ----------
    name, id, version
        As in the file; the id and the version are what a seal and a model artifact record.
    purpose, limitations
        What the table is for, and what to know about it.
    key
        The primary key.
    columns
        The columns by name, in their order. The order binds writers and encoders, not readers.
    rules
        The rules on values: those that follow from the columns, then those of the file's quality section.
    relationships
        Which of its rows need a row in another table.
    traits
        What the file's quality section says in words alone.
    folder
        Where the contract was loaded from, and where the contracts of other tables lie; None where it was parsed.
    """

    name: str
    id: str
    version: str
    key: str
    columns: Mapping[str, Column]
    rules: tuple[Rule, ...]
    purpose: str = ""
    limitations: str = ""
    relationships: tuple[Relationship, ...] = ()
    traits: tuple[Trait, ...] = ()
    folder: Path | None = field(default=None, compare=False, repr=False)

    @property
    def written(self) -> tuple[Rule, ...]:
        """The rules of the quality section, without those that follow from the columns."""
        derived = {rule.id for column in self.columns.values() for rule in derived_rules(column)}
        return tuple(rule for rule in self.rules if rule.id not in derived)


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever a document holds
    """Read a YAML document as plain values."""
    # The C loader takes 5 ms for a file of 280 lines, the Python loader 60. The import of the standard's own pydantic
    # model takes 260 ms more: a project's tests validate its files by that model, a job does not.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def parse(document: Mapping[str, Any]) -> Contract:
    """Build a contract from a parsed ODCS document.

    Parameters
    ----------
    document
        A document of ODCS v3 with one table in its schema.

    Raises
    ------
    InvalidContractError
        When a column has a type that no table can have here, when there is not exactly one key, of whole numbers, or
        when a rule is not an expectation over known columns with an id of its own.

    Examples
    --------
    >>> from step_scripts.contracts.example import DOCUMENT
    >>> contract = parse(read_yaml(DOCUMENT))
    >>> contract.key, contract.columns["kind"].categories
    ('house_id', ('Flat', 'House', 'N/A'))
    """
    try:
        return _parse(document)
    except InvalidContractError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"{type(error).__name__} {error}"
        raise InvalidContractError(f"is no contract of one table in the standard's form (ODCS v3): {what}") from None


def _parse(document: Mapping[str, Any]) -> Contract:
    parts(str(document["version"]))
    (table,) = document["schema"]
    columns = {fields["name"]: _column(fields) for fields in table["properties"]}
    keys = [fields["name"] for fields in table["properties"] if fields.get("primaryKey")]
    if len(keys) != 1:
        raise InvalidContractError(f"contract {document['name']}: expected one primaryKey, got {keys}")
    if columns[keys[0]].dtype != "int64":
        raise InvalidContractError(f"contract {document['name']}: expected integers as primaryKey, got {keys[0]}")
    rules = [rule for column in columns.values() for rule in derived_rules(column)]
    stated = table.get("quality", ())
    for rule in (custom_rule(quality) for quality in stated if quality.get("type") != "text"):
        if rule.id in {known.id for known in rules}:
            raise InvalidContractError(f"contract {document['name']}: there are two rules called {rule.id}")
        if unknown := [name for name in rule.columns if name not in columns]:
            raise InvalidContractError(f"contract {document['name']}: rule {rule.id} names unknown columns: {unknown}")
        rules.append(rule)
    return Contract(
        name=document["name"],
        id=document["id"],
        version=str(document["version"]),
        key=keys[0],
        columns=MappingProxyType(columns),
        rules=tuple(rules),
        purpose=_line(document.get("description", {}).get("purpose")),
        limitations=_line(document.get("description", {}).get("limitations")),
        relationships=tuple(_relationships(table["properties"])),
        traits=tuple(
            Trait(id=words["id"], sentence=_line(words["description"]), reason=_line(words["businessImpact"]))
            for words in map(_words, stated)
            if words
        ),
    )


def _words(stated: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return an entry that is words alone; None for one that is checked."""
    if stated.get("type") != "text":
        return None
    if stated.get("severity") != "info":
        raise InvalidContractError(
            f"quality rule {stated.get('id')}: expected the severity info, as a rule in words alone is not checked"
        )
    return stated


def _relationships(properties: Sequence[Mapping[str, Any]]) -> Iterator[Relationship]:
    for fields in properties:
        for relationship in fields.get("relationships", ()):
            table, _, column = relationship["to"].partition(".")
            if column != fields["name"]:
                raise InvalidContractError(
                    f"relationship {relationship['id']}: expected a column called {fields['name']}"
                )
            (sentence,) = (own["value"] for own in relationship["customProperties"] if own["property"] == "sentence")
            yield Relationship(id=relationship["id"], sentence=sentence, column=fields["name"], table=table)


def _column(fields: Mapping[str, Any]) -> Column:
    name, logical = fields["name"], fields["logicalType"]
    values = [
        value
        for quality in fields.get("quality", ())
        if quality.get("metric") == "invalidValues"
        for value in quality["arguments"]["validValues"]
    ]
    if logical not in DTYPES:
        raise InvalidContractError(f"column {name}: expected a logicalType of {', '.join(DTYPES)}, got {logical!r}")
    if (logical == "string") != bool(values) or not all(isinstance(value, str) for value in values):
        raise InvalidContractError(
            f"column {name}: expected a string with quoted validValues, or neither, got {values}"
        )
    required, dtype = bool(fields.get("required")), DTYPES[logical]
    if not required and dtype in {"int64", "bool"}:
        raise InvalidContractError(
            f"column {name}: expected `required: true`, for a column of {dtype} cannot hold missing values"
        )
    options = fields.get("logicalTypeOptions", {})
    return Column(
        name=name,
        dtype=dtype,
        categories=tuple(values),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        required=required,
        unique=bool(fields.get("unique") or fields.get("primaryKey")),
        description=_line(fields.get("description")),
    )


def _line(text: str | None) -> str:
    """Return a text that the file folds over several lines as one."""
    return " ".join((text or "").split())
