"""Files that break a contract, one file a rule: derived from the contract and from valid rows of its table.

A file of a rule on rows holds rows on both sides of each bound; its last column, `broken_rules`, has the rules that a
row breaks. The name of any other file begins with the rule that the whole table breaks. The checker has no part in what
is said here: these files test it.

A project supplies valid rows, and cases by hand for its rules on several columns: see `Examples`.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from step_scripts.contracts.cells import written
from step_scripts.contracts.column import Kind
from step_scripts.contracts.contract import Column, Contract, Rule, unique_id
from step_scripts.contracts.quarantine import BETWEEN, COLUMN
from step_scripts.testing.damage import Table, csv_lines, wrong_columns
from step_scripts.testing.row_keys import key_cells
from step_scripts.testing.texts import of_wrong_length, unmatched

Value: TypeAlias = str | float
Row: TypeAlias = Mapping[str, Value]

MAX_INT64 = 2**63 - 1
# Cells that turn a column of another kind into a column of text; the first that has no meaning there is taken.
_MISSPELT: Mapping[Kind, Sequence[str]] = {
    "integer": ("several", "1,5"),
    "number": ("1,5", "several"),
    "boolean": ("yes", "perhaps", "several"),
    "date": ("31.02.", "several"),
    "timestamp": ("31.02.", "several"),
}


class Case(NamedTuple):
    """A row without its key, and the rules that it breaks, in any order."""

    row: Row
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Examples:
    """What a project supplies for one table.

    Attributes
    ----------
    rows
        Valid rows without their key. Together they hold every category; the first one is changed to break a rule.
    by_hand
        Cases for rules on several columns, by the rule's id. They replace derived cases of any other rule.
    base
        By column, the row that is changed for an unknown category, where the first row would break other rules too.
    adjusted
        A function that takes a changed row and the changes, and returns the row in which other columns follow from
        them, as a total follows from its parts.
    misspelt
        By column, a cell that turns the column into text. By default, one for each column of numbers or bools.
    """

    rows: Sequence[Row]
    by_hand: Mapping[str, Sequence[Case]] = field(default_factory=dict)
    base: Mapping[str, Row] = field(default_factory=dict)
    adjusted: Callable[[Row, Row], Row] = lambda row, _: row
    misspelt: Mapping[str, str] | None = None

    def case(self, base: Row, changes: Row, *broken: str) -> Case:
        """Return a case: a row with changes, and the rules that it breaks."""
        return Case(self.adjusted({**base, **changes}, changes), broken)


def cases(rule: Rule, contract: Contract, examples: Examples) -> tuple[Case, ...]:
    """Return the cases for a rule on rows: those by hand, or else those that follow from the columns.

    Derived are cases for rules on one column, and for rules that exactly one of several columns of bools is true.

    Raises
    ------
    ValueError
        When the rule has no case by hand, and none can be derived.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> (rule,) = (rule for rule in houses().rules if rule.id == "rooms_range")
    >>> flat = {"kind": "Flat", "rooms": 2, "area": 150.5, "price": 90_000}
    >>> [(case.row["rooms"], case.broken) for case in cases(rule, houses(), Examples(rows=[flat]))]
    [(1, ()), (2, ()), (30, ()), (0, ('rooms_range',)), (31, ('rooms_range',))]
    """
    if by_hand := examples.by_hand.get(rule.id):
        return tuple(by_hand)
    if rule.column:
        column = contract.columns[rule.column]
        kinds = {"not_null": _missing, "category": _unknown, "range": _beyond, "pattern": _unmatched, "length": _length}
        if derive := kinds.get(rule.id.removeprefix(f"{column.name}_")):
            return tuple(derive(column, rule.id, examples))
    if _is_one_hot(rule, contract):
        return tuple(_one_hot(rule, examples))
    raise ValueError(
        f"{contract.name}: expected cases by hand for the rule {rule.id}, got none: add some that break it"
    )


def row_files(contract: Contract, examples: Examples) -> Iterator[tuple[str, bytes]]:
    """Yield a file for each rule on rows: its name without ending, and its content.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from step_scripts.contracts.example import houses
    >>> contract = replace(houses(), rules=[rule for rule in houses().rules if rule.id == "price_not_null"])
    >>> flat = {"kind": "Flat", "rooms": 2, "area": 48.5, "price": 90_000}
    >>> print(dict(row_files(contract, Examples(rows=[flat])))["price_not_null"].decode(), end="")
    house_id,kind,rooms,area,price,broken_rules
    1,Flat,2,48.5,90000,
    2,Flat,2,48.5,,price_not_null
    """
    place = {rule.id: number for number, rule in enumerate(contract.rules)}
    for rule in contract.rules:
        if rule.level == "row":
            found = cases(rule, contract, examples)
            yield plain(rule.id), labelled(contract, [(row, sorted(ids, key=place.__getitem__)) for row, ids in found])


def table_files(contract: Contract, examples: Examples, *, other: Table | None = None) -> Iterator[tuple[str, bytes]]:
    r"""Yield a file for each way to break a whole table: no rows, the key, dtypes, columns.

    Parameters
    ----------
    contract, examples
        The table.
    other
        A table, header first, whose file is delivered instead; None if the project has no other table.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> flat = {"kind": "Flat", "rooms": 2, "area": 48.5, "price": 90_000}
    >>> files = dict(table_files(houses(), Examples(rows=[flat])))
    >>> files["house_id_unique"]
    b'house_id,kind,rooms,area,price\n1,Flat,2,48.5,90000\n1,Flat,2,48.5,90000\n'
    """
    header, *rows = table = as_table(contract, examples.rows)
    if any(rule.id == "has_rows" for rule in contract.rules):
        yield "has_rows", csv_lines([header])
    if contract.keys:
        yield plain(unique_id(contract.keys)), csv_lines([header, *rows, rows[0]])
    for key in contract.keys:
        yield plain(f"{key}_not_null"), csv_lines([header, _replaced(rows[0], header.index(key), ""), *rows[1:]])
    misspelt = examples.misspelt
    if misspelt is None:
        columns = contract.columns.values()
        misspelt = {column.name: _misspelt(column) for column in columns if column.kind in _MISSPELT}
    for name, word in misspelt.items():
        yield plain(f"{name}_dtype"), csv_lines([header, _replaced(rows[0], header.index(name), word), *rows[1:]])
    for variant, wrong in wrong_columns(table, other):
        yield f"columns-{variant}", csv_lines(wrong)


def as_table(contract: Contract, rows: Iterable[Row]) -> Table:
    """Return rows as text below their header; a row without its key gets one by its number, counted from 1.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> as_table(houses(), [{"kind": "Flat", "rooms": 2, "area": 48.5, "price": 90_000}])[1:]
    [['1', 'Flat', '2', '48.5', '90000']]
    """
    keys = {*contract.keys}
    whole = [row if keys <= row.keys() else {**key_cells(contract, place), **row} for place, row in enumerate(rows, 1)]
    return [[*contract.columns], *([str(row[name]) for name in contract.columns] for row in whole)]


def labelled(contract: Contract, rows: Iterable[tuple[Row, Iterable[str]]]) -> bytes:
    """Return rows, each with the rules that it breaks, as a CSV file with the last column `broken_rules`."""
    cells, broken = zip(*rows, strict=True)
    last = [COLUMN, *(BETWEEN.join(rules) for rules in broken)]
    return csv_lines([[*row, label] for row, label in zip(as_table(contract, cells), last, strict=True)])


def plain(rule: str) -> str:
    """Return a rule's id as the name of a file: ids may hold names of columns with any character.

    Examples
    --------
    >>> plain("zone_1/20_dtype")
    'zone_1_20_dtype'
    """
    return re.sub(r"[^\w-]", "_", rule)


def _misspelt(column: Column) -> str:
    known = {*column.missing_values, *(column.flags if column.kind == "boolean" else ())}
    return next(word for word in _MISSPELT[column.kind] if word not in known)


def _replaced(cells: Sequence[str], place: int, cell: str) -> list[str]:
    return [*cells[:place], cell, *cells[place + 1 :]]


def _missing(column: Column, rule: str, examples: Examples) -> Iterator[Case]:
    base = examples.rows[0]
    yield examples.case(base, {})
    yield examples.case(base, {column.name: ""}, rule)


def _unknown(column: Column, rule: str, examples: Examples) -> Iterator[Case]:
    for category in column.categories:
        if column.is_key:
            yield examples.case(examples.rows[0], {column.name: category})
        else:
            yield examples.case(next(row for row in examples.rows if row[column.name] == category), {})
    base = examples.base.get(column.name, examples.rows[0])
    word = str(base.get(column.name, column.categories[0]))
    for unknown in ("Unheard of", word.swapcase(), f"{word} ", f" {word}", "NA"):
        if unknown != word:  # digits have no case
            yield examples.case(base, {column.name: unknown}, rule)


def _beyond(column: Column, rule: str, examples: Examples) -> Iterator[Case]:
    base, whole = examples.rows[0], column.kind == "integer"
    if column.kind in {"date", "timestamp"}:
        yield from _beyond_dates(column, rule, examples)
        return
    low, high = column.minimum, MAX_INT64 if column.maximum is None and whole else column.maximum
    inside: list[float] = []
    if low is not None:
        inside += [low, low + 1] if whole else [float(low), math.nextafter(low, math.inf)]
    if high is not None:
        inside += [high] if whole else [math.nextafter(high, -math.inf), float(high)]
    for value in dict.fromkeys(inside):
        yield examples.case(base, {column.name: value})
    if low is not None:
        yield examples.case(base, {column.name: low - 1 if whole else math.nextafter(low, -math.inf)}, rule)
    if column.maximum is not None:
        yield examples.case(
            base, {column.name: column.maximum + 1 if whole else math.nextafter(column.maximum, math.inf)}, rule
        )


def _beyond_dates(column: Column, rule: str, examples: Examples) -> Iterator[Case]:
    base, day = examples.rows[0], timedelta(days=1)
    for bound, beyond in ((column.earliest, -day), (column.latest, day)):
        if bound is not None:
            yield examples.case(base, {column.name: written(bound, column)})
            yield examples.case(base, {column.name: written(bound + beyond, column)}, rule)


def _unmatched(column: Column, rule: str, examples: Examples) -> Iterator[Case]:
    base = examples.rows[0]
    yield examples.case(base, {})
    for text in _some(unmatched(column), rule)[:2]:
        yield examples.case(base, {column.name: text}, rule)


def _length(column: Column, rule: str, examples: Examples) -> Iterator[Case]:
    base = examples.rows[0]
    yield examples.case(base, {})
    for text in _some(of_wrong_length(str(base[column.name]), column), rule):
        yield examples.case(base, {column.name: text}, rule)


def _some(found: list[str], rule: str) -> list[str]:
    if not found:
        raise ValueError(f"expected cases by hand for the rule {rule}, got none: add some that break it alone")
    return found


def _is_one_hot(rule: Rule, contract: Contract) -> bool:
    """Tell whether a rule says that exactly one of several columns of bools is true."""
    expression = re.sub(r"\s", "", str(rule.kwargs.get("expression", "")))
    return expression.endswith(")==1") and all(contract.columns[name].dtype == "bool" for name in rule.columns)


def _one_hot(rule: Rule, examples: Examples) -> Iterator[Case]:
    """Yield each column of the group true alone; then none, each two neighbours, and all."""
    base, names = examples.rows[0], rule.columns
    for hot in names:
        yield examples.case(base, {name: name == hot for name in names})
    yield examples.case(base, dict.fromkeys(names, False), rule.id)
    for pair in pairwise(names):
        yield examples.case(base, {name: name in pair for name in names}, rule.id)
    if len(names) > 2:
        yield examples.case(base, dict.fromkeys(names, True), rule.id)
