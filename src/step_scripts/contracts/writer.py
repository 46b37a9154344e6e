"""Write a table as sealed Parquet, after a check.

A seal is the proof that a file was checked, and has not changed since.
"""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from step_scripts._shared import write_whole
from step_scripts.contracts.checker import check
from step_scripts.contracts.contract import Contract

SEAL = ".seal.json"  # how the name of a seal ends
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
    table = _as_arrow(frame[list(contract.columns)])
    write_whole(path, lambda file: pq.write_table(table, file, row_group_size=_ROW_GROUP))
    write_whole(seal_path(path), make_seal(path, contract, rows=len(frame)).encode())
    return path


def _as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a table without the metadata of pandas: no index to restore, and no library versions in the bytes."""
    # Arrow takes the values of timestamps with a zone in a way that pandas is about to change, and warns of.
    zoned = [str(name) for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.DatetimeTZDtype)]
    if zoned:
        frame = frame.assign(**{name: frame[name].dt.tz_convert(None) for name in zoned})
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for name in zoned:
        place = table.column_names.index(name)
        table = table.set_column(place, name, table.column(place).cast(pa.timestamp("us", "UTC")))
    return table


def seal_path(path: Path) -> Path:
    """Return the path of a file's seal: beside the file, as ``<file>.seal.json``."""
    return path.with_name(f"{path.name}{SEAL}")


def make_seal(path: Path, contract: Contract, *, rows: int) -> str:
    """Return the text of a file's seal: sha256 of its bytes, the contract's id and version, the number of rows."""
    seal = {"sha256": _sha256(path), "contract": contract.id, "version": contract.version, "rows": rows}
    return json.dumps(seal, indent=2) + "\n"


def is_sealed(path: Path, contract: Contract) -> bool:
    """Tell whether a file has a seal of this contract and version, made for exactly these bytes."""
    try:
        seal = json.loads(seal_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (
        isinstance(seal, dict)
        and (seal.get("contract"), seal.get("version")) == (contract.id, contract.version)
        and seal.get("sha256") == _sha256(path)
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
