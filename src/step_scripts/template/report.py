"""What was guessed, for the terminal: a line for each column."""

from collections.abc import Iterator

from step_scripts._text import table
from step_scripts.contracts.error import listing
from step_scripts.template.guess import ColumnGuess, TableGuess

_MAX_SHOWN = 4  # categories of a line


def report(guess: TableGuess) -> list[str]:
    r"""Return a line for each column: its name, its kind, its values, and what to review.

    Examples
    --------
    >>> from pathlib import Path
    >>> kind = ColumnGuess(name="kind", kind="category", categories=("flat", "house"))
    >>> area = ColumnGuess(name="area", kind="number", minimum=0, maximum=400, required=False)
    >>> print(*report(TableGuess(path=Path("houses.csv"), name="houses", rows=60, columns=(kind, area))), sep="\n")
    houses: 60 rows of houses.csv, no key
      column  kind      values
      kind    category  flat, house
      area    number    0 to 400, may be missing
    """
    keys = f"key {listing(list(guess.keys))}" if guess.keys else "no key"
    task = f", {guess.task} of {guess.label}" if guess.label is not None else ""
    lines = [f"{guess.name}: {guess.rows:,} rows of {guess.path.name}, {keys}{task}"]
    lines += [f"  note: {note.text}" for note in guess.notes if note.review]
    rows = [(_visible(column.name), column.kind, _domain(column), _review(column)) for column in guess.columns]
    return [*lines, *table(("column", "kind", "values", "review"), rows)]


def _domain(column: ColumnGuess) -> str:
    return ", ".join(_parts(column))


def _parts(column: ColumnGuess) -> Iterator[str]:
    if column.categories:
        yield listing([_visible(each) for each in column.categories], most=_MAX_SHOWN)
    if column.minimum is not None and column.maximum is not None:
        yield f"{column.minimum} to {column.maximum}"
    elif column.minimum is not None:
        yield f"from {column.minimum}"
    if column.kind == "boolean":
        true, false = column.true_values or ("true",), column.false_values or ("false",)
        yield f"{'/'.join(true)} or {'/'.join(false)}"
    if column.format:
        yield column.format
    if column.pattern is not None:
        yield column.pattern
    elif column.max_length is not None:
        yield f"up to {column.max_length:,} characters"
    if column.missing_values:
        yield f"{listing(list(column.missing_values))} or empty: missing"
    elif not column.required:
        yield "may be missing"


def _review(column: ColumnGuess) -> str:
    return _visible("; ".join(note.text for note in column.notes if note.review))


def _visible(text: str) -> str:
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
