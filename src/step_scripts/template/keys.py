"""The columns that name a row: those that were given, checked, or else one that is proposed."""

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts._shared import nearest
from step_scripts.contracts.error import listing
from step_scripts.template.columns import Cells
from step_scripts.template.guess import ColumnGuess, Note, TemplateError
from step_scripts.template.texts import MAX_CATEGORIES, guess_text

_MAX_EXAMPLES = 3
# Names of a key: id, uuid, house_id, house-id, HouseId, houseID.
_NAMES = re.compile(r"(?i:id|uuid|guid)|.*[_ .-](?i:id|uuid|guid)|.*[a-z](Id|ID)")


def require_column(name: str, known: Sequence[str], *, what: str, file: str) -> None:
    """Raise an error that names the nearest column when there is no such column.

    Raises
    ------
    TemplateError
        When the table has no such column.
    """
    if name not in known:
        near = next(
            (each for each in known if each.strip().casefold() == name.strip().casefold()), nearest(name, known)
        )
        columns = listing([repr(each) for each in known])
        fix = f"did you mean {near!r}? The columns are {columns}" if near else f"name one of {columns}"
        raise TemplateError(f"{what} {name!r} is a column of {file}", "no such column", fix)


def require_key(table: pa.Table, keys: Sequence[str], *, file: str) -> None:
    """Raise an error unless the columns exist, are never missing, and name each row once.

    Raises
    ------
    TemplateError
        With up to three examples, and the lines in which they are.
    """
    if len(set(keys)) < len(keys):
        raise TemplateError("different columns as key", listing(list(keys)), "name each of them once")
    for name in keys:
        require_column(name, table.column_names, what="the key", file=file)
        missing = pc.is_null(table[name]).to_numpy().nonzero()[0].tolist()
        if missing:
            lines = listing([str(place + 2) for place in missing], most=_MAX_EXAMPLES)
            fix = "complete these rows, name other columns with --key, or give no key"
            raise TemplateError(f"the key {name!r} of {file} is never missing", f"no value in line {lines}", fix)
    repeated = _repeated(table, keys)
    if repeated.num_rows:
        shown = "; ".join(_example(table, keys, row) for row in repeated.slice(0, _MAX_EXAMPLES).to_pylist())
        more = f" and {repeated.num_rows - _MAX_EXAMPLES:,} more" if repeated.num_rows > _MAX_EXAMPLES else ""
        what = " and ".join(map(repr, keys))
        fix = "take out the repeated rows, name more columns with --key, or give no key"
        raise TemplateError(f"the key {what} names each row of {file} once", f"{shown}{more}", fix)


def propose(table: pa.Table, columns: Sequence[ColumnGuess], *, label: str | None) -> ColumnGuess | None:
    """Return the first column that is called like a key and can be one, or None."""
    for column in columns:
        if column.name == label or not _NAMES.fullmatch(column.name.strip()):
            continue
        if column.kind in {"integer", "text"} and column.required and column.distinct == table.num_rows:
            return column
    return None


def as_reference(column: ColumnGuess) -> ColumnGuess:
    """Return the guess of a column that is named like a key and is not the key: new rows may have higher numbers.

    Examples
    --------
    >>> as_reference(ColumnGuess(name="owner_id", kind="integer", minimum=0, maximum=910, distinct=80)).maximum is None
    True
    """
    low = column.minimum
    is_number = column.kind == "integer" and isinstance(low, int) and low >= 0 and column.distinct > MAX_CATEGORIES
    if not is_number or not _NAMES.fullmatch(column.name.strip()):
        return column
    kept = tuple(each for each in column.notes if each.member != "logicalTypeOptions")
    note = Note(text="named like a key: no greatest number", member="logicalTypeOptions")
    return replace(column, minimum=min(low, 1) if isinstance(low, int) else low, maximum=None, notes=(*kept, note))


def as_key(column: ColumnGuess, cells: pa.ChunkedArray, *, proposed: bool) -> ColumnGuess:
    """Return the guess of a key: a whole number, a date or words, without bounds that a new row would exceed."""
    text = "named like a key, and different in every row; --key names another one" if proposed else "given as key"
    note = Note(text=text, member="primaryKey", review=proposed)
    if column.kind == "integer" and not column.missing_values:
        low = column.minimum
        kept = tuple(each for each in column.notes if each.member != "logicalTypeOptions")
        minimum = low if low in {0, 1} else 0 if isinstance(low, int) and low > 0 else None
        return replace(column, minimum=minimum, maximum=None, notes=(*kept, note))
    if column.kind in {"text", "category"} or (column.kind == "date" and not column.missing_values):
        return replace(column, notes=(*column.notes, note))
    words = as_text(column, cells)
    return replace(words, notes=(*words.notes, note))


def as_text(column: ColumnGuess, cells: pa.ChunkedArray) -> ColumnGuess:
    """Return a column as free text, whatever its cells are."""
    counted = Cells.of(cells)
    guess = guess_text(column.name, counted, closed=False)
    kept = tuple(note for note in column.notes if note.member == "primaryKey")
    return replace(guess, required=not counted.empty, notes=(*guess.notes, *kept))


def _repeated(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Return the keys that are in several rows."""
    if not keys:
        return table.slice(0, 0)
    # A key may be called like the count.
    plain = [str(place) for place in range(len(keys))]
    counts = table.select(list(keys)).rename_columns(plain).group_by(plain).aggregate([([], "count_all")])
    return counts.filter(pc.greater(counts["count_all"], 1)).select(plain).rename_columns(list(keys))


def _example(table: pa.Table, keys: Sequence[str], row: dict[str, str]) -> str:
    """Return a repeated key, and the lines in which it is."""
    mask = functools.reduce(pc.and_, [pc.equal(table[name], row[name]) for name in keys])
    lines = [str(place + 2) for place in mask.to_numpy().nonzero()[0].tolist()]
    return f"{', '.join(repr(row[name]) for name in keys)} in lines {listing(lines, most=_MAX_EXAMPLES)}"
