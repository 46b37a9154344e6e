"""Write a table that keeps its contract, whole or not at all, and seal it."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from step_scripts.contracts.checker import check
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.seal import make_seal, seal_path

_ROW_GROUP = 50_000  # rows that are encoded at once: Arrow's default, a million, takes 50 MB more for a wide table


def write_checked(frame: pd.DataFrame, path: Path | str, contract: Contract) -> Path:
    """Check a table, write it as Parquet, and seal it.

    The file and then its seal appear by rename, so whenever this is killed there is the old file or the new one, and a
    seal only on a file that was checked. The same table gives the same bytes.

    Parameters
    ----------
    frame
        The table. Its columns are written in the contract's order; its index is not written.
    path
        The ``.parquet`` file. It is replaced when it exists; its folder is made when it does not.
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
    ValueError
        When the path does not end in ``.parquet``.

    Examples
    --------
    >>> from step_scripts import contracts
    >>> import tempfile
    >>> customers = contracts.load("customers")
    >>> table = contracts.read_checked("fixtures/customers.csv", customers)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = contracts.write_checked(table, f"{folder}/customers.parquet", customers)
    ...     sorted(path.name for path in file.parent.iterdir())
    ['customers.parquet', 'customers.parquet.seal.json']
    """
    path = Path(path)
    if path.suffix != ".parquet":
        raise ValueError(f"expected a path that ends in .parquet, got {path}")
    check(frame, contract)
    # Without the metadata of pandas: no index to restore, and no library versions in the bytes.
    table = pa.Table.from_pandas(frame[list(contract.columns)], preserve_index=False).replace_schema_metadata(None)
    path.parent.mkdir(parents=True, exist_ok=True)
    appear(path, lambda temporary: pq.write_table(table, temporary, row_group_size=_ROW_GROUP))
    seal = make_seal(path, contract, rows=len(frame))
    appear(seal_path(path), lambda temporary: temporary.write_text(seal, encoding="utf-8"))
    return path


def appear(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the path and rename. The name begins with a dot, so that no reader takes it for a part file.

    Parameters
    ----------
    path
        The file that appears, whole or not at all.
    write
        Called with the path to write to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     appear(Path(folder, "a.txt"), lambda temporary: temporary.write_text("a"))
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.txt']
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
