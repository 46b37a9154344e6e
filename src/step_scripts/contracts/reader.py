"""Read a table from its files with the dtypes of its contract, and check it unless it is sealed."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from step_scripts.contracts.checker import Rows, Verdict, in_order, judge, repeated_keys
from step_scripts.contracts.contract import Column, Contract, Dtype
from step_scripts.contracts.converters import ARROW_TYPES, as_text
from step_scripts.contracts.csv_file import read_csv
from step_scripts.contracts.diagnosis import NotATableError
from step_scripts.contracts.error import BrokenRule, ContractError, listing
from step_scripts.contracts.parquet_file import read_parquet
from step_scripts.contracts.structure import broken_columns
from step_scripts.contracts.writer import SEAL, is_sealed

_NULLABLE: dict[Dtype, Any] = {"Int64": pd.Int64Dtype(), "boolean": pd.BooleanDtype()}
SUFFIXES = (".csv", ".csv.gz", ".parquet")
# Endings of files that may hold a part of a table and are not read: other formats, archives, unfinished downloads.
_LIKE_DATA = (
    *(*SUFFIXES, ".txt", ".tsv", ".dat", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".orc", ".avro", ".pq"),
    *(".feather", ".arrow", ".pkl", ".pickle", ".gz", ".zip", ".bz2", ".xz", ".zst", ".lz4", ".7z", ".tar"),
    *(".part", ".partial", ".tmp", ".crdownload", ".download", ".bak"),
)


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
    frame = _frame(tables, contract)
    # Sealed parts were checked one by one; the same key may still be in two of them.
    verdict = repeated_keys(frame, contract) if sealed else judge(frame, contract)
    if not contract.keys and len(parts) > 1:
        verdict = _numbered_by_file(verdict, parts)
    return Judged(contract=contract, source=source, frame=frame, verdict=verdict, parts=parts)


def part_files(source: Path, contract: Contract, pattern: str) -> list[Path]:
    """Return the files of a table, sorted by name: the file itself, or those of a folder that begin with the pattern.

    Raises
    ------
    ContractError
        When there is no file, or when the folder holds anything else that may be a part of the table.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "houses-1.csv").touch()
    ...     [file.name for file in part_files(Path(folder), houses(), "houses")]
    ['houses-1.csv']
    """
    if source.is_file():
        return [source]
    files = sorted(file for file in source.glob(f"{pattern}*") if file.name.endswith(SUFFIXES) and file.is_file())
    if error := passed_over(source, files, contract, pattern):
        raise error
    if files:
        return files
    found = (
        listing(sorted(file.name for file in source.iterdir())) or "nothing" if source.is_dir() else "no such folder"
    )
    wanted = " or ".join(f"{pattern}*{suffix}" for suffix in SUFFIXES)
    remedy = f"put the table {contract.name} there, or name its folder"
    raise table_error(contract, str(source), file_rule(f"there is a file {wanted}", found, remedy))


def passed_over(folder: Path, files: Collection[Path], contract: Contract, pattern: str) -> ContractError | None:
    """Return an error for what may be a part of a table and is not read: another ending, a folder, a broken link.

    Parameters
    ----------
    folder
        The folder of the table.
    files
        The files in it that are read.
    contract, pattern
        The table, and how the names of its files begin.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "houses.xlsx").touch()
    ...     passed_over(Path(folder), [], houses(), "houses").broken[0].examples
    ({'found': 'houses.xlsx'},)
    """
    near = [
        entry
        for entry in (folder.iterdir() if folder.is_dir() else ())
        if entry.name.casefold().startswith(pattern.casefold()) and entry not in files
    ]
    names = sorted(
        entry.name
        for entry in near
        # A folder beside part files may hold more of them.
        if (entry.name.casefold().endswith(_LIKE_DATA) and not entry.name.endswith(SEAL)) or (files and entry.is_dir())
    )
    if not names:
        return None
    sentence = f"all that begins with {pattern} is a file {' or '.join(SUFFIXES)}"
    remedy = "name it so, or take it out of the folder: part of the table may be in it"
    return table_error(contract, str(folder), file_rule(sentence, listing(names), remedy))


def table_error(contract: Contract, source: str, *broken: BrokenRule, rows: int | None = None) -> ContractError:
    """Return the error of a table that was read from a file or folder."""
    return ContractError(table=contract.name, version=contract.version, broken=broken, rows=rows, source=source)


def file_rule(sentence: str, found: str, remedy: str) -> BrokenRule:
    """Return the rule `file` as broken: a file is not what was expected."""
    return BrokenRule(rule="file", column=None, sentence=sentence, count=0, examples=({"found": found},), remedy=remedy)


def _tables(files: list[Path], source: str, contract: Contract) -> list[pa.Table]:
    """Read the parts. They must have the same columns to be one table."""
    tables, broken = [], []
    for file in files:
        try:
            tables.append(read_parquet(file, contract) if file.suffix == ".parquet" else read_csv(file, contract))
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


def _frame(tables: list[pa.Table], contract: Contract) -> pd.DataFrame:
    """Return the parts as one table, and free them; columns of different types are joined as text."""
    for place, name in enumerate(tables[0].column_names):
        if any(table.schema.field(place).type != tables[0].schema.field(place).type for table in tables):
            for part, table in enumerate(tables):
                text = as_text(table.column(place), contract.columns.get(name))
                tables[part] = table.set_column(place, name, text)
    table = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    tables.clear()
    nullable = {}
    for place, name in enumerate(names := table.column_names):
        # As Arrow's own conversion to pandas makes floats and objects of these where one is missing.
        dtype = contract.columns[name].dtype if name in contract.columns else None
        if dtype in _NULLABLE and table.schema.field(place).type == ARROW_TYPES[dtype]:
            nullable[name] = _NULLABLE[dtype].__from_arrow__(table.column(place))
    if nullable:
        table = table.drop_columns(list(nullable))
    frame = pd.DataFrame(table.to_pandas(split_blocks=True, self_destruct=True), copy=False)
    del table
    for place, name in enumerate(names):
        if name in nullable:
            frame.insert(place, name, nullable.pop(name))
    # Arrow keeps freed memory for its next table: 0.3 GB after a million rows of 18 columns. The checks need it.
    pa.default_memory_pool().release_unused()
    return frame


def _numbered_by_file(verdict: Verdict, parts: Sequence[tuple[Path, int]]) -> Verdict:
    """Return a verdict on rows without a key, in which an example names its file, and the row's number in the file."""
    ends = list(accumulate(rows for _, rows in parts))

    def named(example: Mapping[str, Any]) -> Mapping[str, Any]:
        if "row" not in example:
            return example
        place = bisect_left(ends, example["row"])
        file, rows = parts[place]
        return {"file": file.name, **example, "row": example["row"] - ends[place] + rows}

    def renamed(rules: Iterable[BrokenRule]) -> tuple[BrokenRule, ...]:
        return tuple(
            replace(rule, examples=tuple(map(named, rule.examples)), keys=("file", "row")) if rule.count else rule
            for rule in rules
        )

    return replace(
        verdict, stops=renamed(verdict.stops), broken=renamed(verdict.broken), warnings=renamed(verdict.warnings)
    )


def _owned(values: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """Return a column in the contract's dtype and in memory of its own: Arrow's memory is read-only."""
    if column.categories:
        return values.cat.set_categories(list(column.categories))
    # Whole numbers are floats where one was missing; its row is in quarantine.
    return values.copy() if values.dtype == column.dtype else values.astype(column.dtype)
