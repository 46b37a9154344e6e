"""The column to predict: whether it can be predicted, and how."""

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.contracts.diagnosis import short
from step_scripts.contracts.error import listing
from step_scripts.template.columns import Cells
from step_scripts.template.guess import ColumnGuess, Note, Task, TemplateError
from step_scripts.template.texts import NUMBER

MAX_CLASSES = 50
MIN_CLASS = 20  # rows of a class, of which some are for training and some for evaluation
_MAX_WHOLE_CLASSES = 10  # different whole numbers that are taken for classes
# Words that mean a missing label. Other words, such as `None`, may be a class.
_NO_LABEL = ["", "#n/a", "<na>", "?", "n/a", "na", "nan", "null"]
_POSITIVE = ("1", "1.0", "true", "yes", "y", "t", "on", "ja", "oui", "positive", "pos")


@dataclass(frozen=True, kw_only=True)
class Label:
    """The label's column, the task, the rows of each class, the class whose probability is predicted, and notes."""

    column: ColumnGuess
    task: Task
    classes: dict[str, int]
    positive: str | None
    notes: tuple[Note, ...]


def guess_label(column: ColumnGuess, cells: pa.ChunkedArray, *, task: Task | None) -> Label:
    """Guess how a column is predicted.

    Parameters
    ----------
    column
        What was guessed of it.
    cells
        Its cells as strings.
    task
        ``classification`` or ``regression``; guessed where it is None.

    Raises
    ------
    TemplateError
        When the column cannot be predicted, or not so.
    """
    counted = Cells.of(cells)
    is_missing = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(counted.values)), pa.array(_NO_LABEL))
    words, counted = counted.where(is_missing), counted.where(pc.invert(is_missing))
    what = f"the label {column.name!r}"
    if len(counted.values) < 2:
        got = f"{counted.values[0].as_py()!r} in every row" if counted.rows else "no value in any row"
        raise TemplateError(f"{what} has at least two different values", got, "name another column with --label")
    is_number = column.kind in {"integer", "number"}
    if task == "regression" and not is_number:
        example = repr(counted.values[0].as_py())
        fix = "choose --task classification, or export the label as numbers with a point in decimals"
        raise TemplateError(f"{what} is a number, for --task regression", f"{column.kind}, such as {example}", fix)
    found = task or _task(column, counted)
    notes = [] if task else [_why(column, counted, found)]
    if missing := len(cells) - counted.rows:
        text = f"{missing:,} rows have no label: they go to quarantine, and are left out of the fixtures"
        notes.append(Note(text=text, member="required", review=True))
    if found == "regression":
        kept = tuple(note for note in column.notes if note.member != "logicalType" or note.review)
        return Label(
            column=replace(column, required=True, notes=(*kept, *notes)),
            task=found, classes={}, positive=None, notes=tuple(notes),
        )  # fmt: skip
    return _classes(column, counted, tuple(sorted(words.values.to_pylist())), notes)


def _task(column: ColumnGuess, counted: Cells) -> Task:
    few = len(counted.values) <= (_MAX_WHOLE_CLASSES if column.kind == "integer" else 2)
    return "classification" if few or column.kind not in {"integer", "number"} else "regression"


def _why(column: ColumnGuess, counted: Cells, task: Task) -> Note:
    what = {"integer": "whole numbers", "number": "numbers"}.get(column.kind, "values")
    text = f"the label: {len(counted.values):,} different {what}, so {task}"
    other = "regression" if task == "classification" else "classification"
    is_open = column.kind == "integer" and len(counted.values) > 2
    return Note(text=f"{text}; --task {other} overrides" if is_open else text, member="name", review=is_open)


def _classes(column: ColumnGuess, counted: Cells, missing: tuple[str, ...], notes: list[Note]) -> Label:
    what = f"the label {column.name!r}"
    names = counted.values.to_pylist()
    if len(names) > MAX_CLASSES:
        fix = _remedy(column, counted)
        raise TemplateError(f"{what} has at most {MAX_CLASSES} classes", f"{len(names):,} different values", fix)
    if len({name.strip().casefold() for name in names}) < len(names):
        got = listing(sorted(map(repr, names)))
        raise TemplateError(f"each class of {what} has one spelling", got, "write each class in one way")
    classes = dict(sorted(zip(names, counted.counts.tolist(), strict=True)))
    rare = {name: rows for name, rows in classes.items() if rows < MIN_CLASS}
    shown = listing([f"{rows} of {name!r}" for name, rows in rare.items()])
    if rare and len(classes) == 2:
        fix = "collect more rows of it: some are for training, some for evaluation"
        raise TemplateError(f"each class of {what} has at least {MIN_CLASS} rows", shown, fix)
    positive = None
    if rare:
        notes.append(Note(text=f"few rows of some classes: {shown}", member="quality", review=True))
    if len(classes) == 2:
        positive = next((name for name in classes if name.strip().casefold() in _POSITIVE), None)
        reason = "by its name" if positive is not None else "the rarer class"
        positive = positive if positive is not None else min(classes, key=classes.__getitem__)
        text = f"the positive class is {positive!r}, {reason}"
        notes.append(Note(text=text, member="quality", review=reason != "by its name"))
    guess = ColumnGuess(
        name=column.name,
        kind="category",
        categories=tuple(classes),
        missing_values=missing,
        distinct=len(classes),
        notes=(*notes,),
    )
    return Label(column=guess, task="classification", classes=classes, positive=positive, notes=tuple(notes))


def _remedy(column: ColumnGuess, counted: Cells) -> str:
    """Return what to do about a label of too many classes."""
    if column.kind in {"integer", "number"}:
        return "choose --task regression, or name another column with --label"
    forms = [note.text for note in column.notes if note.review and ": export them" in note.text]
    if column.kind == "text" and forms:
        return f"the label has {forms[0]}"
    others = counted.where(pc.invert(pc.match_substring_regex(counted.values, NUMBER)))
    if column.kind == "text" and 0 < others.rows <= counted.rows / 2:
        example = short(others.values[0].as_py())
        return f"correct cells such as {example}, which are no numbers, or name another column with --label"
    return "name another column with --label, or join classes in the source"
