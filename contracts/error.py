"""The one error of a table that does not keep its contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# A message is read on one screen: what is longer is cut, and says so.
MOST_RULES = 20


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
        Up to five of these rows: the key and the values that the rule looks at.
    remedy
        What to do about it.
    """

    rule: str
    column: str | None
    sentence: str
    count: int
    examples: tuple[Mapping[str, Any], ...]
    remedy: str


class ContractError(ValueError):
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
        How many rows the table has, or None where it could not be read.
    source
        Where the table came from, when it came from a file.

    Examples
    --------
    >>> rule = BrokenRule(
    ...     rule="incident_month_range", column="incident_month", sentence="incident_month lies between 1 and 12",
    ...     count=1, examples=({"policy_id": 7, "incident_month": 13},), remedy="Correct this value in the source.",
    ... )
    >>> print(ContractError(table="claims", version="1.0.0", broken=(rule,), rows=10))
    claims breaks 1 rule of its contract (claims 1.0.0):
      incident_month_range: expected that incident_month lies between 1 and 12
        got 1 of 10 rows that do not: policy_id=7 incident_month=13
        to do: Correct this value in the source.
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
        """Keep the parts and write the message."""
        self.table = table
        self.version = version
        self.broken = broken
        self.rows = rows
        self.source = source
        super().__init__(self._message())

    def _message(self) -> str:
        number = f"{len(self.broken)} rule{'s' if len(self.broken) > 1 else ''}"
        origin = f" ({self.source})" if self.source else ""
        lines = [f"{self.table}{origin} breaks {number} of its contract ({self.table} {self.version}):"]
        for broken in self.broken[:MOST_RULES]:
            lines.append(f"  {broken.rule}: expected that {broken.sentence}")
            examples = "; ".join(" ".join(f"{name}={value}" for name, value in row.items()) for row in broken.examples)
            if broken.count:
                lines.append(f"    got {broken.count:,} of {self.rows or 0:,} rows that do not: {examples}")
            elif examples:
                lines.append(f"    got {examples}")
            lines.append(f"    to do: {broken.remedy}")
        if len(self.broken) > MOST_RULES:
            lines.append(f"  and {len(self.broken) - MOST_RULES} more rules")
        return "\n".join(lines)
