"""Read a CSV file with the types of a contract, without loss, or say why it cannot be read."""

import codecs
import csv
import gzip
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from step_scripts.contracts.contract import Column, Contract
from step_scripts.contracts.converters import ARROW_TYPES, converted, text_type
from step_scripts.contracts.diagnosis import NotATableError, diagnosed, second_header
from step_scripts.contracts.formats import other_format

HEAD = 65_536  # bytes at the beginning of a file, from which its format is known


def read_csv(file: Path, contract: Contract) -> pa.Table:
    """Read a CSV file: UTF-8 with or without a byte order mark, commas, a header, any line ends, packed or not.

    Parameters
    ----------
    file
        A .csv or .csv.gz file. Blank lines are not rows.
    contract
        Its types are those of the columns. A column with a value that does not fit stays text: the checker reports it.

    Returns
    -------
    pyarrow.Table
        All columns of the file in their order; types of columns that are not in the contract are inferred. An empty
        cell is null.

    Raises
    ------
    NotATableError
        When the file is not such a file, or when a line could be lost: it has too many or too few cells, or a quote
        that opens and does not close in its line, so that the lines that follow would be part of a cell.
    OSError
        When the file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses, table
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "houses.csv")
    ...     table().to_csv(path, index=False)
    ...     read_csv(path, houses()).num_rows
    3
    """
    head = read_head(file)
    if not _has_header(head, contract) and (other := other_format(head, contract, name=file.name)):
        raise other
    columns = contract.columns.values()
    types = {each.name: ARROW_TYPES[each.dtype] if each.is_plain else text_type(each) for each in columns}
    packed = (OSError,) if file.suffix == ".gz" else ()  # Arrow's error for a stream that ends too early
    try:
        table = _typed(file, types)
        reason = "a cell with a line break" if _holds_lines(table) else ""
    except (pa.ArrowException, UnicodeDecodeError, *packed) as error:
        table, reason = None, str(error)
    if table is not None and not reason:
        if _repeats_header(table, contract) and (again := second_header(_content(file), name=file.name)):
            raise again
        return _with_values(table, contract)
    content = _content(file)
    if header := _lone_header(content):
        table = pa.table([pa.array([], types.get(name, pa.string())) for name in header], names=header)
        return _with_values(table, contract)
    raise diagnosed(content, name=file.name, otherwise=reason)


def read_head(file: Path) -> bytes:
    """Return the first bytes of a file, unpacked."""
    with file.open("rb") as opened:
        if file.suffix != ".gz":
            return opened.read(HEAD)
        raw = opened.read(4)
    if not raw:
        return raw
    if raw == b"PAR1":
        raise NotATableError(f"{file.name} is a gzip file", "a Parquet file", "name it .parquet")
    if raw[:2] != b"\x1f\x8b":
        raise NotATableError(f"{file.name} is a gzip file", f"one that begins with {raw!r}", "pack it, or name it .csv")
    try:
        with gzip.open(file) as unpacked:
            return unpacked.read(HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _half_packed(file, error) from None


def _has_header(head: bytes, contract: Contract) -> bool:
    """Tell whether the first line names the contract's columns: the file is then no other format."""
    names = head.partition(b"\n")[0].rstrip(b"\r").removeprefix(codecs.BOM_UTF8).decode(errors="replace").split(",")
    return len(names) == len(contract.columns) and set(names) == set(contract.columns)


def _typed(file: Path, types: dict[str, pa.DataType]) -> pa.Table:
    try:
        return _parse(file, types)
    except pa.ArrowInvalid:
        table = _parse(file, dict.fromkeys(types, pa.string()))
    for place, name in enumerate(table.column_names):
        if name in types:
            try:
                table = table.set_column(place, name, table.column(place).cast(types[name]))
            except pa.ArrowInvalid:
                continue
    return table


def _with_values(table: pa.Table, contract: Contract) -> pa.Table:
    """Convert the columns with words or formats of their own; one with a cell that does not fit stays text."""
    for place, name in enumerate(table.column_names):
        column = contract.columns.get(name)
        if column is not None and not column.is_plain:
            table = table.set_column(place, name, values_or_text(table.column(place), column))
    return table


def values_or_text(texts: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return the values of a column, or its text if a cell does not fit."""
    try:
        return converted(texts, column)
    except pa.ArrowInvalid:
        return texts.cast(pa.string())


def _parse(file: Path, types: dict[str, pa.DataType]) -> pa.Table:
    options = pa_csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    return pa_csv.read_csv(file, convert_options=options)


def _holds_lines(table: pa.Table) -> bool:
    """Tell whether any text holds a line break or a NUL; each category is checked once."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        texts = [chunk.dictionary for chunk in column.chunks] if pa.types.is_dictionary(column.type) else column.chunks
        for text in (pa.array([name]), *texts):
            if pa.types.is_string(text.type) and pc.any(pc.match_substring_regex(text, "[\r\n\x00]")).as_py():
                return True
    return False


def _repeats_header(table: pa.Table, contract: Contract) -> bool:
    """Tell whether a row repeats the header; a column of numbers is then text."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in contract.columns and pa.types.is_string(column.type):
            return pc.any(pc.equal(column, name)).as_py() is True
    return False


def _lone_header(content: bytes) -> list[str]:
    """Return the names in a file that is a header without a line end, which Arrow reads as an empty file."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return []
    return next(csv.reader(lines)) if len(lines) == 1 and '"' not in lines[0] else []


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    if file.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _half_packed(file, error) from None


def _half_packed(file: Path, error: Exception) -> NotATableError:
    return NotATableError(f"{file.name} is a whole gzip file", str(error), "deliver the file again")
