"""A contract: the columns of a table, and the rules on its values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from step_scripts.contracts.column import Column, Dtype
from step_scripts.contracts.date_format import iso_text
from step_scripts.contracts.error import BrokenRule, InvalidContractError

__all__ = [
    "Column",
    "Contract",
    "Dtype",
    "Relationship",
    "Rule",
    "Trait",
    "derived_rules",
    "version_numbers",
]

Severity = Literal["error", "warning"]
Level = Literal["row", "table"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule on values: a sentence, and the Great Expectations expectation that checks it.

    Attributes
    ----------
    id
        Its name within the contract, such as ``rooms_range``.
    sentence
        What is expected, in words.
    column
        The column that it judges; None when it judges several columns, or the table.
    columns
        All columns that it reads.
    expectation, kwargs
        The type and the arguments of the expectation.
    remedy
        What to do when it is broken.
    severity
        ``error``: the step stops, or the row goes to quarantine; ``warning``: the violation is reported.
    level
        ``row``: it judges each row alone, so the other rows stay valid; ``table``: it judges the table, or the key,
        and does not say which row is wrong.
    reason
        Why the rule exists, and what a violation means.
    """

    id: str
    sentence: str
    column: str | None
    columns: tuple[str, ...]
    expectation: str
    kwargs: Mapping[str, Any]
    remedy: str
    severity: Severity = "error"
    level: Level = "row"
    reason: str = ""

    def broken(
        self, *, count: int, examples: tuple[Mapping[str, Any], ...], keys: tuple[str, ...] | None = None
    ) -> BrokenRule:
        """Return this rule as broken by a number of rows, with some of them as examples; see `BrokenRule`."""
        return BrokenRule(
            rule=self.id,
            column=self.column,
            sentence=self.sentence,
            count=count,
            examples=examples,
            remedy=self.remedy,
            keys=keys,
        )


@dataclass(frozen=True, kw_only=True)
class Relationship:
    """The key of each row is a key of another table: its id, a sentence, the key columns, and the other table."""

    id: str
    sentence: str
    columns: tuple[str, ...]
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
    keys
        The columns of the primary key, in its order; empty where the table has no key, and rows may repeat.
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
    keys: tuple[str, ...]
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
        derived.add(unique_id(self.keys))
        return tuple(rule for rule in self.rules if rule.id not in derived)


def unique_id(keys: tuple[str, ...]) -> str:
    """Return the id of the rule that no key is repeated.

    Examples
    --------
    >>> unique_id(("street", "number"))
    'street_number_unique'
    """
    return f"{'_'.join(keys)}_unique"


def derived_rules(column: Column) -> Iterator[Rule]:
    """Yield the rules that follow from a column's properties. An id is the column's name and the kind of rule.

    Examples
    --------
    >>> [rule.sentence for rule in derived_rules(Column(name="rooms", dtype="int64", minimum=1, maximum=30))]
    ['rooms lies between 1 and 30']
    """

    def rule(
        kind: str, sentence: str, expectation: str, remedy: str, *, level: Level = "row", **kwargs: object
    ) -> Rule:
        return Rule(
            id=f"{column.name}_{kind}",
            sentence=f"{column.name} {sentence}",
            column=column.name,
            columns=(column.name,),
            expectation=expectation,
            kwargs=MappingProxyType({"column": column.name, **kwargs}),
            remedy=remedy,
            level=level,
        )

    widen = "correct these values in the source, or widen the contract and raise its version"
    if column.required:
        yield rule(
            "not_null",
            "is never missing",
            "expect_column_values_to_not_be_null",
            "fill these values in the source (`N/A` is a value, an empty cell is not), or take these rows out",
            level="table" if column.unique or column.is_key else "row",
        )
    if column.unique:
        yield rule(
            "unique",
            "is never repeated",
            "expect_column_values_to_be_unique",
            "take the repeated rows out of the source, or a file that was delivered twice out of the folder",
            level="table",
        )
    if column.categories:
        sentence = f"is one of {', '.join(column.categories)}"
        expectation = "expect_column_values_to_be_in_set"
        yield rule("category", sentence, expectation, widen, value_set=column.categories)
    if column.pattern is not None:
        sentence = f"matches the pattern {column.pattern}"
        yield rule("pattern", sentence, "expect_column_values_to_match_regex", widen, regex=column.pattern)
    if sentence := _length(column.min_length, column.max_length):
        expectation = "expect_column_value_lengths_to_be_between"
        fewest, most = column.min_length, column.max_length
        yield rule("length", sentence, expectation, widen, min_value=fewest, max_value=most)
    if sentence := _range(column):
        low: object = column.minimum if column.earliest is None else column.earliest
        high: object = column.maximum if column.latest is None else column.latest
        yield rule("range", sentence, "expect_column_values_to_be_between", widen, min_value=low, max_value=high)


def _range(column: Column) -> str:
    """Return what bounds of numbers, dates or timestamps say; an empty text where there are none."""
    low, high = column.minimum, column.maximum
    if low is not None and high is not None and high - low <= 1:
        return f"is {low} or {high}"
    least, most = (None if bound is None else f"{bound:,}" for bound in (low, high))
    if column.earliest is not None:
        least = iso_text(column.earliest)
    if column.latest is not None:
        most = iso_text(column.latest)
    if least is None:
        return "" if most is None else f"is at most {most}"
    return f"is at least {least}" if most is None else f"lies between {least} and {most}"


def _length(fewest: int | None, most: int | None) -> str:
    if fewest is None:
        return "" if most is None else f"has at most {most:,} characters"
    if most is None:
        return f"has at least {fewest:,} characters"
    return f"has {fewest:,} characters" if fewest == most else f"has {fewest:,} to {most:,} characters"


def version_numbers(version: str) -> tuple[int, int, int]:
    """Return the three numbers of a version.

    Raises
    ------
    InvalidContractError
        When there are not three.

    Examples
    --------
    >>> version_numbers("2.10.0")
    (2, 10, 0)
    """
    numbers = version.split(".")
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise InvalidContractError(f"version {version!r}: expected three numbers, such as 2.1.0")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])
