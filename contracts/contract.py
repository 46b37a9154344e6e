"""A contract, read from its ODCS file: columns, and the rules that follow from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import yaml

Dtype = Literal["int64", "float64", "bool", "category"]

# From ODCS logical types to the dtypes of pandas.
DTYPES: Mapping[str, Dtype] = MappingProxyType(
    {"integer": "int64", "number": "float64", "boolean": "bool", "string": "category"},
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, its dtype in pandas, and its domain (bounds are inclusive, None where there is none)."""

    name: str
    dtype: Dtype
    categories: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    unique: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: an id, a sentence that reads after "expected that", and the Great Expectations expectation it is."""

    id: str
    sentence: str
    column: str | None
    columns: tuple[str, ...]
    expectation: str
    kwargs: Mapping[str, Any]
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a table looks like.

    Attributes
    ----------
    name, id, version
        As in the file; the id and the version are what a seal and a model artifact record.
    key
        The primary key.
    columns
        The columns by name, in their order. The order binds writers and encoders, not readers.
    rules
        The rules on values: those that follow from the columns, then those of the file's quality section.
    """

    name: str
    id: str
    version: str
    key: str
    columns: Mapping[str, Column]
    rules: tuple[Rule, ...]


@cache
def load(name: str) -> Contract:
    """Load a contract of this folder by its name, once a process.

    Raises
    ------
    FileNotFoundError
        When there is no contract of that name; the message names those that there are.
    ValueError
        When the file does not describe a table that can be checked: see `parse`.

    Examples
    --------
    >>> contract = load("claims")
    >>> contract.key, len(contract.columns), contract.columns["fraud"].maximum
    ('policy_id', 18, 1)
    """
    folder = Path(__file__).parent
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise FileNotFoundError(f"there is no contract called {name!r}; there are: {known}")
    # The C loader takes 5 ms for the longest file, the Python loader 60; the standard's own pydantic model costs
    # another 260 ms for its import alone, so it validates these files in the tests instead of in every job.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return parse(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506 - both are safe loaders


def parse(document: Mapping[str, Any]) -> Contract:
    """Build a contract from a parsed ODCS document.

    Parameters
    ----------
    document
        A document of ODCS v3 with one table in its schema.

    Raises
    ------
    ValueError
        When a column has a type that tables here cannot have, when there is not one key, or when a rule is not an
        expectation over known columns.
    """
    (table,) = document["schema"]
    columns = {fields["name"]: _column(fields) for fields in table["properties"]}
    keys = [fields["name"] for fields in table["properties"] if fields.get("primaryKey")]
    if len(keys) != 1:
        raise ValueError(f"contract {document['name']}: expected one primaryKey, got {keys}")
    derived = [rule for column in columns.values() for rule in _derived_rules(column)]
    custom = [_custom_rule(quality) for quality in table.get("quality", ())]
    for rule in custom:
        if unknown := [name for name in rule.columns if name not in columns]:
            raise ValueError(f"contract {document['name']}: rule {rule.id} speaks of unknown columns: {unknown}")
    return Contract(
        name=document["name"],
        id=document["id"],
        version=str(document["version"]),
        key=keys[0],
        columns=MappingProxyType(columns),
        rules=(*derived, *custom),
    )


def _column(fields: Mapping[str, Any]) -> Column:
    name, logical = fields["name"], fields["logicalType"]
    values = [
        value
        for quality in fields.get("quality", ())
        if quality.get("metric") == "invalidValues"
        for value in quality["arguments"]["validValues"]
    ]
    if logical not in DTYPES:
        raise ValueError(f"column {name}: expected a logicalType of {', '.join(DTYPES)}, got {logical!r}")
    if (logical == "string") != bool(values) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"column {name}: expected a string with quoted validValues, or neither, got {values}")
    required, dtype = bool(fields.get("required")), DTYPES[logical]
    if not required and dtype in {"int64", "bool"}:
        raise ValueError(
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
    )


def _derived_rules(column: Column) -> Iterator[Rule]:
    """Yield the rules that a column's properties state; a rule's id is the column and what it looks at."""

    def rule(kind: str, sentence: str, expectation: str, remedy: str, **kwargs: object) -> Rule:
        return Rule(
            id=f"{column.name}_{kind}",
            sentence=f"{column.name} {sentence}",
            column=column.name,
            columns=(column.name,),
            expectation=expectation,
            kwargs=MappingProxyType({"column": column.name, **kwargs}),
            remedy=remedy,
        )

    widen = "correct these values in the source, or widen the contract and raise its version"
    if column.required:
        yield rule(
            "not_null",
            "is never missing",
            "expect_column_values_to_not_be_null",
            "fill these values in the source (`N/A` is a value, an empty cell is not), or take these rows out",
        )
    if column.unique:
        yield rule(
            "unique",
            "is never repeated",
            "expect_column_values_to_be_unique",
            "take the repeated rows out of the source, or a file that was delivered twice out of the folder",
        )
    if column.categories:
        sentence = f"is one of {', '.join(column.categories)}"
        expectation = "expect_column_values_to_be_in_set"
        yield rule("category", sentence, expectation, widen, value_set=column.categories)
    low, high = column.minimum, column.maximum
    if low is not None or high is not None:
        if low is None:
            sentence = f"is at most {high:,}"
        elif high is None:
            sentence = f"is at least {low:,}"
        else:
            sentence = f"lies between {low:,} and {high:,}" if high - low > 1 else f"is {low} or {high}"
        yield rule("range", sentence, "expect_column_values_to_be_between", widen, min_value=low, max_value=high)


def _custom_rule(quality: Mapping[str, Any]) -> Rule:
    """Return the rule that an entry of the table's quality section states as a Great Expectations expectation."""
    if quality.get("engine") != "greatExpectations":
        raise ValueError(f"quality rule {quality.get('id')}: expected engine greatExpectations")
    implementation = quality["implementation"]
    kwargs = implementation.get("kwargs", {})
    # The three ways in which expectations name their columns.
    named = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    return Rule(
        id=quality["id"],
        sentence=quality["description"],
        column=kwargs.get("column"),
        columns=(*named, *kwargs.get("column_list", ())),
        expectation=implementation["type"],
        kwargs=MappingProxyType(cast("dict[str, Any]", kwargs)),
        remedy="correct these rows in the source, or change the rule in the contract and raise its version",
    )
