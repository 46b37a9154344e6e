"""The error of a table that does not keep its contract, and that of several such tables."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts._shared import StepScriptsError

MAX_EXAMPLES = 5
# A message is read on one screen: what is longer is cut, and says so.
MAX_RULES = 20
MAX_CHARACTERS = 200
_PLAIN = re.compile(r"[!-~]+")  # what shows all that is in it, without quotes


@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """One rule that a table breaks.

    Attributes
    ----------
    rule
        Its id, such as ``incident_month_range``.
    column
        The column it speaks of, or None when it speaks of several, or of the table.
    sentence
        What was expected.
    count
        How many rows break it; 0 where the rule does not speak of rows.
    examples
        Up to five of these rows. The first entry is the key, the others are what the rule looks at: ``value`` where
        that is one column, else each column under its name. None stands for a missing value.
    remedy
        What to do about it.
    """

    rule: str
    column: str | None
    sentence: str
    count: int
    examples: tuple[Mapping[str, Any], ...]
    remedy: str


class ContractError(StepScriptsError, ValueError):
    """A table does not keep its contract; carries every broken rule, and reads as one message.

    Parameters
    ----------
    table
        The contract's name.
    version
        The contract's version.
    broken
        The broken rules, in the order of the contract.
    rows
        How many rows the table has, or None where that is not known.
    source
        The file or folder that the table was read from, or None.

    Examples
    --------
    >>> month = BrokenRule(
    ...     rule="incident_month_range",
    ...     column="incident_month",
    ...     sentence="incident_month lies between 1 and 12",
    ...     count=1,
    ...     examples=({"policy_id": 7, "value": 13},),
    ...     remedy="correct this value in the source",
    ... )
    >>> print(ContractError(table="claims", version="1.0.0", broken=(month,), rows=5000))
    claims: 1 rule of the contract is broken (claims 1.0.0, 5,000 rows)
      incident_month_range
        expected  incident_month lies between 1 and 12
        got       1 of 5,000 rows otherwise: policy_id 7: 13
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
    """Several tables do not keep their contracts: what `ContractError` says of each, one after the other.

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
    """Write broken rules as people read them; the parameters are those of `ContractError`."""
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
    """Write a broken rule of a single row in one line, for a client who sent it.

    Examples
    --------
    >>> print(as_line(BrokenRule(
    ...     rule="incident_hour_range",
    ...     column="incident_hour",
    ...     sentence="incident_hour lies between 0 and 23",
    ...     count=1,
    ...     examples=({"policy_id": 8, "value": 24},),
    ...     remedy="correct this value",
    ... )))
    incident_hour_range: expected incident_hour lies between 0 and 23; got policy_id 8: 24; fix: correct this value
    """
    got = "; ".join(_sentence(example, broken) for example in broken.examples)
    return f"{broken.rule}: expected {broken.sentence}; got {got}; fix: {broken.remedy}"


def _count(count: int, rows: int | None) -> str:
    if not count:
        return ""
    return f"{count:,} otherwise" if rows is None else f"{count:,} of {rows:,} rows otherwise"


def examples_of(
    frame: pd.DataFrame, broken: npt.ArrayLike, *, columns: tuple[str, ...], key: str
) -> tuple[Mapping[str, Any], ...]:
    """Return the first few different rows that break a rule, as a `BrokenRule` holds them.

    Parameters
    ----------
    frame
        The table.
    broken
        Which rows break the rule, True for those that do.
    columns
        What the rule looks at.
    key
        The table's key; where the table lacks it, rows are named by their number, counted from 1.

    Examples
    --------
    >>> frame = pd.DataFrame({"policy_id": [7, 8], "month": [12, 13]})
    >>> examples_of(frame, frame["month"] > 12, columns=("month",), key="policy_id")
    ({'policy_id': 8, 'value': 13},)
    """
    places = np.asarray(broken, dtype=bool).nonzero()[0]
    names = [name for name in dict.fromkeys((key, *columns)) if name in frame]
    rows = frame[names].take(places).set_axis(places + 1).drop_duplicates().head(MAX_EXAMPLES)
    shown = {"value" if len(columns) == 1 else name: rows[name].tolist() for name in columns}
    keys = {key: rows[key].tolist()} if key in frame else {"row": rows.index.tolist()}
    records = [
        dict(zip({**keys, **shown}, values, strict=True)) for values in zip(*{**keys, **shown}.values(), strict=True)
    ]
    return tuple({name: None if pd.isna(value) else value for name, value in record.items()} for record in records)


def listing(names: list[str], *, most: int = 10) -> str:
    """Join names, the first few of many.

    Examples
    --------
    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _sentence(example: Mapping[str, Any], rule: BrokenRule) -> str:
    """Write an example as ``policy_id 7: 13`` or ``policy_id 7: month 2, day 30``."""
    (key, name), *values = example.items()
    if key == "found":
        return str(name)
    is_plain = not rule.count or (isinstance(name, str) and _PLAIN.fullmatch(name))
    where = f"{key} {_cut(str(name)) if is_plain else _short(name)}"
    # A rule on the key itself looks at nothing but the key.
    said = [_short(value) if each == "value" else f"{each} {_short(value)}" for each, value in values]
    return where + (f": {', '.join(said)}" if said and rule.column != key else "")


def _short(value: object) -> str:
    return "missing" if value is None else _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"


def _visible(line: str) -> str:
    """Escape what a terminal would not show, or obey: names of columns and files come from strangers."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
