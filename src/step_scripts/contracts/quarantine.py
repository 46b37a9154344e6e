"""The quarantine: the rows of a step's input that break a rule, unchanged, and the rules that they break."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts.checker import Rows
from step_scripts.contracts.error import BrokenRule, CombinedContractError, ContractError, format_message

COLUMN = "broken_rules"
BETWEEN = ";"


class QuarantineError(CombinedContractError):
    """Too many rows break a rule: the message says how many, followed by the message of each table.

    Parameters
    ----------
    summary
        The first line.
    errors
        The errors of the single tables.
    """

    def __init__(self, summary: str, *errors: ContractError) -> None:
        """Keep the summary, and put the errors together."""
        self.summary = summary
        super().__init__(*errors)

    def _message(self) -> str:
        return f"{self.summary}\n{super()._message()}"


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """The rows of one table that are in quarantine.

    Attributes
    ----------
    table, version, source
        The contract's name and version, and where the table was read.
    rows
        The number of rows that the table had.
    frame
        The rows in quarantine: each cell as the text of the source, in the source's columns; the last column,
        `broken_rules`, holds the ids of the broken rules with `;` between them. The index is the rows' key, or their
        number, counted from 1, where they have none.
    broken
        The rules that these rows break.
    warnings
        The broken rules of severity warning, over all rows.
    """

    table: str
    version: str
    source: str
    rows: int
    frame: pd.DataFrame
    broken: tuple[BrokenRule, ...] = ()
    warnings: tuple[BrokenRule, ...] = ()

    def error(self) -> ContractError:
        """Return the broken rules as an error."""
        return ContractError(
            table=self.table, version=self.version, broken=self.broken, rows=self.rows, source=self.source
        )

    def warning(self) -> str:
        """Return the warnings as a message for people."""
        return format_message(
            self.warnings, table=self.table, version=self.version, rows=self.rows, source=self.source, warnings=True
        )


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """The rows in quarantine, of one table, or of several that are joined by a key.

    Attributes
    ----------
    tables
        The rows of each table; empty where no table was read.
    key
        The columns of the tables' key, by which they are joined; empty where a single table has none.
    keys, count
        The number of different keys, and of those with a row in quarantine; of rows where there is no key.

    Examples
    --------
    >>> Quarantine().count, Quarantine().share
    (0, 0.0)
    """

    tables: tuple[Quarantined, ...] = ()
    key: tuple[str, ...] = ()
    keys: int = 0
    count: int = 0

    @property
    def share(self) -> float:
        """The share of the keys with a row in quarantine, or of the rows where there is no key, from 0 to 1."""
        return self.count / self.keys if self.keys else 0.0

    @property
    def rules(self) -> dict[str, int]:
        """The broken rules, each with the number of rows that break it."""
        return {rule.rule: rule.count for table in self.tables for rule in table.broken}

    def refuse_above(self, most: float) -> None:
        """Raise if too large a share of the keys is in quarantine.

        Raises
        ------
        QuarantineError
            When the share is larger than `most`, or no key is left.
        """
        if self.share > most or 0 < self.keys == self.count:
            summary = (
                f"{self._counted()} break a rule, and at most {_percent(most)} may go to quarantine: "
                "correct the source, or raise max_quarantine_share"
            )
            raise QuarantineError(summary, *(table.error() for table in self.tables if table.broken))

    def message(self) -> str:
        """Return the quarantine and the warnings as a message for people; an empty text if there is neither."""
        parts = [f"{self._counted()} are in quarantine"] if self.count else []
        for table in self.tables:
            parts += [str(table.error())] if table.broken else []
            parts += [table.warning()] if table.warnings else []
        return "\n".join(parts)

    def summary(self) -> dict[str, Any]:
        """Return the counts by table and by rule, ready for JSON."""
        return {
            "keys": self.keys,
            "quarantined": self.count,
            "share": self.share,
            "tables": {
                table.table: {
                    "rows": table.rows,
                    "quarantined": len(table.frame),
                    "broken_rules": {rule.rule: rule.count for rule in table.broken},
                    "warnings": {rule.rule: rule.count for rule in table.warnings},
                }
                for table in self.tables
            },
        }

    def facts(self) -> dict[str, Any]:
        """Return the number of keys in quarantine, and the broken rules and warnings as ``rule:rows``, with commas."""
        warnings = {rule.rule: rule.count for table in self.tables for rule in table.warnings}
        named = {"quarantined_for": self.rules, "warned_of": warnings}
        return {"quarantined": self.count} | {
            what: ",".join(f"{rule}:{count}" for rule, count in rules.items()) for what, rules in named.items() if rules
        }

    def only(self, chosen: Callable[[Any], Rows]) -> "Quarantine":
        """Return some of the rows in quarantine; counts and broken rules stay those of the whole.

        Parameters
        ----------
        chosen
            Takes the keys of some rows, and returns a mask of those that are kept. Keys are an array where the key is
            one column, else a table of the key columns. Without a key it takes the rows themselves, as text.
        """
        tables = (replace(table, frame=table.frame[chosen(self._identity(table.frame))]) for table in self.tables)
        return replace(self, tables=tuple(tables))

    def _identity(self, frame: pd.DataFrame) -> Any:  # noqa: ANN401 - an array or a table
        """Return what tells rows apart: their key, or else all that they hold."""
        if not self.key:
            return frame.drop(columns=COLUMN)
        return frame.index.to_numpy() if len(self.key) == 1 else frame.index.to_frame(index=False)

    def _counted(self) -> str:
        what = f"values of {', '.join(self.key)}" if self.key else "rows"
        return f"{self.count:,} of {self.keys:,} {what} ({_percent(self.share)})"


def reasons(broken: Iterable[tuple[str, Rows]], places: npt.NDArray[np.intp]) -> list[str]:
    """Return the texts of the column `broken_rules` for some rows of a table.

    Parameters
    ----------
    broken
        Ids of rules, in the order of the contract, each with a mask of the rows that break it.
    places
        The numbers of the rows, counted from 0.

    Examples
    --------
    >>> reasons([("a", np.array([True, False])), ("b", np.array([True, True]))], np.array([0, 1]))
    ['a;b', 'b']
    """
    masks = [(rule, rows[places]) for rule, rows in broken]
    return [BETWEEN.join(rule for rule, rows in masks if rows[row]) for row in range(len(places))]


def as_csv(frame: pd.DataFrame) -> bytes:
    r"""Return rows in quarantine as the content of a CSV file, without their index.

    Examples
    --------
    >>> as_csv(pd.DataFrame({"house_id": ["7"], "broken_rules": ["rooms_range"]}))
    b'house_id,broken_rules\n7,rooms_range\n'
    """
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
