"""The errors of contracts: of a table that breaks one, of several such tables, and of a contract that is invalid."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts._shared import StepScriptsError

MAX_EXAMPLES = 5
# A message fits one screen: a longer list or value is cut, and says so.
MAX_RULES = 20
MAX_CHARACTERS = 200
_PLAIN = re.compile(r"[!-~]+")  # text that needs no quotes: nothing in it is invisible


Place: TypeAlias = tuple[str | int, ...]  # names and numbers that lead to a value in a document


class InvalidContractError(StepScriptsError, ValueError):
    """A contract cannot be used: its file, or a rule in it, is wrong.

    Attributes
    ----------
    at
        Where in the document the mistake is: the names and numbers that lead there; empty where that is unknown.
    line
        The line of the file, where it is known.
    """

    def __init__(self, message: str, *, at: Place = (), line: int | None = None) -> None:
        """Keep the place."""
        self.at, self.line = at, line
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """One rule that a table breaks.

    Attributes
    ----------
    rule
        Its id, such as ``rooms_range``.
    column
        The column that it judges; None when it judges several columns, or the table.
    sentence
        What was expected.
    count
        How many rows break it; 0 where the rule does not judge rows.
    examples
        Up to five of these rows. The first entries are the key, the others are the columns of the rule: ``value`` where
        it is one column, else each under its name. None stands for a missing value. A row without a key has its number
        instead: the first row below the header is row 1, and blank lines do not count.
    remedy
        What to do about it.
    keys
        The names of the entries that say which row it is; None where it is the first one.
    """

    rule: str
    column: str | None
    sentence: str
    count: int
    examples: tuple[Mapping[str, Any], ...]
    remedy: str
    keys: tuple[str, ...] | None = field(default=None, compare=False)


class ContractError(StepScriptsError, ValueError):
    """A table breaks its contract. The error carries every broken rule, and its text is one message.

    Parameters
    ----------
    table
        The contract's name.
    version
        The contract's version.
    broken
        The broken rules, in the order of the contract.
    rows
        How many rows the table has; None where that is unknown.
    source
        The file or folder that the table was read from, or None.

    Examples
    --------
    >>> rooms = BrokenRule(
    ...     rule="rooms_range",
    ...     column="rooms",
    ...     sentence="rooms lies between 1 and 30",
    ...     count=1,
    ...     examples=({"house_id": 7, "value": 31},),
    ...     remedy="correct this value in the source",
    ... )
    >>> print(ContractError(table="houses", version="1.0.0", broken=(rooms,), rows=5000))
    houses: 1 rule of the contract is broken (houses 1.0.0, 5,000 rows)
      rooms_range
        expected  rooms lies between 1 and 30
        got       1 of 5,000 rows otherwise: house_id 7: 31
        fix       correct this value in the source
    """

    def __init__(
        self,
        *,
        table: str,
        version: str,
        broken: tuple[BrokenRule, ...],
        rows: int | None = None,
        source: str | None = None,
    ) -> None:
        """Keep the parts, and write the message."""
        self.table = table
        self.version = version
        self.broken = broken
        self.rows = rows
        self.source = source
        super().__init__(self._message())

    def _message(self) -> str:
        return format_message(self.broken, table=self.table, version=self.version, rows=self.rows, source=self.source)


class CombinedContractError(ContractError):
    """Several tables break their contracts. The text is the messages of the single errors, one after the other.

    Parameters
    ----------
    errors
        The errors of the single tables.
    """

    def __init__(self, *errors: ContractError) -> None:
        """Keep the errors, and put their parts together."""
        self.errors = errors
        super().__init__(
            table=", ".join(error.table for error in errors),
            version=", ".join(error.version for error in errors),
            broken=tuple(broken for error in errors for broken in error.broken),
        )

    def _message(self) -> str:
        return "\n".join(map(str, self.errors))


def format_message(
    broken: Sequence[BrokenRule],
    *,
    table: str,
    version: str,
    rows: int | None = None,
    source: str | None = None,
    warnings: bool = False,
) -> str:
    """Return broken rules as a message for people; the parameters are those of `ContractError`."""
    if warnings:
        what = f"{len(broken)} warning{'s' if len(broken) != 1 else ''}"
    else:
        what = "1 rule of the contract is broken"
        what = what if len(broken) == 1 else f"{len(broken)} rules of the contract are broken"
    where = [f"{table} {version}"]
    if rows is not None:
        where.append(f"{rows:,} row{'s' if rows != 1 else ''}")
    if source is not None:
        where.append(source)
    lines = [f"{table}: {what} ({', '.join(where)})"]
    for rule in broken[:MAX_RULES]:
        lines.append(f"  {rule.rule}")
        lines.append(f"    expected  {rule.sentence}")
        got = [_count(rule.count, rows), "; ".join(_sentence(example, rule) for example in rule.examples)]
        lines.append(f"    got       {': '.join(part for part in got if part)}")
        lines.append(f"    fix       {rule.remedy}")
    if len(broken) > MAX_RULES:
        lines.append(f"  and {len(broken) - MAX_RULES} more")
    return "\n".join(map(_visible, lines))


def as_line(broken: BrokenRule) -> str:
    """Return a broken rule of a single row as one line, for the client that sent the row.

    Examples
    --------
    >>> print(as_line(BrokenRule(
    ...     rule="rooms_range",
    ...     column="rooms",
    ...     sentence="rooms lies between 1 and 30",
    ...     count=1,
    ...     examples=({"house_id": 8, "value": 31},),
    ...     remedy="correct this value",
    ... )))
    rooms_range: expected rooms lies between 1 and 30; got house_id 8: 31; fix: correct this value
    """
    got = "; ".join(_sentence(example, broken) for example in broken.examples)
    return f"{broken.rule}: expected {broken.sentence}; got {got}; fix: {broken.remedy}"


def _count(count: int, rows: int | None) -> str:
    if not count:
        return ""
    return f"{count:,} otherwise" if rows is None else f"{count:,} of {rows:,} rows otherwise"


def examples_of(
    frame: pd.DataFrame, broken: npt.ArrayLike, *, columns: tuple[str, ...], keys: tuple[str, ...]
) -> tuple[Mapping[str, Any], ...]:
    """Return the first few different rows that break a rule, as a `BrokenRule` holds them.

    Parameters
    ----------
    frame
        The table.
    broken
        Shape (n,): True for each row that breaks the rule.
    columns
        The columns of the rule.
    keys
        The columns of the table's key. Without a key, or where the table lacks one of its columns, an example has the
        row's number instead: the first row below the header is row 1.

    Examples
    --------
    >>> frame = pd.DataFrame({"house_id": [7, 8], "rooms": [30, 31]})
    >>> examples_of(frame, frame["rooms"] > 30, columns=("rooms",), keys=("house_id",))
    ({'house_id': 8, 'value': 31},)
    """
    places = np.asarray(broken, dtype=bool).nonzero()[0]
    names = [name for name in dict.fromkeys((*keys, *columns)) if name in frame]
    rows = frame[names].take(places).set_axis(places + 1).drop_duplicates().head(MAX_EXAMPLES)
    has_keys = bool(keys) and all(name in frame for name in keys)
    cells = {name: rows[name].tolist() for name in keys} if has_keys else {"row": rows.index.tolist()}
    cells |= {"value" if len(columns) == 1 else name: rows[name].tolist() for name in columns}
    records = [dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True)]
    return tuple({name: None if pd.isna(value) else value for name, value in record.items()} for record in records)


def listing(names: list[str], *, most: int = 10) -> str:
    """Join names with commas; of a long list the first few, and how many more there are.

    Examples
    --------
    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _sentence(example: Mapping[str, Any], rule: BrokenRule) -> str:
    """Return an example as ``house_id 7: 31`` or ``street Elm, number 7: area 9.5, rooms 3``."""
    first = next(iter(example))
    if first == "found":
        return str(example[first])
    keys = (first,) if rule.keys is None or not example.keys() >= {*rule.keys} else rule.keys
    where = ", ".join(f"{key} {_plain(example[key], rule)}" for key in keys)
    # The value of a rule on the key is the key itself, which the line already has.
    values = [] if rule.column in keys else [(name, value) for name, value in example.items() if name not in keys]
    said = ", ".join(_short(value) if name == "value" else f"{name} {_short(value)}" for name, value in values)
    return ": ".join(part for part in (where, said) if part)


def _plain(key: object, rule: BrokenRule) -> str:
    is_plain = not rule.count or (isinstance(key, str) and _PLAIN.fullmatch(key))
    return _cut(str(key)) if is_plain else _short(key)


def _short(value: object) -> str:
    if isinstance(value, dt.datetime):
        return str(value).removesuffix(" 00:00:00")  # a date is held as a timestamp at midnight
    return "missing" if value is None else _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"


def _visible(line: str) -> str:
    """Escape control and invisible characters: names of columns and files come from outside."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
