"""Read a table with the dtypes of its contract, and check what carries no seal."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.checker import check, check_key
from contracts.contract import Column, Contract
from contracts.error import BrokenRule, ContractError
from contracts.seal import is_sealed

SUFFIXES = (".csv", ".csv.gz", ".parquet")
ARROW_TYPES = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.dictionary(pa.int32(), pa.string()),
}


def read_checked(source: Path | str, contract: Contract, *, pattern: str | None = None) -> pd.DataFrame:
    """Read a table from a file, or from all its part files in a folder, and check it unless it is sealed.

    Parameters
    ----------
    source
        A file, or a folder; in a folder all files ``<pattern>*`` that end in .csv, .csv.gz or .parquet, sorted by name.
    contract
        What the table has to keep.
    pattern
        How the names of the part files begin; the contract's name by default.

    Returns
    -------
    DataFrame
        The contract's columns in the contract's order; each category column has the contract's categories in the
        contract's order.

    Raises
    ------
    ContractError
        With every broken rule at once; also when there is no file, or one that cannot be read.
    """
    files = _files(Path(source), contract, contract.name if pattern is None else pattern)
    sealed = all(is_sealed(file, contract) for file in files)
    frame = _frame([_table(file, contract) for file in files])
    if not sealed:
        check(frame, contract)
    elif len(files) > 1:
        # Each part was checked, but the same policy may be in two of them.
        check_key(frame, contract)
    return _in_order(frame, contract)


def _files(source: Path, contract: Contract, pattern: str) -> list[Path]:
    if source.is_file():
        return [source]
    files = sorted(file for file in source.glob(f"{pattern}*") if file.name.endswith(SUFFIXES) and file.is_file())
    if files:
        return files
    found = sorted(file.name for file in source.iterdir())[:10] if source.is_dir() else None
    got = "no such folder" if found is None else (", ".join(found) or "an empty folder")
    raise _unreadable(
        contract,
        source,
        sentence=f"there is a file {pattern}*.csv, {pattern}*.csv.gz or {pattern}*.parquet in {source}",
        got=got,
        remedy=f"put the {contract.name} table there, or name the folder that holds it",
    )


def _unreadable(contract: Contract, source: Path, *, sentence: str, got: str, remedy: str) -> ContractError:
    broken = BrokenRule(rule="file", column=None, sentence=sentence, count=0, examples=({"found": got},), remedy=remedy)
    return ContractError(table=contract.name, version=contract.version, broken=(broken,), source=str(source))


def _table(file: Path, contract: Contract) -> pa.Table:
    try:
        return _parquet(file, contract) if file.suffix == ".parquet" else _csv(file, contract)
    except pa.ArrowInvalid as error:
        raise _unreadable(
            contract,
            file,
            sentence=f"{file.name} is a table in CSV (UTF-8, with a header) or Parquet",
            got=str(error).splitlines()[0],
            remedy="deliver the file again, whole",
        ) from error


def _csv(file: Path, contract: Contract) -> pa.Table:
    """Read a CSV with the contract's types; where a value does not fit, its column stays text for the checker."""
    types = {column.name: ARROW_TYPES[column.dtype] for column in contract.columns.values()}
    try:
        return _parse_csv(file, types)
    except pa.ArrowInvalid:
        table = _parse_csv(file, dict.fromkeys(types, pa.string()))
    for place, name in enumerate(table.column_names):
        if name in types:
            try:
                table = table.set_column(place, name, table.column(place).cast(types[name]))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                continue
    return table


def _parse_csv(file: Path, types: dict[str, pa.DataType]) -> pa.Table:
    # Only an empty cell is a missing value: `N/A` and `None` are categories.
    options = pa_csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    return pa_csv.read_csv(file, convert_options=options)


def _parquet(file: Path, contract: Contract) -> pa.Table:
    table = pq.read_table(file)
    for place, name in enumerate(table.column_names):
        column = contract.columns.get(name)
        if column and column.dtype == "category" and pa.types.is_string(table.schema.field(place).type):
            table = table.set_column(place, name, table.column(place).dictionary_encode())
    return table


def _frame(tables: list[pa.Table]) -> pd.DataFrame:
    """Return the parts as one table; parts of different types are joined by pandas, for the checker to look at."""
    alike = all(table.schema.equals(tables[0].schema) for table in tables)
    parts = [pa.concat_tables(tables).unify_dictionaries()] if alike else tables
    frames = [part.to_pandas(split_blocks=True, self_destruct=True) for part in parts]
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else pd.DataFrame(frames[0], copy=False)


def _in_order(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    return pd.DataFrame({column.name: _ordered(frame[column.name], column) for column in contract.columns.values()})


def _ordered(values: pd.Series, column: Column) -> pd.Series:
    """Give a category column the contract's categories: only now that no unknown value could be lost by it."""
    return values.cat.set_categories(list(column.categories)) if column.categories else values
