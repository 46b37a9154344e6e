"""Write a valid table, whole or not at all, and seal it."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from step_scripts._shared import write_whole
from step_scripts.contracts.checker import check
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.seal import make_seal, seal_path

_ROW_GROUP = 50_000  # rows that are encoded at once: Arrow's default, a million, takes 50 MB more for a wide table


def write_checked(frame: pd.DataFrame, path: Path | str, contract: Contract) -> Path:
    """Check a table, write it as Parquet, and seal it.

    The file and then its seal appear by rename. A process that is killed at any moment leaves the old file or the new
    one, and a seal only beside a file that was checked. The same table gives the same bytes.

    Parameters
    ----------
    frame
        The table. Its columns are written in the contract's order; its index is not written.
    path
        The ``.parquet`` file. It is replaced when it exists; its folder is made when it does not.
    contract
        The contract of the table.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ContractError
        When the table breaks its contract; nothing is written then.
    ValueError
        When the path does not end in ``.parquet``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses, table
    >>> with TemporaryDirectory() as folder:
    ...     file = write_checked(table(), f"{folder}/houses.parquet", houses())
    ...     sorted(path.name for path in file.parent.iterdir())
    ['houses.parquet', 'houses.parquet.seal.json']
    """
    path = Path(path)
    if path.suffix != ".parquet":
        raise ValueError(f"expected a path that ends in .parquet, got {path}")
    check(frame, contract)
    # Without the metadata of pandas: no index to restore, and no library versions in the bytes.
    table = pa.Table.from_pandas(frame[list(contract.columns)], preserve_index=False).replace_schema_metadata(None)
    write_whole(path, lambda file: pq.write_table(table, file, row_group_size=_ROW_GROUP))
    write_whole(seal_path(path), make_seal(path, contract, rows=len(frame)).encode())
    return path
