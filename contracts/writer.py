"""Write a table that keeps its contract, whole or not at all, and seal it."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.checker import check
from contracts.contract import Contract
from contracts.seal import make_seal, seal_path


def write_checked(frame: pd.DataFrame, path: Path | str, contract: Contract) -> Path:
    """Check a table, write it as Parquet, and seal it; the file and then its seal appear by rename.

    Parameters
    ----------
    frame
        The table; its columns are written in the contract's order, its index is not.
    path
        The file, which is replaced when it exists; its folder is made when it does not.
    contract
        What the table has to keep.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ContractError
        When the table breaks its contract; nothing is written then.
    """
    path = Path(path)
    check(frame, contract)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(frame[list(contract.columns)], preserve_index=False)
    _appear(path, lambda temporary: pq.write_table(table, temporary))
    seal = make_seal(path, contract, rows=len(frame))
    _appear(seal_path(path), lambda temporary: temporary.write_text(seal, encoding="utf-8"))
    return path


def _appear(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and rename: a reader sees the old file or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
