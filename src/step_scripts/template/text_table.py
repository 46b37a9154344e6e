"""Read a file of any columns as text, each cell as the file has it, or say why it is not a table."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from step_scripts._shared import nearest
from step_scripts.contracts import Column, Contract
from step_scripts.contracts.csv_file import read_csv, read_head
from step_scripts.contracts.diagnosis import NotATableError, short
from step_scripts.contracts.formats import kind_of
from step_scripts.contracts.parquet_file import read_parquet
from step_scripts.contracts.quarantine import COLUMN as BROKEN_RULES
from step_scripts.contracts.reader import SUFFIXES
from step_scripts.template.guess import Kind, TemplateError

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_TYPED = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_timestamp, pa.types.is_date)
_BREAKS = r"[\r\n\x00]"
_MAX_ABOVE = 20  # lines above a header that are recognised


def read_text(path: Path) -> pa.Table:
    r"""Read a file with every cell as text; an empty cell is null.

    Parameters
    ----------
    path
        A .csv, .csv.gz or .parquet file. CSV is UTF-8, with commas and a header.

    Returns
    -------
    pyarrow.Table
        The columns of the file in their order, each of type string.

    Raises
    ------
    TemplateError
        When the file is not such a file, or when its columns do not have different names.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "houses.csv")
    ...     _ = path.write_text("house_id,area\n1,48.50\n2,\n")
    ...     read_text(path)["area"].to_pylist()
    ['48.50', None]
    """
    _require_file(path)
    try:
        return _parquet(path) if path.suffix == ".parquet" else _csv(path)
    except NotATableError as error:
        raise TemplateError(error.sentence, error.found, error.remedy) from None
    except OSError as error:
        raise TemplateError(f"{path.name} can be read", error.strerror or str(error), "see its permissions") from None


def own_kinds(path: Path) -> dict[str, Kind]:
    """Return what a Parquet file says about its columns: which ones are text, or numbers with decimals.

    A CSV file says nothing. In Parquet, text is not read as numbers, and numbers are not read as text.
    """
    if path.suffix != ".parquet":
        return {}
    found: dict[str, Kind] = {}
    for field in pq.read_schema(path):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_floating(kind):
            found[field.name] = "number"
        elif not any(known(kind) for known in _TYPED):
            found[field.name] = "text"
    return found


def _require_file(path: Path) -> None:
    expected = f"a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
    if path.is_dir():
        raise TemplateError(expected, f"the folder {path}", "name one file of it")
    if not path.is_file():
        near = nearest(path.name, [file.name for file in path.parent.glob("*")] if path.parent.is_dir() else [])
        raise TemplateError(expected, f"no file {path}", f"did you mean {near}?" if near else "correct the path")
    if not path.name.endswith(SUFFIXES):
        with path.open("rb") as file:
            kind = kind_of(file.read(4096))
        what, fix = kind or ("another ending", "export the table as CSV in UTF-8 with commas, and name it .csv")
        raise TemplateError(expected, f"{path.name}: {what}", fix)


def _csv(path: Path) -> pa.Table:
    head = read_head(path)
    if kind := kind_of(head):
        raise NotATableError(f"{path.name} is a CSV file in UTF-8, with a header and rows", *kind)
    # Other line ends of Unicode, which splitlines knows, are letters of a CSV file.
    lines = re.split("\r\n|\r|\n", head.decode("utf-8-sig", errors="replace"))
    _require_commas(lines, path.name)
    names = next(csv.reader(lines))
    _require_names(names, path.name)
    columns = {name: Column(name=name, dtype="str") for name in names}
    contract = Contract(
        name=path.name, id=path.name, version="1.0.0", keys=(), columns=MappingProxyType(columns), rules=()
    )
    return read_csv(path, contract)


def _require_commas(lines: list[str], name: str) -> None:
    """Raise an error for another delimiter, or for text above the header."""
    header = lines[0]
    for delimiter, called in _DELIMITERS.items():
        cells = header.count(delimiter)
        if cells and header.count(",") < cells and all(line.count(delimiter) >= cells for line in lines[1:5]):
            fix = "export it with commas, and a point in decimals"
            raise NotATableError(f"{name} has commas between its cells", called, fix)
    if "," not in header:
        wide = [number for number, line in enumerate(lines[:_MAX_ABOVE], 1) if line.count(",") > 1]
        if wide and header.strip() and len({lines[number - 1].count(",") for number in wide}) == 1:
            found = f"the header in line {wide[0]}, below {short(header)}"
            raise NotATableError(f"the header of {name} is its first line", found, "take out what is above it")


def _require_names(names: list[str], name: str) -> None:
    """Raise an error when a column has no name, or the name of another one."""
    if repeated := [each for each, count in Counter(names).items() if count > 1 and each.strip()]:
        found = f"{', '.join(map(repr, repeated[:5]))} more than once"
        raise NotATableError(f"each column of {name} has a name of its own", found, "rename these columns")
    if BROKEN_RULES in names:
        expected = f"no column of {name} is called {BROKEN_RULES}, as the rows in quarantine have a column of that name"
        raise NotATableError(expected, "such a column", "rename it")
    if unnamed := [str(place) for place, each in enumerate(names, 1) if not each.strip()]:
        found = f"no name of column {', '.join(unnamed[:5])}"
        fix = "name it, or take it out; pandas writes its row labels so: use to_csv(index=False)"
        raise NotATableError(f"each column of {name} has a name", found, fix)


def _parquet(path: Path) -> pa.Table:
    empty: MappingProxyType[str, Column] = MappingProxyType({})
    table = read_parquet(
        path, Contract(name=path.name, id=path.name, version="1.0.0", keys=(), columns=empty, rules=())
    )
    _require_names(table.column_names, path.name)
    columns = [_as_text(column) for column in table.columns]
    _require_lines(table.column_names, columns, own_kinds(path), path.name)
    return pa.table(columns, names=table.column_names)


def _require_lines(names: list[str], columns: list[pa.ChunkedArray], own: Mapping[str, Kind], file: str) -> None:
    """Raise an error for a text that no line of a CSV file can hold: fixtures are CSV."""
    expected = f"each text of {file} is in one line"
    for place, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        if re.search(_BREAKS, name):
            raise NotATableError(expected, f"a line break or NUL in the name of column {place}", "rename it")
        broken = pc.index(pc.match_substring_regex(column, _BREAKS), True).as_py() if own.get(name) == "text" else -1
        if broken >= 0:
            fix = f"replace line breaks and NUL in the column {name!r} by blanks"
            raise NotATableError(expected, f"a line break or NUL in {name!r}, row {broken + 1}", fix)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column.cast(pa.string())
