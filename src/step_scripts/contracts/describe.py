"""Contracts as text for a terminal, and as a Markdown page."""

import itertools
import textwrap
from collections.abc import Iterator, Sequence

from step_scripts.contracts.contract import Column, Contract, Rule
from step_scripts.contracts.date_format import ISO_DATE, iso_text
from step_scripts.contracts.misfits import KINDS

WIDTH = 118
_BAR = "\\|"  # a bar within a cell of Markdown
# What a violation of a rule means.
EFFECTS = {
    ("error", "row"): "invalid row",
    ("error", "table"): "invalid table",
    ("warning", "row"): "warns",
    ("warning", "table"): "warns",
}
INTRODUCTION = """\
# Contracts

What the tables between the steps look like. `step-scripts contracts docs` writes this page from the
[Open Data Contract Standard](https://bitol-io.github.io/open-data-contract-standard/) files in the project's folder of
contracts. The reader, the checker and the tests use the same files.

**Three kinds of rules.** An *error* is always wrong: no step uses such a row. A *warning* is true of the known data,
and a correct row may break it: it is counted and reported. A *trait* is true of the known data and is not checked.

**Two levels.** A rule on the *row* judges each row alone. A step that reads with `read_valid_rows` puts an invalid row
into its quarantine, unchanged and with the rules that it breaks. The row of another table that is joined with it goes
there, too. The step goes on while the share of such rows is allowed. A step that reads with `read_checked` stops. A
rule on the *table* (its file, its columns, their types, its key) does not say which rows are wrong: every step stops.

**Keys.** A table has a key of one column, of several, or none; no two rows have the same key. Tables with the same key
are joined by it. Without a key, rows may be repeated. A message then names a row by its number, and by its file where
there are several. Row 1 is the first one below the header, and blank lines do not count.

**Columns.** What a column holds follows from its `logicalType`. A column that is not required may be empty.

| logicalType | holds | members of `logicalTypeOptions` | dtype in pandas |
| --- | --- | --- | --- |
| `integer` | whole numbers | `minimum`, `maximum` | int64, or Int64 if not required |
| `number` | numbers | `minimum`, `maximum` | float64 |
| `boolean` | true or false | | bool, or boolean if not required |
| `string` with `validValues` | categories | | category |
| `string` | free text | `pattern`, `minLength`, `maxLength` | str |
| `date` | dates | `format` such as `dd.MM.yyyy`, `minimum`, `maximum` | datetime64[us] |
| `timestamp` | timestamps | `format`, `timezone`, `minimum`, `maximum` | datetime64[us], or datetime64[us, UTC] |

`customProperties` hold what the standard has no member for: `trueValues` and `falseValues` of a boolean, and
`missingValues`, the words of a file that mean an empty cell. Dates without a `format` are in ISO 8601, and so are those
of a JSON record, which may have the `format` as well. A cell of a CSV file may hold no line break, quoted or not, as a
missing quote would else take the rows that follow into one cell.

**Check a file** without a pipeline: `step-scripts contracts check FILE` reports what is wrong with it, `--quarantine
DIR` writes the invalid rows, and `step-scripts contracts diff OLD.yaml NEW.yaml` reports what a change of a contract
breaks.
"""


def as_text(contract: Contract) -> str:
    """Return a contract for a terminal.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> print(as_text(houses()).splitlines()[0])
    houses 1.0.0: Houses that were offered for sale.
    """
    lines = textwrap.wrap(f"{contract.name} {contract.version}: {contract.purpose}", WIDTH)
    lines += textwrap.wrap(contract.limitations, WIDTH, initial_indent="  ", subsequent_indent="  ")
    rows = list(_columns(contract))
    widths = [max(len(row[place]) for row in rows) for place in range(2)]
    lines += [
        "",
        "Columns (a row with an empty cell, or with a value outside of a domain, is invalid)",
    ]
    for name, kind, domain, meaning in rows:
        start = f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  "
        text = f"{domain}.{' ' if meaning else ''}{meaning}"
        lines += textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
    if len(contract.keys) > 1:
        lines += ["", f"Key: {', '.join(contract.keys)}, never repeated together"]
    elif not contract.keys:
        lines += ["", "No key: rows may be repeated"]
    lines += ["", "Rules"]
    for rule, effect, sentence, reason in _rules(contract):
        lines += [f"  {rule} ({effect})", *_wrapped(f"{sentence}."), *(_wrapped(f"Why: {reason}") if reason else [])]
    if contract.traits:
        lines += ["", "Traits: true of the known data, not checked"]
        for trait in contract.traits:
            lines += [f"  {trait.id}", *_wrapped(f"{trait.sentence}."), *_wrapped(f"Why not: {trait.reason}")]
    return "\n".join(lines)


