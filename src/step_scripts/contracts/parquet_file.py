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
_NUMERIC = frozenset({"integer", "number", "category"})  # kinds of columns that may come as numbers
_DIGITS = 15  # no two decimals with so many digits are the same float64


def read_parquet(file: Path, contract: Contract) -> pa.Table:
    """Read a Parquet file; its columns get the contract's types where these hold the same values.

    Raises
    ------
    NotATableError
        When it is no Parquet file, is damaged, or has lists or several values in the cells of a column.
    """
    table = _whole(file)
    # Row labels that pandas writes for a table that was filtered or sorted: they are not a column of the table.
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    for place, name in enumerate(table.column_names):
        column, original = contract.columns.get(name), table.column(place)
        if column and pa.types.is_nested(original.type):
            raise _nested(file, name, original.type)
        try:
            if column and column.kind in _NUMERIC:
                original = _without_decimals(original)
            values = _readable(original)
        except (ValueError, OverflowError, pa.ArrowException) as error:
            found = f"its column {name} is not: {str(error).splitlines()[0][:100]}"
            raise NotATableError(f"{file.name} can be read", found, "write the file again") from None
        table = table.set_column(
            place, name, _as_contracted(values, column) if column and values.type == original.type else values
        )
    return table


def _nested(file: Path, name: str, kind: pa.DataType) -> NotATableError:
    what = "several values" if pa.types.is_struct(kind) else "a list"
    remedy = "write each value in a column of its own, or in a row of another table"
    return NotATableError(f"each cell of {name} in {file.name} holds one value", f"{what} in each cell", remedy)


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
    kind = _kind(values)
    values.validate(full=True)
    plain = (*_IS_TEXT, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
    if any(is_plain(kind) for is_plain in (*plain, pa.types.is_timestamp, pa.types.is_date)):
        return values
    return pa.chunked_array([pa.array([None if value is None else str(value) for value in values.to_pylist()])])


def _without_decimals(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return decimals as whole numbers of 64 bits or as floats, if no digit is lost; other columns as they are."""
    if not pa.types.is_decimal(_kind(values)):
        return values
    values = values.cast(_kind(values))
    whole = _cast(values, pa.int64())
    if whole.type == pa.int64():
        return whole
    # By way of text, as this rounds like the reader of CSV files.
    texts = values.cast(pa.string())
    digits = pc.replace_substring_regex(texts, pattern=r"E.*|[-.]", replacement="")
    most = pc.max(pc.utf8_length(pc.utf8_trim(digits, "0"))).as_py() or 0
    return texts.cast(pa.float64()) if most <= _DIGITS else values


def _as_contracted(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return a column in the contract's type, where another type holds the same values."""
    kind = _kind(values)
    wanted = ARROW_TYPES[column.dtype]
    if any(is_text(kind) for is_text in _IS_TEXT):
        return _text_as_contracted(values, column)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if is_number and column.kind in _NUMERIC:
        return _number_as_contracted(values, column)
    if pa.types.is_boolean(kind) and column.dtype == "category":
        return _as_categories(values, column)
    is_time = pa.types.is_timestamp(kind) and pa.types.is_timestamp(wanted) and bool(kind.tz) == bool(wanted.tz)
    is_date = pa.types.is_date(kind) and column.kind == "date"
    return _cast(values, wanted) if is_time or is_date or pa.types.is_null(kind) else values


def _number_as_contracted(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return numbers in the contract's type, or as they are where it does not hold the same ones."""
    wanted = ARROW_TYPES[column.dtype]
    if values.type == wanted:
        return values
    values = values.cast(_kind(values))
    if column.kind == "number":
        return _cast(values, wanted)
    whole = values
    if pa.types.is_floating(values.type):  # programs write whole numbers as floats where one is missing
        floats = values.cast(pa.float64())
        whole = pc.if_else(pc.is_nan(floats), pa.scalar(None, pa.float64()), floats)
    if column.kind == "category":
        return _as_categories(_cast(whole, pa.int64()), column, otherwise=values)
    whole = _cast(whole, wanted)
    return whole if whole.type == wanted else values


def _as_categories(
    values: pa.ChunkedArray, column: Column, *, otherwise: pa.ChunkedArray | None = None
) -> pa.ChunkedArray:
    """Return whole numbers or bools as the categories that are written so, if each of them is one."""
    words = values.cast(_kind(values)).cast(pa.string())
    is_known = pc.all(pc.is_in(words.unique(), value_set=pa.array([*column.categories, None], pa.string())))
    if is_known.as_py():
        return words.dictionary_encode()
    return values if otherwise is None else otherwise


def _kind(values: pa.ChunkedArray) -> pa.DataType:
    """Return the type of a column's values, whether they are encoded or not."""
    return values.type.value_type if pa.types.is_dictionary(values.type) else values.type


def _cast(values: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """Return values in another type, or as they are where a part of one would be lost."""
    try:
        return values.cast(wanted)
    except pa.ArrowInvalid:
        return values


def _text_as_contracted(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if not column.is_plain:
        return values_or_text(values, column)
    if column.dtype == "category":
        return values.cast(pa.string()).dictionary_encode()
    return values.cast(pa.string()) if column.dtype == "str" else values
