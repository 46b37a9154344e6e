"""What is set apart of the tables that a step reads: the rows that break a rule, untouched, and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts.error import BrokenRule, CombinedContractError, ContractError, format_message
from step_scripts.contracts.values import Rows

COLUMN = "broken_rules"
BETWEEN = ";"


class QuarantineError(CombinedContractError):
    """More is broken than may be set apart: says how much, and then of each table what `ContractError` says.

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
class SetApart:
    """What is set apart of one table.

    Attributes
    ----------
    table, version, source
        The contract's name and version, and where the table was read.
    rows
        How many rows it had.
    frame
        The rows that break a hard rule, indexed by their key: each cell the text that came, in the columns of the
        source, and at the end `broken_rules`, the ids of the rules with `;` between them.
    broken
        The rules that these rows break.
    warnings
        The rules that only warn, over all rows.
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
        """Return the warnings as people read them."""
        return format_message(
            self.warnings, table=self.table, version=self.version, rows=self.rows, source=self.source, warnings=True
        )


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """What is set apart of tables that are joined by a key.

    Attributes
    ----------
    tables
        Each table's part; none where nothing was read.
    key
        The column that joins them.
    keys, count
        How many different keys they have, and of how many of these a row is set apart.

    Examples
    --------
    >>> Quarantine().count, Quarantine().share
    (0, 0.0)
    """

    tables: tuple[SetApart, ...] = ()
    key: str = ""
    keys: int = 0
    count: int = 0

    @property
    def share(self) -> float:
        """The share of the keys of which a row is set apart."""
        return self.count / self.keys if self.keys else 0.0

    @property
    def rules(self) -> dict[str, int]:
        """The rules that are broken, and by how many rows."""
        return {rule.rule: rule.count for table in self.tables for rule in table.broken}

    def refuse_above(self, most: float) -> None:
        """Refuse tables of which more is broken than may be set apart.

        Raises
        ------
        QuarantineError
            When the share is larger than `most`, or nothing is left.
        """
        if self.share > most or 0 < self.keys == self.count:
            summary = (
                f"{self._counted()} break a rule, and at most {_percent(most)} may go to quarantine: "
                "correct the source, or raise max_quarantine_share"
            )
            raise QuarantineError(summary, *(table.error() for table in self.tables if table.broken))

    def message(self) -> str:
        """Return what is set apart, and what was warned of, as people read it; nothing where there is neither."""
        told = [f"{self._counted()} are in quarantine"] if self.count else []
        for table in self.tables:
            told += [str(table.error())] if table.broken else []
            told += [table.warning()] if table.warnings else []
        return "\n".join(told)

    def summary(self) -> dict[str, Any]:
        """Return how much is set apart and why, ready for JSON."""
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
        """Return how many keys are set apart, and which rules are broken or warn, as ``rule:rows`` joined by commas."""
        warnings = {rule.rule: rule.count for table in self.tables for rule in table.warnings}
        named = {"quarantined_for": self.rules, "warned_of": warnings}
        return {"quarantined": self.count} | {
            what: ",".join(f"{rule}:{count}" for rule, count in rules.items()) for what, rules in named.items() if rules
        }

    def only(self, chosen: Callable[[npt.NDArray[np.int64]], Rows]) -> "Quarantine":
        """Return the rows of the chosen keys; what is said of the whole stays as it is."""
        tables = (replace(table, frame=table.frame[chosen(table.frame.index.to_numpy())]) for table in self.tables)
        return replace(self, tables=tuple(tables))

    def _counted(self) -> str:
        return f"{self.count:,} of {self.keys:,} values of {self.key} ({_percent(self.share)})"


def reasons(broken: Iterable[tuple[str, Rows]], places: npt.NDArray[np.intp]) -> list[str]:
    """Return what goes into `broken_rules` for some rows of a table.

    Parameters
    ----------
    broken
        Rules by id, in the order of the contract, and the rows that break them.
    places
        The numbers of the rows.

    Examples
    --------
    >>> reasons([("a", np.array([True, False])), ("b", np.array([True, True]))], np.array([0, 1]))
    ['a;b', 'b']
    """
    masks = [(rule, rows[places]) for rule, rows in broken]
    return [BETWEEN.join(rule for rule, rows in masks if rows[row]) for row in range(len(places))]


def as_csv(frame: pd.DataFrame) -> bytes:
    """Return rows that were set apart as a CSV file, without their index."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
