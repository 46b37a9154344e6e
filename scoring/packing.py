"""Packing a model for its travels: the model, what is known about it, and the code that answers with it."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.artifact import ABOUT, CODE, MODEL, Artifact

if TYPE_CHECKING:
    # Imported by nobody here. It is named because a job has the code alone that its own step names, and the step that
    # packs needs what serves, to pack it; no other step does, so that none starts anew when the server is edited.
    import scoring.serving  # noqa: F401

# What the server imports, by name: a job has only its own step's code, a laptop the whole project, and both have to
# pack the same. The tests hold the lists to the imports.
_CODE_FILES = {
    "contracts": (
        *("__init__.py", "checker.py", "contract.py", "csv_file.py", "diagnosis.py", "engine.py", "error.py"),
        *("expect_rows_to_satisfy.py", "expression.py", "formats.py", "lines.py", "part_files.py", "quarantine.py"),
        *("reader.py", "record.py", "rule.py", "seal.py", "sifter.py", "structure.py", "values.py", "versions.py"),
        "writer.py",
        *("claims.yaml", "customers.yaml", "features.yaml"),
    ),
    "scoring": (
        *("__init__.py", "answer.py", "archive.py", "artifact.py", "encode.py", "openapi.py", "payload.py"),
        *("reasons.py", "records.py", "score.py", "server.py", "serving.py"),
    ),
}


def save_artifact(artifact: Artifact, folder: str | Path) -> None:
    """Write ``model.ubj``, ``code/`` and, last, ``artifact.json``, without which no reader takes the folder for whole.

    The same artifact gives the same bytes. ``code/`` holds the sources of the server and what they use of contracts, so
    that what was evaluated is what serves.

    Raises
    ------
    ValueError
        When a number in `settings` or `training` is NaN or infinite, which JSON lacks.
    """
    target = Path(folder)
    model = bytes(artifact.model.save_raw("ubj"))
    about = {
        "contracts": dict(artifact.contracts),
        "features": list(artifact.features),
        "libraries": dict(artifact.libraries),
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "settings": dict(artifact.settings),
        "threshold": float(artifact.threshold),
        "training": dict(artifact.training),
    }
    text = json.dumps(about, indent=2, sort_keys=True, allow_nan=False) + "\n"
    _write(target / MODEL, model)
    for name, source in _code():
        _write(target / CODE / name, source.read_bytes())
    _write(target / ABOUT, text.encode())


def _code() -> Iterator[tuple[str, Path]]:
    for package, names in _CODE_FILES.items():
        home = Path(str(import_module(package).__file__)).parent
        for name in names:
            yield f"{package}/{name}", home / name


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
