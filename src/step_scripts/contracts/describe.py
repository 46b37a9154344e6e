"""Contracts as people read them: on a terminal, and as docs/contracts.md."""

import itertools
import textwrap
from collections.abc import Iterator, Sequence

from step_scripts.contracts.contract import Contract
from step_scripts.contracts.rule import Column, Rule
from step_scripts.contracts.structure import KINDS

WIDTH = 118
# What happens where a rule is broken.
EFFECTS = {
    ("error", "row"): "bad row",
    ("error", "table"): "bad table",
    ("warning", "row"): "warns",
    ("warning", "table"): "warns",
}
INTRODUCTION = """\
# Contracts

What the tables between the steps look like. This page is written by `python -m contracts show --format markdown`, from
the [Open Data Contract Standard](https://bitol-io.github.io/open-data-contract-standard/) files in
[contracts/](../contracts), which are what the checker, the reader, the generator and the tests read.

**Three kinds of rules.** An *error* is wrong whatever the year or the insurer: no such row is learned from. A *warning*
was true of every row that we know, and an honest row may still be otherwise: it is counted and told. A *trait* is only
known of the data: the generator keeps it, and no check asks for it.

**Two levels.** A rule on the *row* judges each row alone. Preprocess sets a bad row apart in its quarantine, untouched
and with the rules that it breaks, together with the row of the other table that it is joined with, and goes on while
that is not more than `--max-quarantine-share` of the policies. The steps behind it refuse a table with a bad row, for
theirs come from preprocess, sealed. A rule on the *table* (its file, its columns, their types, its key) leaves nobody
to tell which rows are good: every step stops.

**Look at a file** without running anything: `python -m contracts check FILE` says what it breaks, `--quarantine DIR`
writes the bad rows, and `python -m contracts diff OLD.yaml NEW.yaml` says what a change of a contract breaks.
"""


def as_text(contract: Contract) -> str:
    """Return a contract for a terminal.

    Examples
    --------
    >>> from step_scripts.contracts import load
    >>> print(as_text(load("customers")).splitlines()[0])
    customers 2.0.0: Policy holders and their policies, one row a policy.
    """
    lines = textwrap.wrap(f"{contract.name} {contract.version}: {contract.purpose}", WIDTH)
    lines += textwrap.wrap(contract.limitations, WIDTH, initial_indent="  ", subsequent_indent="  ")
    rows = list(_columns(contract))
    widths = [max(len(row[place]) for row in rows) for place in range(2)]
    lines += ["", "Columns (an empty cell, or a value outside its domain, makes a bad row)"]
    for name, kind, domain, meaning in rows:
        start = f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  "
        told = f"{domain}.{' ' if meaning else ''}{meaning}"
        lines += textwrap.wrap(told, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
    lines += ["", "Rules"]
    for rule, effect, sentence, reason in _rules(contract):
        lines += [f"  {rule} ({effect})", *_wrapped(f"{sentence}."), *(_wrapped(f"Why: {reason}") if reason else [])]
    if contract.traits:
        lines += ["", "Known of the data, kept by the generator, never checked"]
        for trait in contract.traits:
            lines += [f"  {trait.id}", *_wrapped(f"{trait.sentence}."), *_wrapped(f"Why not: {trait.reason}")]
    return "\n".join(lines)


def as_markdown(contracts: Sequence[Contract]) -> str:
    """Return contracts as the page docs/contracts.md."""
    return INTRODUCTION + "".join(_section(contract) for contract in contracts)


def _section(contract: Contract) -> str:
    text = (
        f"\n## {contract.name}\n\nVersion {contract.version}, {len(contract.columns)} columns, key `{contract.key}`.\n"
    )
    text += f"{contract.purpose} {contract.limitations}\n"
    text += _table(
        ("column", "type", "domain", "meaning"), [(f"`{name}`", *rest) for name, *rest in _columns(contract)]
    )
    rules = [(f"`{rule}`", effect, sentence, reason) for rule, effect, sentence, reason in _rules(contract)]
    text += _table(("rule", "a break", "what is expected", "why"), rules)
    if contract.traits:
        traits = [(f"`{trait.id}`", trait.sentence, trait.reason) for trait in contract.traits]
        text += _table(("trait", "true of the data that we know", "why it is not checked"), traits)
    return text


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (header, ["---"] * len(header), *rows)
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _columns(contract: Contract) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, domain and meaning; one-hot columns of one source together."""
    for group, columns in itertools.groupby(contract.columns.values(), key=_source):
        several = list(columns)
        if group:
            named = ", ".join(column.name.removeprefix(f"{group}_") for column in several)
            yield f"{group}_*", "bool", f"one column each for {named}", ""
            continue
        for column in several:
            yield column.name, KINDS[column.dtype], _domain(column), column.description


def _source(column: Column) -> str:
    """Return what a one-hot column was made from: all before the category, which may hold any sign but `_`."""
    return column.name.rpartition("_")[0] if column.dtype == "bool" else ""


def _domain(column: Column) -> str:
    low, high = column.minimum, column.maximum
    if column.categories:
        domain = " · ".join(column.categories)
    elif low is not None and high is not None:
        domain = f"{low:,} to {high:,}"
    else:
        domain = "" if low is None and high is None else f"from {low:,}" if high is None else f"up to {high:,}"
    return ", ".join(part for part in (domain, "each once" if column.unique else "") if part) or "any"


def _rules(contract: Contract) -> Iterator[tuple[str, str, str, str]]:
    """Yield id, effect, sentence and reason of what is written out; the rest stands beside the columns."""
    for rule in contract.written:
        yield rule.id, _effect(rule), rule.sentence, rule.reason
    for relationship in contract.relationships:
        reason = f"They are joined by {relationship.column}."
        yield relationship.id, EFFECTS["error", "row"], relationship.sentence, reason


def _effect(rule: Rule) -> str:
    return EFFECTS[rule.severity, rule.level]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
