"""What is guessed of a table: its columns, its key and its label, each guess with the reason for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from step_scripts._shared import StepScriptsError

Kind = Literal["integer", "number", "boolean", "category", "text", "date", "timestamp"]
Task = Literal["classification", "regression"]
How = Literal["same", "days", "month", "weekday", "length"]
Bound = int | float | str | None


class TemplateError(StepScriptsError, ValueError):
    """A file is not a table from which a project can be made, or an option does not fit it.

    Examples
    --------
    >>> print(TemplateError("a column called price", "no such column", "name one of area, rooms"))
    expected: a column called price; got: no such column; fix: name one of area, rooms
    """

    def __init__(self, expected: str, got: str, fix: str) -> None:
        """Keep the three parts."""
        self.expected, self.got, self.fix = expected, got, fix
        super().__init__(f"expected: {expected}; got: {got}; fix: {fix}")


@dataclass(frozen=True, kw_only=True)
class Note:
    """Why something was guessed.

    Attributes
    ----------
    text
        The reason.
    member
        The member of the contract that it explains.
    review
        Whether a person should look at the guess.
    without_cells
        The reason without any cell of the file, for data that may not be committed; empty where `text` has none.
    """

    text: str
    member: str = "name"
    review: bool = False
    without_cells: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnGuess:
    """What is guessed of one column.

    Attributes
    ----------
    name, kind
        Its name in the file, and what its cells are.
    required
        Whether no cell may be missing.
    minimum, maximum
        Inclusive bounds of numbers, and of dates and timestamps, as text in the column's format. None is unbounded.
    categories
        Of a category: every value that was seen, in alphabetical order.
    true_values, false_values
        Of a boolean: its spellings; empty for true and false in any case.
    missing_values
        Words that mean a missing value, besides the empty cell.
    format
        Of a date or timestamp: its format, as JDK writes it, such as ``dd.MM.yyyy``.
    zone
        Of a timestamp: whether each value has an offset.
    max_length, pattern
        Of text: its longest length, and a regular expression that each value matches; or None.
    distinct
        The number of different values that were seen; 0 of an empty column, 1 of a constant one.
    notes
        Why.
    """

    name: str
    kind: Kind
    required: bool = True
    minimum: Bound = None
    maximum: Bound = None
    categories: tuple[str, ...] = ()
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    format: str | None = None
    zone: bool = False
    max_length: int | None = None
    pattern: str | None = None
    distinct: int = 2
    notes: tuple[Note, ...] = ()

    @property
    def review(self) -> bool:
        """Whether a person should look at a guess: the evidence for it is thin."""
        return any(note.review for note in self.notes)


@dataclass(frozen=True, kw_only=True)
class TableGuess:
    """What is guessed of one table.

    Attributes
    ----------
    path, name, rows
        The file, the name of the table's contract, and the number of rows.
    columns
        The columns in the order of the file.
    keys
        The columns that name a row; empty where there are none.
    label, task
        The column to predict, and how; None in a table without it.
    classes
        Of a classification: the number of rows of each class, by its name, in alphabetical order.
    positive
        Of a classification with two classes: the class whose probability is predicted.
    partners
        Other tables that have a row for each row of this one, by the keys.
    notes
        What to know about the table as a whole.
    """

    path: Path
    name: str
    rows: int
    columns: tuple[ColumnGuess, ...]
    keys: tuple[str, ...] = ()
    label: str | None = None
    task: Task | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    positive: str | None = None
    partners: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def __getitem__(self, name: str) -> ColumnGuess:
        """Return the column of a name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def inputs(self) -> Iterator[ColumnGuess]:
        """The columns that are neither key nor label."""
        return (column for column in self.columns if column.name not in {*self.keys, self.label})


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of the table `features`.

    Attributes
    ----------
    name
        Its name there.
    source, table
        The column from which it is made, and the name of that column's table.
    how
        ``same``: as it is; ``days``: a date or timestamp as days since 1970-01-01; ``month``: 1 to 12; ``weekday``:
        0 for Monday to 6; ``length``: the number of characters of a text.
    kind
        ``integer``, ``number``, ``boolean`` or ``category``.
    """

    name: str
    source: str
    table: str
    how: How
    kind: Kind
