"""What a change of a contract means for the users of the table.

*Breaking*: a table that is valid under the old contract may be invalid under the new one, or a model that was trained
under the old one cannot read a table that is valid under the new one. *Compatible*: neither. *Wording*: only sentences
changed.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from step_scripts.contracts.contract import Column, Contract, Rule, version_numbers
from step_scripts.contracts.date_format import iso_text

Kind = Literal["breaking", "compatible", "wording"]
KINDS: tuple[Kind, ...] = ("breaking", "compatible", "wording")
Named = TypeVar("Named")
Bound: TypeAlias = float | datetime


class Change(NamedTuple):
    """One change: its kind, what changed (a column, a rule, the contract), and a sentence."""

    kind: Kind
    what: str
    sentence: str


def changes(old: Contract, new: Contract) -> list[Change]:
    """List the changes from one contract to another, column by column, then the rules.

    Examples
    --------
    >>> from step_scripts.contracts.catalog import parse, read_yaml
    >>> from step_scripts.contracts.example import DOCUMENT, houses
    >>> changes(houses(), parse(read_yaml(DOCUMENT.replace("minimum: 5", "minimum: 9"))))
    [Change(kind='breaking', what='area', sentence='the smallest value is 9, not 5: narrower')]
    """
    return [*_of_columns(old, new), *_of_rules(old, new), *_of_the_rest(old, new)]


def verdict(old: Contract, new: Contract, found: list[Change]) -> str:
    """Return which version the changes need; an empty text if the new version is high enough.

    Breaking changes need a higher first number, compatible ones a higher second, wording a higher third.
    """
    count = {kind: sum(change.kind == kind for change in found) for kind in KINDS}
    before, after = version_numbers(old.version), version_numbers(new.version)
    wanted = before
    if count["breaking"]:
        wanted = (before[0] + 1, 0, 0)
    elif count["compatible"]:
        wanted = (before[0], before[1] + 1, 0)
    elif count["wording"]:
        wanted = (*before[:2], before[2] + 1)
    if after >= wanted:
        return ""
    worst = next(kind for kind in KINDS if count[kind])
    least, plural = ".".join(map(str, wanted)), "" if count[worst] == 1 else "s"
    return f"{old.version} → {new.version}: expected {least} or later, because of {count[worst]} {worst} change{plural}"


def _of_columns(old: Contract, new: Contract) -> Iterator[Change]:
    dropped, added = _only_in(old.columns, new.columns), _only_in(new.columns, old.columns)
    for name in dropped:
        yield Change("breaking", name, "the column is dropped: its readers fail")
    for name in added:
        yield Change("breaking", name, "the column is added: a table without it is invalid")
    for name, before in old.columns.items():
        if name in new.columns:
            yield from _of_column(before, new.columns[name])
    if not dropped and not added and list(old.columns) != list(new.columns):
        yield Change("compatible", "columns", "their order changed: columns are read by name")
    if old.keys != new.keys:
        kind: Kind = "breaking" if set(old.keys) != set(new.keys) else "compatible"
        yield Change(kind, "key", f"the key is {_named(new.keys)}, not {_named(old.keys)}")


def _named(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) or "no column"


def _of_column(old: Column, new: Column) -> Iterator[Change]:
    if (old.kind, old.zone) != (new.kind, new.zone):
        yield Change("breaking", old.name, f"it holds {new.dtype}, not {old.dtype}")
    else:
        yield from _of_text(old, new)
    for category in [one for one in old.categories if one not in new.categories]:
        yield Change("breaking", old.name, f"the category {category!r} is dropped: a row with it is invalid")
    for category in [one for one in new.categories if one not in old.categories]:
        yield Change("breaking", old.name, f"the category {category!r} is added: a model has no feature for it")
    if old.categories != new.categories and sorted(old.categories) == sorted(new.categories):
        yield Change("compatible", old.name, "the order of its categories changed")
    yield from _of_bound(old.name, "smallest value", old.minimum, new.minimum, is_lower=True)
    yield from _of_bound(old.name, "largest value", old.maximum, new.maximum)
    if old.zone == new.zone:
        yield from _of_bound(old.name, "earliest value", old.earliest, new.earliest, is_lower=True)
        yield from _of_bound(old.name, "latest value", old.latest, new.latest)
    yield from _of_bound(old.name, "shortest length", old.min_length, new.min_length, is_lower=True)
    yield from _of_bound(old.name, "longest length", old.max_length, new.max_length)
    if old.required != new.required:
        after = "a row without it is invalid" if new.required else "its readers must accept rows without it"
        yield Change("breaking", old.name, f"it is {'' if new.required else 'no longer '}required: {after}")
    if old.unique != new.unique:
        after = "a repeated value is invalid" if new.unique else "a join by it may repeat rows"
        yield Change("breaking", old.name, f"it is {'' if new.unique else 'no longer '}unique: {after}")
    if old.description != new.description:
        yield Change("wording", old.name, "its description changed")


def _of_text(old: Column, new: Column) -> Iterator[Change]:
    """Compare how two columns of one kind are written."""
    if old.pattern != new.pattern:
        if new.pattern is None:
            yield Change("compatible", old.name, "its pattern is dropped: each text stays valid")
        else:
            yield Change("breaking", old.name, f"its pattern is {new.pattern}, not {old.pattern or 'any'}")
    if old.format != new.format:
        names = [column.format or "ISO 8601" for column in (new, old)]
        yield Change(
            "breaking", old.name, f"its format is {names[0]}, not {names[1]}: a file in the old one is invalid"
        )
    if old.kind == "boolean":
        for word in _only_in(old.flags, new.flags):
            yield Change("breaking", old.name, f"the word {word!r} is dropped: a file with it is invalid")
        for word in _only_in(new.flags, old.flags):
            yield Change("compatible", old.name, f"the word {word!r} is added")
        for word in [each for each in old.flags if new.flags.get(each, old.flags[each]) != old.flags[each]]:
            yield Change("breaking", old.name, f"the word {word!r} means {str(new.flags[word]).lower()} now")
    for word in [each for each in old.missing_values if each not in new.missing_values]:
        yield Change("breaking", old.name, f"{word!r} no longer means a missing value")
    for word in [each for each in new.missing_values if each not in old.missing_values]:
        # It was invalid in any other column, and could be a value of these.
        kind: Kind = "breaking" if old.kind == "text" or word in old.categories or word in old.flags else "compatible"
        yield Change(kind, old.name, f"{word!r} means a missing value now")


def _of_bound(
    name: str, which: str, old: Bound | None, new: Bound | None, *, is_lower: bool = False
) -> Iterator[Change]:
    """Compare two bounds of one kind; None means unbounded."""
    if old == new:
        return
    narrower = new is not None and (old is None or _is_above(new, old) == is_lower)
    shown = ["unbounded" if bound is None else _shown(bound) for bound in (new, old)]
    words = "narrower" if narrower else "wider"
    yield Change("breaking" if narrower else "compatible", name, f"the {which} is {shown[0]}, not {shown[1]}: {words}")


def _is_above(one: Bound, other: Bound) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one > other
    return not isinstance(one, datetime) and not isinstance(other, datetime) and one > other


def _shown(bound: Bound) -> str:
    return iso_text(bound) if isinstance(bound, datetime) else f"{bound:,}"


def _of_rules(old: Contract, new: Contract) -> Iterator[Change]:
    # The other rules follow from the columns, whose changes are in the list.
    before, after = ({rule.id: rule for rule in contract.written} for contract in (old, new))
    for name in _only_in(before, after):
        yield Change("compatible", name, "the rule is dropped: each table stays valid")
    for name in _only_in(after, before):
        if after[name].severity == "error":
            yield Change("breaking", name, f"the rule is added: {after[name].sentence}")
        else:
            yield Change("compatible", name, f"the warning is added: {after[name].sentence}")
    for name in before:
        if name in after:
            yield from _of_rule(before[name], after[name])


def _of_rule(old: Rule, new: Rule) -> Iterator[Change]:
    if (old.expectation, dict(old.kwargs)) != (new.expectation, dict(new.kwargs)):
        kind: Kind = "breaking" if new.severity == "error" else "compatible"
        yield Change(kind, new.id, f"it expects something else: {new.sentence}")
    if old.severity != new.severity:
        if new.severity == "error":
            yield Change("breaking", new.id, "it was a warning, and is an error now")
        else:
            yield Change("compatible", new.id, "it was an error, and is a warning now")
    if (old.sentence, old.reason) != (new.sentence, new.reason):
        yield Change("wording", new.id, "its words changed")


def _of_the_rest(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = ({one.id: one for one in contract.relationships} for contract in (old, new))
    for name in _only_in(before, after):
        yield Change("compatible", name, "the relationship is dropped")
    for name in after:
        target = after[name].table
        if name not in before:
            yield Change("breaking", name, f"the relationship is added: {after[name].sentence}")
        elif target != before[name].table:
            yield Change("breaking", name, f"the relationship expects something else: {after[name].sentence}")
        elif before[name].sentence != after[name].sentence:
            yield Change("wording", name, "its words changed")
    if old.traits != new.traits:
        yield Change("wording", "traits", "the traits, which are not checked, changed")
    if (old.purpose, old.limitations) != (new.purpose, new.limitations):
        yield Change("wording", "contract", "its description changed")


def _only_in(one: Mapping[str, Named], other: Mapping[str, Named]) -> list[str]:
    return [name for name in one if name not in other]
