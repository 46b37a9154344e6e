"""Guess what somebody's tables are: the columns, the keys and the label."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.contracts.error import listing
from step_scripts.template import keys as key_columns
from step_scripts.template.columns import guess_column
from step_scripts.template.fit import (
    MIN_ROWS,
    require_different_rows,
    require_names_for_answers,
    require_own_columns,
)
from step_scripts.template.guess import ColumnGuess, Note, TableGuess, Task, TemplateError
from step_scripts.template.labels import guess_label
from step_scripts.template.text_table import own_kinds, read_text


def infer(
    path: Path | str,
    *,
    name: str,
    label: str | None = None,
    keys: Sequence[str] = (),
    task: Task | None = None,
) -> TableGuess:
    r"""Guess the contract of one table from its file. Every row is read.

    Parameters
    ----------
    path
        A .csv, .csv.gz or .parquet file.
    name
        The name of the table's contract.
    label
        The column to predict; None where the table has none.
    keys
        The columns that name a row. Where none are given, one may be proposed.
    task
        ``classification`` or ``regression``; guessed where it is None.

    Raises
    ------
    TemplateError
        When the file is not a table of at least 50 rows, different ones if it has no key, or the key or the label do
        not fit it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "houses.csv")
    ...     _ = path.write_text("house_id,area,price\n" + "".join(f"{i},{i}.5,{i * 9}\n" for i in range(60)))
    ...     guess = infer(path, name="houses", label="price")
    >>> guess.keys, guess.task, guess["area"].kind
    (('house_id',), 'regression', 'number')
    """
    path = Path(path)
    table = read_text(path)
    columns = _columns(table, path)
    if not keys and (proposed := key_columns.propose(table, columns, label=label)):
        return _guess(path, name, table, columns, label=label, keys=(proposed.name,), task=task, proposed=True)
    return _guess(path, name, table, columns, label=label, keys=tuple(keys), task=task)


def infer_all(
    paths: Mapping[str, Path | str], *, label: str, keys: Sequence[str] = (), task: Task | None = None
) -> tuple[TableGuess, ...]:
    """Guess the contracts of tables that are joined by their keys. The label's table comes first.

    Parameters
    ----------
    paths
        The file of each table, by the name of its contract.
    label, keys, task
        As for `infer`. The label is in exactly one table, the keys are in each.

    Raises
    ------
    TemplateError
        As for `infer`; also when no column can join the tables, or another column is in several of them.
    """
    if len(paths) == 1:
        ((name, path),) = paths.items()
        return (infer(path, name=name, label=label, keys=keys, task=task),)
    tables = {name: read_text(Path(path)) for name, path in paths.items()}
    guessed = {name: _columns(table, Path(paths[name])) for name, table in tables.items()}
    holders = [name for name, table in tables.items() if label in table.column_names]
    if not holders:
        known = [column for table in tables.values() for column in table.column_names]
        key_columns.require_column(label, known, what="the label", file=", ".join(paths))
    if len(holders) > 1:
        fix = "rename the column in the other tables, or take it out of them"
        raise TemplateError(f"the label {label!r} is in one table", listing(holders), fix)
    proposed = not keys
    keys = tuple(keys) or _common_key(tables, guessed, label)
    found = {
        name: _guess(
            Path(paths[name]), name, tables[name], guessed[name], keys=keys, proposed=proposed,
            label=label if name in holders else None, task=task,
        )
        for name in sorted(tables, key=lambda name: name not in holders)
    }  # fmt: skip
    require_own_columns({name: tables[name].column_names for name in found}, keys)
    for key in keys:
        if len({guess[key].kind for guess in found.values()}) > 1:
            found = {name: _with_text_key(guess, key, tables[name]) for name, guess in found.items()}
    first, *others = found.values()
    return (_with_partners(first, tables, others), *others)


def _columns(table: pa.Table, path: Path) -> list[ColumnGuess]:
    if table.num_rows < MIN_ROWS:
        got = f"{table.num_rows} row{'s' if table.num_rows != 1 else ''}" if table.num_rows else "a header alone"
        raise TemplateError(f"{path.name} has at least {MIN_ROWS} rows", got, "export more rows")
    own = own_kinds(path)
    # Arrow's functions run beside each other: they do not hold the interpreter's lock.
    with ThreadPoolExecutor(max_workers=4) as threads:
        return list(threads.map(lambda name: guess_column(name, table[name], own=own.get(name)), table.column_names))


def _guess(
    path: Path,
    name: str,
    table: pa.Table,
    columns: Sequence[ColumnGuess],
    *,
    label: str | None,
    keys: tuple[str, ...],
    task: Task | None,
    proposed: bool = False,
) -> TableGuess:
    if label is not None:
        key_columns.require_column(label, table.column_names, what="the label", file=path.name)
        if label in keys:
            fix = "name another column with --key or --label"
            raise TemplateError(f"the key is another column than the label {label!r}", "the label as key", fix)
    by_name = _with_keys(table, columns, keys, file=path.name, label=label, proposed=proposed)
    guess = TableGuess(path=path, name=name, rows=table.num_rows, columns=tuple(by_name.values()), keys=keys)
    guess = replace(guess, notes=tuple(_table_notes(guess, label)))
    if label is None:
        return guess
    if table.num_columns - len(keys) < 2:
        fix = "name a table with more columns"
        raise TemplateError(f"{path.name} has a column to predict the label from", "the label and the key alone", fix)
    found = guess_label(by_name[label], table[label], task=task)
    by_name[label] = found.column
    require_names_for_answers(label, keys, task=found.task, file=path.name)
    labelled = table.filter(pc.is_valid(_without(table[label], found.column.missing_values)))
    if labelled.num_rows < MIN_ROWS:
        expected = f"{path.name} has at least {MIN_ROWS} rows with a label"
        raise TemplateError(expected, str(labelled.num_rows), "export more rows")
    if not keys:
        require_different_rows(labelled.drop_columns([label]), file=path.name)
    return replace(
        guess,
        columns=tuple(by_name.values()),
        label=label,
        task=found.task,
        classes=found.classes,
        positive=found.positive,
        notes=(*guess.notes, *found.notes),
    )


def _with_keys(
    table: pa.Table,
    columns: Sequence[ColumnGuess],
    keys: Sequence[str],
    *,
    file: str,
    label: str | None,
    proposed: bool,
) -> dict[str, ColumnGuess]:
    """Return the columns by name, with the keys as keys; raise an error unless they can be."""
    by_name = {column.name: column for column in columns}
    for key in keys:
        words = by_name[key].missing_values if key in by_name and by_name[key].kind in {"integer", "date"} else ()
        if words:
            table = table.set_column(table.column_names.index(key), key, _without(table[key], words))
    key_columns.require_key(table, keys, file=file)
    for name, column in by_name.items():
        if name in keys:
            by_name[name] = key_columns.as_key(column, table[name], proposed=proposed)
        elif name != label:
            by_name[name] = key_columns.as_reference(column)
    return by_name


def _table_notes(guess: TableGuess, label: str | None) -> list[Note]:
    notes = []
    if all(_is_value(column.name) for column in guess.columns):
        notes.append(Note(text="the names of its columns are numbers: the file may have no header", review=True))
    if padded := [repr(column.name) for column in guess.columns if column.name != column.name.strip()]:
        text = f"names with outer spaces, which belong to them: {listing(padded, most=3)}; export them without"
        notes.append(Note(text=text, review=True))
    if not guess.keys and label is not None:
        notes.append(Note(text="no key: rows are split by a hash of their values; --key names columns", review=True))
    return notes


def _is_value(name: str) -> bool:
    return name.strip().replace(".", "", 1).lstrip("-").isdecimal()


def _without(column: pa.ChunkedArray, words: Sequence[str]) -> pa.ChunkedArray:
    return pc.if_else(pc.is_in(column, pa.array(list(words), pa.string())), pa.scalar(None, pa.string()), column)


def _common_key(
    tables: Mapping[str, pa.Table], guessed: Mapping[str, Sequence[ColumnGuess]], label: str
) -> tuple[str, ...]:
    """Return the column that can join all tables, by its name."""
    common = [
        name
        for name in next(iter(tables.values())).column_names
        if all(name in t.column_names for t in tables.values())
    ]
    for name in common:
        own = {each: [column for column in guessed[each] if column.name == name] for each in tables}
        if all(key_columns.propose(tables[each], own[each], label=label) for each in tables):
            return (name,)
    got = f"columns in all of them: {listing(common)}" if common else "no column in all of them"
    raise TemplateError(
        "a key that joins the tables", got, "name the columns with --key, or join the tables in the source"
    )


def _with_text_key(guess: TableGuess, key: str, table: pa.Table) -> TableGuess:
    """Return a guess with a key as text, as it is of another kind in another table."""
    column = key_columns.as_text(guess[key], table[key])
    return replace(guess, columns=tuple(column if each.name == key else each for each in guess.columns))


def _with_partners(guess: TableGuess, tables: Mapping[str, pa.Table], others: Sequence[TableGuess]) -> TableGuess:
    """Return the label's table with the tables that join it, and a note where a row has no partner."""
    notes, keys = list(guess.notes), list(guess.keys)
    for other in others:
        own, theirs = tables[guess.name].select(keys), tables[other.name].select(keys)
        alone = own.join(theirs, keys=keys, join_type="left anti").num_rows
        if guess.rows - alone < MIN_ROWS:
            expected = f"at least {MIN_ROWS} rows of {guess.name} have a row in {other.name}, by {listing(keys)}"
            raise TemplateError(expected, f"{guess.rows - alone:,} of {guess.rows:,}", "write the key in the same form")
        if alone:
            text = (
                f"{alone:,} rows have no row in {other.name}: they go to quarantine, and are left out of the fixtures"
            )
            notes.append(Note(text=text, review=True))
    return replace(guess, partners=tuple(other.name for other in others), notes=tuple(notes))
