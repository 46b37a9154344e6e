"""Read a table with the dtypes of its contract, and check it unless it is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from step_scripts.contracts.checker import Verdict, in_order, judge, repeated_keys
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.csv_file import ARROW_TYPES, HEAD, read_csv, read_text_rows
from step_scripts.contracts.diagnosis import NotATableError
from step_scripts.contracts.error import ContractError, listing
from step_scripts.contracts.formats import kind_of
from step_scripts.contracts.part_files import file_rule, part_files, table_error
from step_scripts.contracts.rule import Column
from step_scripts.contracts.seal import is_sealed
from step_scripts.contracts.structure import broken_columns
from step_scripts.contracts.values import Rows

_IS_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A table as it was read, and the rules that it breaks.

    Attributes
    ----------
    contract, source
        The contract of the table, and where it was read, as a message names it.
    frame
        All columns of the files, with the contract's dtypes where the values allow it.
    verdict
        The rules that the table breaks.
    parts
        The files, each with its number of rows.
    """

    contract: Contract
    source: str
    frame: pd.DataFrame
    verdict: Verdict
    parts: tuple[tuple[Path, int], ...]

    def error(self) -> ContractError:
        """Return all broken rules as one error."""
        broken = in_order((*self.verdict.stops, *self.verdict.broken), self.contract)
        return table_error(self.contract, self.source, *broken, rows=len(self.frame))

    def finished(self, kept: Rows | None = None) -> pd.DataFrame:
        """Return the table, or the rows of it that are kept, in the contract's form; the frame is consumed.

        Column by column, so that there is never a second table in memory.
        """
        columns = {}
        for column in self.contract.columns.values():
            values = self.frame.pop(column.name)
            columns[column.name] = _owned(values if kept is None else values[kept].reset_index(drop=True), column)
        pa.default_memory_pool().release_unused()
        return pd.DataFrame(columns, copy=False)


def read_checked(source: Path | str, contract: Contract, *, pattern: str | None = None) -> pd.DataFrame:
    """Read a table from a file, or from its part files in a folder, and check it unless every file is sealed.

    Parameters
    ----------
    source
        A file, or a folder; of a folder, the files ``<pattern>*`` that end in .csv, .csv.gz or .parquet, by name.
    contract
        The contract of the table. An empty cell is a missing value; `N/A` and `None` are values.
    pattern
        How the names of the part files begin; the contract's name by default.

    Returns
    -------
    DataFrame
        The contract's columns in the contract's order, indexed from 0. Each category column has the contract's
        categories in the contract's order.

    Raises
    ------
    ContractError
        With every broken rule at once; also when there is no file, or one that cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses, table
    >>> with TemporaryDirectory() as folder:
    ...     table().to_csv(f"{folder}/houses.csv", index=False)
    ...     read = read_checked(folder, houses())
    >>> read.shape, list(read["kind"].cat.categories)
    ((3, 5), ['Flat', 'House', 'N/A'])
    """
    judged = read_judged(source, contract, pattern=pattern)
    if judged.verdict.stops or judged.verdict.broken:
        raise judged.error()
    # Only after the check: an unknown category would silently become a missing value here.
    return judged.finished()


def read_judged(source: Path | str | Sequence[Path], contract: Contract, *, pattern: str | None = None) -> Judged:
    """Read a table as `read_checked` does, or from the given files; return what it breaks instead of raising it.

    Raises
    ------
    ContractError
        When there is no file, or one that cannot be read.
    """
    if isinstance(source, Path | str):
        files = part_files(Path(source), contract, contract.name if pattern is None else pattern)
        source = str(source)
    else:
        files = list(source)
        source = listing([str(file) for file in files], most=3)
    sealed = all(is_sealed(file, contract) for file in files)
    tables = _tables(files, source, contract)
    parts = tuple((file, len(table)) for file, table in zip(files, tables, strict=True))
    frame = _frame(tables)
    # Sealed parts were checked one by one; the same key may still be in two of them.
    verdict = repeated_keys(frame, contract) if sealed else judge(frame, contract)
    return Judged(contract=contract, source=source, frame=frame, verdict=verdict, parts=parts)


