"""Where a local run finds what a script reads from outside: a file or folder of the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from step_scripts.template.adopt.places import Place

_FOLDERS = ("data", "dataset", "datasets", "sample", "samples", "fixtures")
_TABLES = frozenset({".csv", ".json", ".jsonl", ".parquet", ".txt", ".gz", ".npy", ".libsvm", ".tsv"})
_MAX_BYTES = 50_000_000  # what a local run copies in a second or so


class Found(NamedTuple):
    """A path relative to the repository, and whether there is something."""

    path: str
    exists: bool


def found_for(place: Place, root: Path, parameter: str) -> Found:
    """Return what a local run takes for an input: a file of that name, a folder of that name, or a place to fill.

    Parameters
    ----------
    place : Place
        The input.
    root : Path
        The repository.
    parameter : str
        Names the folder that is to be filled.
    """
    for folder in (*_FOLDERS, ""):
        if len(place.files) == 1 and (root / folder / place.files[0]).is_file():
            return Found(f"{folder}/{place.files[0]}".lstrip("/"), exists=True)
    names = ["/".join((folder, "-".join(place.words))) for folder in _FOLDERS] if place.words else list(_FOLDERS)
    for name in names:
        tables = [path for path in _files(root / name) if path.suffix in _TABLES]
        has_all = {path.name for path in tables} >= {*place.files}
        if tables and has_all and sum(path.stat().st_size for path in _files(root / name)) <= _MAX_BYTES:
            return Found(name, exists=True)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", parameter.removesuffix("Data")).lower()
    return Found(f"fixtures/{'-'.join(place.words) or plain}", exists=False)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())
