"""Check one row at a time against the contracts of the tables that it was joined from, as an endpoint does.

The rules are those of the tables, read from the same files: the rules on rows of severity error, without those on
columns that a row may lack. Great Expectations and pandas take milliseconds for a row; this takes ten microseconds.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from step_scripts.contracts.cells import bounds, checker, has_length, has_pattern, is_in_range, is_of, moment
from step_scripts.contracts.contract import Column, Contract, Rule, derived_rules
from step_scripts.contracts.date_format import ISO_DATE, iso_text
from step_scripts.contracts.error import BrokenRule, InvalidContractError, listing
from step_scripts.contracts.expression import predicate
from step_scripts.contracts.misfits import KINDS, NUMBERS
from step_scripts.contracts.record_table import as_table
from step_scripts.contracts.structure import meant

if TYPE_CHECKING:
    import pandas as pd

ROWS = "expect_rows_to_satisfy"


class RecordContract:
    """The contract of a row that was joined from a row of each of several tables.

    Parameters
    ----------
    *contracts
        The tables' contracts; a column of several of them, such as the key, is checked once.
    without
        Columns that a row may lack, such as the label; they are not checked.

    Attributes
    ----------
    columns : mapping of str to Column
        The columns that a row must have, in the order of the contracts.
    optional : mapping of str to Column
        The columns of `without`.
    keys : tuple of str
        The columns that identify a record: the primary key of the first table; empty where it has none.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> rows = RecordContract(houses(), without=["price"])
    >>> [rule.rule for rule in rows.broken({"house_id": 7, "kind": "Flat", "rooms": 31, "area": 200.0})]
    ['rooms_range']
    """

    def __init__(self, *contracts: Contract, without: Collection[str] = ()) -> None:
        every = {name: column for contract in contracts for name, column in contract.columns.items()}
        self.columns: Mapping[str, Column] = MappingProxyType(
            {name: column for name, column in every.items() if name not in without}
        )
        self.optional: Mapping[str, Column] = MappingProxyType(
            {name: column for name, column in every.items() if name in without}
        )
        self.keys = contracts[0].keys
        self._numbers = [
            (name, column.dtype == "int64", *bounds(column))
            for name, column in self.columns.items()
            if column.required and column.dtype in {"int64", "float64"}
        ]
        self._flags = [name for name, column in self.columns.items() if column.dtype == "bool"]
        self._categories = [
            (name, frozenset((*column.categories, *(() if column.required else (None,)))))
            for name, column in self.columns.items()
            if column.categories
        ]
        quick = {*(name for name, *_ in self._numbers), *self._flags, *(name for name, _ in self._categories)}
        self._others = [(name, checker(column)) for name, column in self.columns.items() if name not in quick]
        self._dates = tuple(
            (name, column.zone) for name, column in self.columns.items() if column.kind in {"date", "timestamp"}
        )
        self._joint = [(rule, self._holds(rule)) for contract in contracts for rule in self._checked(contract)]

    def broken(self, record: Mapping[str, Any]) -> list[BrokenRule]:
        """Return the rules that a row breaks, in the order of its columns; rules on several columns come last.

        Parameters
        ----------
        record
            Column to value: int, float, bool or str, None where it is missing. A float may stand for a whole number. A
            date or timestamp is a text, in ISO 8601 or in its column's format.
        """
        return [] if self._is_good(record) else self._explained(record)

    def table(self, records: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
        """Return valid records as a table with the types of the contracts, one row each; see `as_table`."""
        return as_table(records, self.columns)

    def _checked(self, contract: Contract) -> Iterator[Rule]:
        for rule in contract.written:
            if rule.severity == "error" and rule.level == "row" and all(name in self.columns for name in rule.columns):
                if rule.expectation != ROWS:
                    raise InvalidContractError(f"rule {rule.id}: expected {ROWS}, as only this can judge a single row")
                yield rule

    def _holds(self, rule: Rule) -> Callable[[Mapping[str, Any]], bool]:
        """Return the function that checks a rule on rows; a row with a missing value satisfies each of them."""
        holds = predicate(rule.kwargs["expression"], self._dates)
        dates = [name for name, _ in self._dates if name in rule.columns]
        optional = [name for name in rule.columns if not self.columns[name].required]
        if not dates and not optional:
            return holds

        def holds_of_known(record: Mapping[str, Any]) -> bool:
            if any(record[name] is None for name in optional):
                return True
            return holds({**record, **{name: moment(record[name], self.columns[name]) for name in dates}})

        return holds_of_known

    def _is_good(self, record: Mapping[str, Any]) -> bool:
        try:
            for name, whole, low, high in self._numbers:
                value = record[name]
                kind = type(value)
                if kind is not int and (kind is not float or (whole and not value.is_integer())):
                    return False
                if not low <= value <= high:
                    return False
            for name in self._flags:
                if type(record[name]) is not bool:
                    return False
            for name, categories in self._categories:
                if record[name] not in categories:
                    return False
        except (KeyError, TypeError):  # TypeError: a list cannot be in a set
            return False
        known = len(record) == len(self.columns) or all(
            name in self.columns or name in self.optional for name in record
        )
        return (
            known and (not self._others or self._others_hold(record)) and all(holds(record) for _, holds in self._joint)
        )

    def _others_hold(self, record: Mapping[str, Any]) -> bool:
        return all(name in record and is_valid(record[name]) for name, is_valid in self._others)

    def _explained(self, record: Mapping[str, Any]) -> list[BrokenRule]:
        broken = [*self._wrong_columns(record)]
        for column in self.columns.values():
            if column.name in record:
                broken += self._wrong_value(record, column)
        missing = {name for name in self.columns if record.get(name) is None}
        unsound = missing.union(rule.column for rule in broken if rule.column)
        for rule, holds in self._joint:
            if unsound.isdisjoint(rule.columns) and not holds(record):
                broken.append(rule.broken(count=1, examples=(self._example(record, rule.columns),)))
        return [replace(rule, keys=self.keys) if rule.count else rule for rule in broken]

    def _wrong_columns(self, record: Mapping[str, Any]) -> Iterator[BrokenRule]:
        missing = [name for name in self.columns if name not in record]
        unknown = [name for name in record if name not in self.columns and name not in self.optional]
        if not missing and not unknown:
            return
        found = {"missing": missing, "unknown": [_cut(name) for name in unknown]}
        renamed = [f"{_cut(old)!r} to {new}" for old in unknown if (new := meant(_cut(old), missing))]
        yield BrokenRule(
            rule="columns",
            column=None,
            sentence="a record has the columns of its contracts, in any order",
            count=0,
            examples=tuple({what: listing(names)} for what, names in found.items() if names),
            remedy=f"rename {listing(renamed)}" if renamed else "send each of these columns, and no other",
        )

    def _wrong_value(self, record: Mapping[str, Any], column: Column) -> Iterator[BrokenRule]:
        value, example = record[column.name], self._example(record, (column.name,))
        rules = {rule.expectation: rule for rule in derived_rules(column)}
        if value is None:
            if column.required:
                yield rules["expect_column_values_to_not_be_null"].broken(count=1, examples=(example,))
        elif not is_of(value, column):
            yield _wrong_type(column, example)
        elif column.categories and value not in column.categories:
            rule = rules["expect_column_values_to_be_in_set"].broken(count=1, examples=(example,))
            spelling = column.spelling_of(value)
            yield replace(rule, remedy=f"spell it as the contract does: {spelling}") if spelling else rule
        elif column.kind == "text":
            if not has_pattern(value, column):
                yield rules["expect_column_values_to_match_regex"].broken(count=1, examples=(example,))
            if not has_length(value, column):
                yield rules["expect_column_value_lengths_to_be_between"].broken(count=1, examples=(example,))
        elif column.kind not in {"category", "boolean"} and not is_in_range(value, column):
            yield rules["expect_column_values_to_be_between"].broken(count=1, examples=(example,))

    def _example(self, record: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
        shown = {"value" if len(columns) == 1 else name: record[name] for name in columns}
        return {**{key: record.get(key) for key in self.keys}, **shown}


def _wrong_type(column: Column, example: Mapping[str, Any]) -> BrokenRule:
    return BrokenRule(
        rule=f"{column.name}_dtype",
        column=column.name,
        sentence=f"{column.name} holds {KINDS[column.kind]} ({column.dtype})",
        count=1,
        examples=(example,),
        remedy=_remedy(column),
    )


def _remedy(column: Column) -> str:
    kind = column.kind
    if kind in {"category", "text"}:
        return "send a text" if column.required and not column.missing_values else "send a text, or null"
    if kind == "boolean":
        return "send true or false"
    if kind in NUMBERS:
        return f"send a plain number: {NUMBERS[kind]}"
    day = datetime(2026, 1, 31, tzinfo=UTC if column.zone else None)
    written = iso_text(day if kind == "date" else day.replace(hour=12))
    own = column.dates.text(day)
    return f"send a {kind} such as {written}" + (f" or {own}" if column.format not in {"", ISO_DATE} else "")


def _cut(name: str) -> str:
    """Return a name that a client sent, at most 50 characters of it."""
    return name if len(name) <= 50 else f"{name[:50]}…"
