"""Ask preflight and the baselines about every case, and count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts import preflight
from tests.detection_rate import baselines, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

PREFLIGHT, TOGETHER = "preflight", "all four together"
COLUMNS = (PREFLIGHT, *baselines.BASELINES, TOGETHER)
OF_THE_SDK = {baselines.DEFINITION, baselines.GRAPH, baselines.TYPES, TOGETHER}
TOTAL, FALSE_ALARMS = "all", "false alarms"


@dataclass(frozen=True)
class Answers:
    """The answers about one case: by column the reason why it is refused, or None.

    Attributes
    ----------
    case
        The case.
    mistake, neighbour
        The answers about the definition with the mistake, and about its valid neighbour.
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
        A folder of the catalogue; or `TOTAL`; or `FALSE_ALARMS`, which counts valid definitions that are refused.
    of
        Number of definitions.
    unwritable
        Number of those that cannot be written with the SDK's objects. They count as found by the SDK.
    not_replayed
        Number of those with a step of a type that the replay does not support. The SDK is not asked about them.
    found
        Number of refused definitions by column.
    """

    group: str
    of: int
    unwritable: int
    not_replayed: int
    found: dict[str, int]

    def asked(self, column: str) -> int:
        """Return the number of definitions that a column was asked about."""
        return self.of - (self.not_replayed if column in OF_THE_SDK else 0)


def answers(progress: Callable[[str], None] = lambda _: None) -> list[Answers]:
    """Return the answers about every case of the catalogue; `progress` is called with what comes next."""
    progress("importing SDK v3 and moto")
    given = []
    with baselines.session() as ask:
        cases = catalogue.cases()
        for number, case in enumerate(cases, start=1):
            progress(f"{number}/{len(cases)} {case}")
            given.append(about(case, ask))
    return given


def about(case: catalogue.Case, ask: Callable[[Mapping[str, Any]], dict[str, str | None]]) -> Answers:
    """Return the answers about one case; `ask` is what `baselines.session` yields."""
    both = []
    for definition in (case.mistake, case.neighbour):
        found = (finding.message for finding in preflight.check(definition) if finding.rule == case.rule)
        others = ask(definition)
        together = next(filter(None, others.values()), None)
        both.append({PREFLIGHT: next(found, None), **others, TOGETHER: together})
    return Answers(case, *both)


def rates(given: Collection[Answers]) -> list[Row]:
    """Count the mistakes found: a row for each group, one for all, and one for the false alarms.

    Examples
    --------
    >>> with baselines.session() as ask:
    ...     first = [about(case, ask) for case in catalogue.cases()[:3]]
    >>> [(row.group, row.of, row.found[PREFLIGHT]) for row in rates(first)]
    [('frame', 3, 3), ('all', 3, 3), ('false alarms', 3, 0)]
    """
    groups: dict[str, list[dict[str, str | None]]] = {}
    for one in given:
        groups.setdefault(one.case.group, []).append(one.mistake)
    return [
        *(_row(group, answered) for group, answered in groups.items()),
        _row(TOTAL, [one.mistake for one in given]),
        # A valid definition that cannot be written with the SDK's objects is not a refusal: no user writes it.
        _row(FALSE_ALARMS, [one.neighbour for one in given if not unwritable(one.neighbour)]),
    ]


def _row(group: str, answered: list[dict[str, str | None]]) -> Row:
    found = {
        column: sum(one[column] is not None and not _not_replayed(one[column]) for one in answered)
        for column in COLUMNS
    }
    return Row(
        group=group,
        of=len(answered),
        unwritable=sum(map(unwritable, answered)),
        not_replayed=sum(_not_replayed(one[baselines.DEFINITION]) for one in answered),
        found=found,
    )


def _not_replayed(answer: str | None) -> bool:
    return (answer or "").startswith(baselines.NOT_REPLAYED)


def unwritable(reasons: dict[str, str | None]) -> bool:
    """Return whether a definition cannot be written with the SDK's objects."""
    return (reasons[baselines.DEFINITION] or "").startswith(baselines.UNWRITABLE)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table of found/asked.

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
