"""Rows in quarantine, read again: each cell as the text that its file holds."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


def raw_rows(parts: Sequence[tuple[Path, int]], places: Sequence[int]) -> pa.Table:
    """Read some rows again, by their numbers in ascending order, each cell as the text that the file holds."""
    tables, start = [], 0
    for file, rows in parts:
        here = [place - start for place in places if start <= place < start + rows]
        start += rows
        if here:
            tables.append(_parquet_rows(file, here) if file.suffix == ".parquet" else csv_rows(file, here))
    names = tables[0].column_names
    return pa.concat_tables([table.select(names) for table in tables])


def csv_rows(file: Path, rows: Sequence[int]) -> pa.Table:
    r"""Read some rows of a file that `read_csv` can read, each cell as text, block by block.

    Parameters
    ----------
    file
        A .csv or .csv.gz file.
    rows
        Their numbers, counted from 0, ascending.

    Returns
    -------
    pyarrow.Table
        All columns of the file in their order, as strings; an empty cell is an empty string.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "houses.csv")
    ...     _ = path.write_text("house_id,area\n1,48.50\n2,140\n")
    ...     csv_rows(path, [0])["area"].to_pylist()
    ['48.50']
    """
    with pa_csv.open_csv(file) as reader:
        names = reader.schema.names
    options = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    batches, start, wanted = [], 0, list(rows)
    with pa_csv.open_csv(file, convert_options=options) as reader:
        schema = reader.schema
        for batch in reader:
            here = [row - start for row in wanted if row < start + batch.num_rows]
            wanted = wanted[len(here) :]
            start += batch.num_rows
            if here:
                batches.append(batch.take(pa.array(here)))
            if not wanted:
                break
    return pa.Table.from_batches(batches, schema=schema)


def _parquet_rows(file: Path, places: Sequence[int]) -> pa.Table:
    """Read rows of a Parquet file as text: numbers in the fewest exact digits, a missing value as an empty text."""
    with pq.ParquetFile(file) as parquet:
        table = parquet.read().take(places)
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    text = [pa.array(["" if value is None else str(value) for value in column.to_pylist()]) for column in table.columns]
    return pa.table(text, names=table.column_names)