def as_markdown(contracts: Sequence[Contract]) -> str:
    """Return contracts as a Markdown page.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> print(as_markdown([houses()]).splitlines()[0])
    # Contracts
    """
    return INTRODUCTION + "".join(_section(contract) for contract in contracts)


def _section(contract: Contract) -> str:
    text = f"\n## {contract.name}\n\nVersion {contract.version}, {len(contract.columns)} columns, {_key(contract)}.\n"
    text += f"{contract.purpose} {contract.limitations}\n"
    text += _table(
        ("column", "type", "domain", "meaning"), [(f"`{name}`", *rest) for name, *rest in _columns(contract)]
    )
    rules = [(f"`{rule}`", effect, sentence, reason) for rule, effect, sentence, reason in _rules(contract)]
    text += _table(("rule", "if broken", "what is expected", "why"), rules)
    if contract.traits:
        traits = [(f"`{trait.id}`", trait.sentence, trait.reason) for trait in contract.traits]
        text += _table(("trait", "true of the known data", "why it is not checked"), traits)
    return text


def _key(contract: Contract) -> str:
    return f"key {', '.join(f'`{key}`' for key in contract.keys)}" if contract.keys else "no key"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (header, ["---"] * len(header), *rows)
    return "\n" + "".join(f"| {' | '.join(cell.replace('|', _BAR) for cell in line)} |\n" for line in lines)


def _columns(contract: Contract) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, domain and meaning; one-hot columns of one source together."""
    for group, columns in itertools.groupby(contract.columns.values(), key=_source):
        several = list(columns)
        if group and len(several) > 1:
            named = ", ".join(column.name.removeprefix(f"{group}_") for column in several)
            yield f"{group}_*", "bool", f"one column each for {named}", ""
            continue
        for column in several:
            yield column.name, KINDS[column.kind], _domain(column), column.description


def _source(column: Column) -> str:
    """Return the source of a one-hot column: its name up to the last `_`, behind which the category stands."""
    return column.name.rpartition("_")[0] if column.dtype == "bool" else ""


def _domain(column: Column) -> str:
    once = "each once" if column.unique else ""
    empty = "" if column.required else "or empty"
    missing = f"{' and '.join(column.missing_values)} for missing" if column.missing_values else ""
    return ", ".join(part for part in (_values(column) or "any", once, empty, missing) if part)


def _values(column: Column) -> str:
    """Return which values a column may hold, and how a file writes them; an empty text for any."""
    if column.kind == "category":
        return " · ".join(column.categories)
    if column.kind == "text":
        pattern = f"matches `{column.pattern}`" if column.pattern else ""
        length = _between(column.min_length, column.max_length)
        return ", ".join(part for part in (pattern, f"{length} characters" if length else "") if part)
    if column.kind in {"date", "timestamp"}:
        low, high = (None if bound is None else iso_text(bound) for bound in (column.earliest, column.latest))
        written = f"as {column.format}" if column.format not in {"", ISO_DATE} else ""
        offset = "with an offset" if column.zone else ""
        return ", ".join(part for part in (_between(low, high), written, offset) if part)
    if column.true_values:
        return f"{' or '.join(column.true_values)} for true, {' or '.join(column.false_values)} for false"
    return _between(column.minimum, column.maximum)


def _between(low: float | str | None, high: float | str | None) -> str:
    least, most = (bound if bound is None or isinstance(bound, str) else f"{bound:,}" for bound in (low, high))
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"from {least}" if least is not None else f"up to {most}" if most is not None else ""


def _rules(contract: Contract) -> Iterator[tuple[str, str, str, str]]:
    """Yield id, effect, sentence and reason of each written rule; derived rules stand beside the columns."""
    for rule in contract.written:
        yield rule.id, _effect(rule), rule.sentence, rule.reason
    for relationship in contract.relationships:
        reason = f"They are joined by {', '.join(relationship.columns)}."
        yield relationship.id, EFFECTS["error", "row"], relationship.sentence, reason


def _effect(rule: Rule) -> str:
    return EFFECTS[rule.severity, rule.level]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
