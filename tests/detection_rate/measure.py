"""Ask everybody about every case, and count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts import preflight
from tests.detection_rate import catalogue, rivals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PREFLIGHT, TOGETHER = "preflight", "all four together"
COLUMNS = (PREFLIGHT, *rivals.RIVALS, TOGETHER)
OF_THE_SDK = {rivals.DEFINITION, rivals.GRAPH, rivals.TYPES, TOGETHER}
TOTAL, FALSE_ALARMS = "all", "false alarms"


@dataclass(frozen=True)
class Answers:
    """What everybody says of one case: by column why it is refused, or None.

    Attributes
    ----------
    case
        What they were asked about.
    mistake, neighbour
        The answers about the wrong definition, and about the right one beside it.
    """

    case: catalogue.Case
    mistake: dict[str, str | None]
    neighbour: dict[str, str | None]


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    group
        A folder of the catalogue; or `TOTAL`; or `FALSE_ALARMS`, where what is refused is right.
    of
        How many definitions.
    unwritable
        How many of them no object of the SDK says. They count as found by it.
    not_replayed
        How many of them have a step of a type that the replay does not know. The SDK is not asked about them.
    found
        How many are refused, by column.
    """

    group: str
    of: int
    unwritable: int
    not_replayed: int
    found: dict[str, int]

    def asked(self, column: str) -> int:
        """Return about how many definitions a column was asked."""
        return self.of - (self.not_replayed if column in OF_THE_SDK else 0)


def answers(progress: Callable[[str], None] = lambda _: None) -> list[Answers]:
    """Ask everybody about every case of the catalogue; `progress` is told what comes next."""
    progress("importing SDK v3 and moto")
    given = []
    with rivals.asked() as ask:
        cases = catalogue.cases()
        for number, case in enumerate(cases, start=1):
            progress(f"{number}/{len(cases)} {case}")
            given.append(about(case, ask))
    return given


def about(case: catalogue.Case, ask: Callable[[Mapping[str, Any]], dict[str, str | None]]) -> Answers:
    """Ask preflight, and through what `rivals.asked` lends the others, about one case."""
    said = []
    for definition in (case.mistake, case.neighbour):
        found = (finding.message for finding in preflight.check(definition) if finding.rule == case.rule)
        others = ask(definition)
        together = next(filter(None, others.values()), None)
        said.append({PREFLIGHT: next(found, None), **others, TOGETHER: together})
    return Answers(case, *said)


def rates(given: Iterable[Answers] | None = None) -> list[Row]:
    """Count what was found: a row for each group, one for all, and one for the false alarms.

    Examples
    --------
    >>> total = next(row for row in rates() if row.group == TOTAL)
    >>> total.found[PREFLIGHT] == total.of
    True
    """
    given = answers() if given is None else list(given)
    groups: dict[str, list[dict[str, str | None]]] = {}
    for one in given:
        groups.setdefault(one.case.group, []).append(one.mistake)
    return [
        *(_row(group, said) for group, said in groups.items()),
        _row(TOTAL, [one.mistake for one in given]),
        # What is right, and which no object says, is not refused: nobody will ask for it.
        _row(FALSE_ALARMS, [one.neighbour for one in given if not unwritable(one.neighbour)]),
    ]


def _row(group: str, said: list[dict[str, str | None]]) -> Row:
    found = {
        column: sum(one[column] is not None and not _not_replayed(one[column]) for one in said) for column in COLUMNS
    }
    return Row(
        group, len(said), sum(map(unwritable, said)), sum(_not_replayed(one[rivals.DEFINITION]) for one in said), found
    )


def _not_replayed(answer: str | None) -> bool:
    return (answer or "").startswith(rivals.NOT_REPLAYED)


def unwritable(said: dict[str, str | None]) -> bool:
    """Tell from what is said of a definition whether no object of the SDK says it."""
    return (said[rivals.DEFINITION] or "").startswith(rivals.UNWRITABLE)


def table(rows: Iterable[Row]) -> str:
    """Write the rows as a Markdown table: found/of.

    Examples
    --------
    >>> print(table([Row("frame", 9, 4, 1, dict.fromkeys(COLUMNS, 7))]).splitlines()[-1])
    | frame | 9 | 4 | 1 | 7/9 | 7/8 | 7/8 | 7/8 | 7/9 | 7/8 |
    """
    heads = ["group", "mistakes", "cannot be written", "not replayed"]
    lines = [[*heads, *COLUMNS], ["---", *["---:"] * (3 + len(COLUMNS))]]
    for row in rows:
        counts = [str(count) for count in (row.of, row.unwritable, row.not_replayed)]
        shown = [""] * len(counts) if row.group == FALSE_ALARMS else counts
        lines.append([row.group, *shown, *(f"{row.found[column]}/{row.asked(column)}" for column in COLUMNS)])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
