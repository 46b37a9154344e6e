"""Read a table with the dtypes of its contract, and check what carries no seal."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.checker import broken_rules, repeated_keys
from contracts.contract import Contract
from contracts.error import BrokenRule, CombinedContractError, ContractError, listing
from contracts.rule import Column, Dtype
from contracts.seal import is_sealed
from contracts.structure import broken_columns

SUFFIXES = (".csv", ".csv.gz", ".parquet")
ARROW_TYPES: dict[Dtype, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.dictionary(pa.int32(), pa.string()),
}


def read_checked(source: Path | str, contract: Contract, *, pattern: str | None = None) -> pd.DataFrame:
    """Read a table from a file, or from all its part files in a folder, and check it unless every file is sealed.

    Parameters
    ----------
    source
        A file, or a folder; of a folder, the files ``<pattern>*`` that end in .csv, .csv.gz or .parquet, by name.
    contract
        What the table has to keep. An empty cell is a missing value; `N/A` and `None` are values.
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
    >>> import contracts
    >>> claims = contracts.read_checked("fixtures", contracts.load("claims"))
    >>> claims.shape, list(claims["incident_type"].cat.categories)
    ((5000, 18), ['Break-in', 'Collision', 'Theft'])
    """
    source = Path(source)
    files = _files(source, contract, contract.name if pattern is None else pattern)
    sealed = all(is_sealed(file, contract) for file in files)
    frame = _frame(_tables(files, source, contract))
    # Sealed parts were checked one by one; the same policy may still be in two of them.
    broken = repeated_keys(frame, contract) if sealed else broken_rules(frame, contract)
    if broken:
        raise _error(contract, source, *broken, rows=len(frame))
    # Only now that no value is unknown: one that is would silently turn into a missing one.
    columns = {column.name: _owned(frame.pop(column.name), column) for column in contract.columns.values()}
    pa.default_memory_pool().release_unused()
    return pd.DataFrame(columns, copy=False)


def read_all_checked(source: Path | str, *contracts: Contract) -> tuple[pd.DataFrame, ...]:
    """Read several tables of one folder, each as `read_checked` does, and check all of them before any is refused.

    Raises
    ------
    ContractError
        When one table breaks its contract; `CombinedContractError`, which is one too, when several do.

    Examples
    --------
    >>> from contracts import load
    >>> [len(table) for table in read_all_checked("fixtures", load("claims"), load("customers"))]
    [5000, 5000]
    """
    tables, errors = [], []
    for contract in contracts:
        try:
            tables.append(read_checked(source, contract))
        except ContractError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else CombinedContractError(*errors)
    return tuple(tables)


def _files(source: Path, contract: Contract, pattern: str) -> list[Path]:
    if source.is_file():
        return [source]
    files = sorted(file for file in source.glob(f"{pattern}*") if file.name.endswith(SUFFIXES) and file.is_file())
    if files:
        return files
    found = (
        listing(sorted(file.name for file in source.iterdir())) or "nothing" if source.is_dir() else "no such folder"
    )
    wanted = " or ".join(f"{pattern}*{suffix}" for suffix in SUFFIXES)
    raise _error(
        contract,
        source,
        _file_rule(f"there is a file {wanted}", found, f"put the table {contract.name} there, or name its folder"),
    )


def _error(contract: Contract, source: Path, *broken: BrokenRule, rows: int | None = None) -> ContractError:
    return ContractError(table=contract.name, version=contract.version, broken=broken, rows=rows, source=str(source))


def _file_rule(sentence: str, found: str, remedy: str) -> BrokenRule:
    return BrokenRule(rule="file", column=None, sentence=sentence, count=0, examples=({"found": found},), remedy=remedy)


def _tables(files: list[Path], source: Path, contract: Contract) -> list[pa.Table]:
    """Read the parts; they must have the same columns, be it the wrong ones, to be one table."""
    tables, broken = [], []
    for file in files:
        try:
            tables.append(_parquet(file, contract) if file.suffix == ".parquet" else _csv(file, contract))
        except (pa.ArrowInvalid, OSError) as error:
            reason = str(error).splitlines()[0]
            sentence = f"{file.name} is a CSV (UTF-8, with a header) or Parquet file"
            broken.append(_file_rule(sentence, reason, "deliver the file again, whole"))
    names = [table.column_names for table in tables]
    if any(sorted(each) != sorted(names[0]) or len(set(each)) < len(each) for each in names):
        wrong = (broken_columns(each, contract, file=file.name) for each, file in zip(names, files, strict=False))
        broken += [rule for rule in wrong if rule]
    if broken:
        raise _error(contract, source, *broken)
    return [table.select(names[0]) for table in tables]


def _csv(file: Path, contract: Contract) -> pa.Table:
    """Read a CSV with the contract's types; a column with a value that does not fit stays text, for the checker."""
    types = {column.name: ARROW_TYPES[column.dtype] for column in contract.columns.values()}
    try:
        return _parse_csv(file, types)
    except pa.ArrowInvalid:
        table = _parse_csv(file, dict.fromkeys(types, pa.string()))
    for place, name in enumerate(table.column_names):
        if name in types:
            try:
                table = table.set_column(place, name, table.column(place).cast(types[name]))
            except pa.ArrowInvalid:
                continue
    return table


def _parse_csv(file: Path, types: dict[str, pa.DataType]) -> pa.Table:
    options = pa_csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    return pa_csv.read_csv(file, convert_options=options)


def _parquet(file: Path, contract: Contract) -> pa.Table:
    """Read a Parquet file with its own types, but text where the contract has categories as categories."""
    with pq.ParquetFile(file) as parquet:
        table = parquet.read()
    # Where pandas wrote the row labels of a table that was filtered or sorted: no column of anybody's.
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    for place, name in enumerate(table.column_names):
        kind, column = table.schema.field(place).type, contract.columns.get(name)
        text = kind.value_type if pa.types.is_dictionary(kind) else kind
        if column and column.dtype == "category" and (pa.types.is_string(text) or pa.types.is_large_string(text)):
            table = table.set_column(place, name, table.column(place).cast(pa.string()).dictionary_encode())
    return table


def _frame(tables: list[pa.Table]) -> pd.DataFrame:
    """Return the parts as one table, and free them; columns whose types differ are joined as text, for the checker."""
    for place, name in enumerate(tables[0].column_names):
        if any(table.schema.field(place).type != tables[0].schema.field(place).type for table in tables):
            for part, table in enumerate(tables):
                tables[part] = table.set_column(place, name, table.column(place).cast(pa.string()))
    table = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    tables.clear()
    frame = pd.DataFrame(table.to_pandas(split_blocks=True, self_destruct=True), copy=False)
    del table
    # Arrow keeps what it freed for its next table: 0.3 GB after a million claims, which the checks want.
    pa.default_memory_pool().release_unused()
    return frame


def _owned(values: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """Return a column as the caller's own, in the contract's categories: Arrow's memory cannot be written to."""
    return values.cat.set_categories(list(column.categories)) if column.categories else values.copy()
