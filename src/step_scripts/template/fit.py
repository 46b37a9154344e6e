"""Whether tables fit a project: errors for those from which its steps or its answers could not be made."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from step_scripts.contracts.error import listing
from step_scripts.serving.answers import OF_REASONS, OF_REFUSALS
from step_scripts.template.guess import Task, TemplateError

MIN_ROWS = 50
_OF_ANSWERS = frozenset({*OF_REASONS, *OF_REFUSALS})
_OF_CLASSES = frozenset({"probability", "decision", "prediction"})
_FIRST = 1000  # rows of which some are different in most tables


def require_own_columns(tables: Mapping[str, Sequence[str]], keys: Sequence[str]) -> None:
    """Raise an error when a column that is no key is in several tables: joined, it would have two names.

    Parameters
    ----------
    tables
        The columns of each table, by its name.
    keys
        The columns that join the tables.

    Raises
    ------
    TemplateError
        With the columns, and the tables that have them.

    Examples
    --------
    >>> require_own_columns({"houses": ["house_id", "area"], "owners": ["house_id", "age"]}, ["house_id"])
    """
    holders: dict[str, list[str]] = {}
    for table, columns in tables.items():
        for column in columns:
            holders.setdefault(column, []).append(table)
    shared = [
        f"{column!r} in {' and '.join(names)}"
        for column, names in holders.items()
        if len(names) > 1 and column not in keys
    ]
    if shared:
        fix = "rename it in one of the files, or take it out; a column that joins them is named with --key"
        raise TemplateError("a column that is no key is in one table", listing(shared), fix)


def require_different_rows(table: pa.Table, *, file: str) -> None:
    """Raise an error when a table without a key has few different rows: they are split by a hash of their values.

    Parameters
    ----------
    table
        The rows with a label, without the label.
    file
        The name of the file.

    Raises
    ------
    TemplateError
        When there are fewer than 50 different rows.

    Examples
    --------
    >>> require_different_rows(pa.table({"area": [str(number) for number in range(60)]}), file="houses.csv")
    """
    names = table.column_names
    for rows in (table.slice(0, _FIRST), table):
        different = rows.group_by(names).aggregate([]).num_rows
        if different >= MIN_ROWS:
            return
    fix = "name the columns that name a row with --key, or add a column with a number for each row"
    raise TemplateError(
        f"{file} has a key, or at least {MIN_ROWS} different rows without the label", str(different), fix
    )


def require_names_for_answers(label: str, keys: Sequence[str], *, task: Task, file: str) -> None:
    """Raise an error when an answer of the model would have two values of one name.

    An answer has the key, the predicted number or the class with probabilities, and the reasons or an error.

    Parameters
    ----------
    label, keys
        Columns of the table.
    task
        A predicted number is called like the label.
    file
        The name of the file.

    Raises
    ------
    TemplateError
        With the column.

    Examples
    --------
    >>> require_names_for_answers("price", ["house_id"], task="regression", file="houses.csv")
    """
    of_keys = [name for name in keys if name in _OF_ANSWERS | _OF_CLASSES or name.startswith("probability_")]
    of_label = [label] if task == "regression" and label in _OF_ANSWERS else []
    for what, names, flag in (("key", of_keys, "--key"), ("label", of_label, "--label")):
        if names:
            got = f"answers have something else called {names[0]}"
            fix = f"rename it in the file, or name another column with {flag}"
            raise TemplateError(f"the {what} of {file} has a name of its own in answers", got, fix)
