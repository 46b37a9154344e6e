"""Packing a model for its travels: the model, what is known about it, and the code that answers with it."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

from model.artifact import ABOUT, CODE, MODEL, Artifact
from step_scripts import closure, project

# What answers with the model. Named here, so that the code of a step that packs a model holds this module as well.
SERVER = "step_scripts.serving.serving"


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
        _write(target / CODE / name, source)
    _write(target / ABOUT, text.encode())


def _code() -> Iterator[tuple[str, bytes]]:
    """Yield everything that the server can see, the same in a job as on a laptop, and how it finds its contracts."""
    home = project.find()
    for name, path in closure.of([SERVER], home).files.items():
        yield name, path.read_bytes()
    yield project.FILE, home.settings_of_jobs()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