def raw_rows(judged: Judged, places: Sequence[int]) -> pa.Table:
    """Read some rows again, by their numbers in ascending order, each cell as the text that the file holds."""
    tables, start = [], 0
    for file, rows in judged.parts:
        here = [place - start for place in places if start <= place < start + rows]
        start += rows
        if here:
            tables.append(_parquet_text(file, here) if file.suffix == ".parquet" else read_text_rows(file, here))
    names = tables[0].column_names
    return pa.concat_tables([table.select(names) for table in tables])


def _tables(files: list[Path], source: str, contract: Contract) -> list[pa.Table]:
    """Read the parts. They must have the same columns to be one table."""
    tables, broken = [], []
    for file in files:
        try:
            tables.append(_parquet(file, contract) if file.suffix == ".parquet" else read_csv(file, contract))
        except NotATableError as error:
            broken.append(file_rule(error.sentence, error.found, error.remedy))
        except OSError as error:
            reason, remedy = error.strerror or str(error).splitlines()[0], "deliver the file again, whole"
            if isinstance(error, PermissionError):
                remedy = "give this user the right to read it"
            broken.append(file_rule(f"{file.name} can be read", reason, remedy))
    names = [table.column_names for table in tables]
    if any(sorted(each) != sorted(names[0]) or len(set(each)) < len(each) for each in names):
        wrong = (broken_columns(each, contract, file=file.name) for each, file in zip(names, files, strict=False))
        broken += [rule for rule in wrong if rule]
    if broken:
        raise table_error(contract, source, *broken)
    return [table.select(names[0]) for table in tables]


def _parquet(file: Path, contract: Contract) -> pa.Table:
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
    if any(is_plain(kind) for is_plain in (*plain, pa.types.is_timestamp)):
        return values
    return pa.chunked_array([pa.array([None if value is None else str(value) for value in values.to_pylist()])])


def _as_contracted(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return text as categories where the contract has categories, and a column without a type in the contract's."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_null(kind):
        return values.cast(ARROW_TYPES[column.dtype])
    if column.dtype == "category" and any(is_text(kind) for is_text in _IS_TEXT):
        return values.cast(pa.string()).dictionary_encode()
    return values


def _parquet_text(file: Path, places: Sequence[int]) -> pa.Table:
    """Read rows of a Parquet file as text: numbers in the fewest exact digits, a missing value as an empty text."""
    with pq.ParquetFile(file) as parquet:
        table = parquet.read().take(places)
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    text = [pa.array(["" if value is None else str(value) for value in column.to_pylist()]) for column in table.columns]
    return pa.table(text, names=table.column_names)


def _frame(tables: list[pa.Table]) -> pd.DataFrame:
    """Return the parts as one table, and free them; columns of different types are joined as text."""
    for place, name in enumerate(tables[0].column_names):
        if any(table.schema.field(place).type != tables[0].schema.field(place).type for table in tables):
            for part, table in enumerate(tables):
                tables[part] = table.set_column(place, name, table.column(place).cast(pa.string()))
    table = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    tables.clear()
    frame = pd.DataFrame(table.to_pandas(split_blocks=True, self_destruct=True), copy=False)
    del table
    # Arrow keeps freed memory for its next table: 0.3 GB after a million rows of 18 columns. The checks need it.
    pa.default_memory_pool().release_unused()
    return frame


def _owned(values: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """Return a column in the contract's dtype and in memory of its own: Arrow's memory is read-only."""
    if column.categories:
        return values.cat.set_categories(list(column.categories))
    # Whole numbers are floats where one was missing; its row is in quarantine.
    return values.copy() if values.dtype == column.dtype else values.astype(column.dtype)
