"""Read a Parquet file with its own types, without loss, or say why it cannot be read."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from step_scripts.contracts.contract import Column, Contract
from step_scripts.contracts.converters import ARROW_TYPES
from step_scripts.contracts.csv_file import HEAD, values_or_text
from step_scripts.contracts.diagnosis import NotATableError
from step_scripts.contracts.formats import kind_of

_IS_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


def read_parquet(file: Path, contract: Contract) -> pa.Table:
    """Read a Parquet file with its own types; text becomes categories where the contract has categories."""
    table = _whole(file)
    # Row labels that pandas writes for a table that was filtered or sorted: they are not a column of the table.
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    for place, name in enumerate(table.column_names):
        try:
            original = table.column(place)
            values = _readable(original)
        except (ValueError, OverflowError, pa.ArrowException) as error:
            found = f"its column {name} is not: {str(error).splitlines()[0][:100]}"
            raise NotATableError(f"{file.name} can be read", found, "write the file again") from None
        column = contract.columns.get(name)
        table = table.set_column(
            place, name, _as_contracted(values, column) if column and values.type == original.type else values
        )
    return table


def _whole(file: Path) -> pa.Table:
    """Read a Parquet file, or raise what it is instead."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    sentence = f"{file.name} is a Parquet file"
    if not head.startswith(b"PAR1"):
        what, _ = kind_of(head) or (f"one that begins with {head[:4]!r}", "")
        raise NotATableError(sentence, what, "name the file by its format, or deliver the table as Parquet")
    try:
        with pq.ParquetFile(file) as parquet:
            return parquet.read()
    except (pa.ArrowException, OSError) as error:
        what = f"one that is cut off or damaged: {str(error).splitlines()[0]}"
        raise NotATableError(sentence, what, "deliver the file again, whole") from None


def _readable(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column that pandas can hold: text, numbers and times as they are, any other type as text."""
    if isinstance(values.type, pa.BaseExtensionType):
        values = pa.chunked_array([chunk.storage for chunk in values.chunks], type=values.type.storage_type)
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    values.validate(full=True)
    plain = (*_IS_TEXT, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
    if any(is_plain(kind) for is_plain in (*plain, pa.types.is_timestamp, pa.types.is_date)):
        return values
    return pa.chunked_array([pa.array([None if value is None else str(value) for value in values.to_pylist()])])


def _as_contracted(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return a column in the contract's type, where another type holds the same values."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    wanted = ARROW_TYPES[column.dtype]
    if any(is_text(kind) for is_text in _IS_TEXT):
        return _text_as_contracted(values, column)
    if column.dtype == "category" and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        words = values.cast(pa.string())
        is_known = pc.all(pc.is_in(words.unique(), value_set=pa.array([*column.categories, None], pa.string())))
        return words.dictionary_encode() if is_known.as_py() else values
    is_time = pa.types.is_timestamp(kind) and pa.types.is_timestamp(wanted) and bool(kind.tz) == bool(wanted.tz)
    is_date = pa.types.is_date(kind) and column.kind == "date"
    # pandas writes whole numbers as floats where one is missing.
    is_number = pa.types.is_floating(kind) and column.dtype == "Int64"
    if not (is_time or is_date or is_number or pa.types.is_null(kind)):
        return values
    try:
        return values.cast(wanted)
    except pa.ArrowInvalid:  # a part of the value would be lost
        return values


def _text_as_contracted(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if not column.is_plain:
        return values_or_text(values, column)
    if column.dtype == "category":
        return values.cast(pa.string()).dictionary_encode()
    return values.cast(pa.string()) if column.dtype == "str" else values
