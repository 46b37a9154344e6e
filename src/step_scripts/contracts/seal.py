"""The seal of a file: the proof that the file was checked, and has not changed since."""

import hashlib
import json
from pathlib import Path

from step_scripts.contracts.contract import Contract

SEAL = ".seal.json"  # how the name of a seal ends


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
