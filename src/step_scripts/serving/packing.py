"""Write a model artifact: the model's files, what is known about it, and the code that answers with it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from step_scripts import closure, project
from step_scripts._shared import write_whole
from step_scripts.serving.artifact import ABOUT, CODE, ENTRIES, ArtifactError
from step_scripts.serving.predictor import predictor_module

# The server is named in a text, which counts as an import: the code of a step that packs a model contains the server
# and, through it, the project's predictor. So a job packs the same bytes as a laptop. See `step_scripts.closure`.
SERVER = "step_scripts.serving.serving"
_PICKLES = frozenset({".joblib", ".pickle", ".pkl"})


def pack(
    folder: str | Path,
    *,
    files: Mapping[str, bytes],
    contracts: Mapping[str, str],
    libraries: Mapping[str, str],
    about: Mapping[str, Any],
) -> None:
    """Write the model's files, ``code/`` and, last, ``artifact.json``, without which a folder is not an artifact.

    The same arguments give the same bytes. ``code/`` holds the sources of the server and of the project's predictor,
    with the contracts that they use, so that the code that was tested is the code that serves.

    Parameters
    ----------
    folder : path
        Gets the files; it is made where it is missing.
    files : mapping of str to bytes
        The model's files by their names.
    contracts, libraries : mapping of str to str
        Versions under which the model was trained, of `contracts.contract_versions` and `versions.library_versions`.
    about : mapping of str to object
        The project's own entries of artifact.json.

    Raises
    ------
    ArtifactError
        When a file or an entry has a name that it cannot have, or a file is a pickle.
    ValueError
        When a number in `about` is NaN or infinite, which JSON lacks.
    PredictorError, ClosureError
        When the project names no predictor, or one that does not exist.
    """
    target = Path(folder)
    if reserved := [name for name in ENTRIES if name in about]:
        raise ArtifactError(f"{ABOUT}: expected an entry with another name than {reserved[0]}, which is reserved")
    for name, content in files.items():
        _check_file(name, content)
    entries = {
        **about,
        "contracts": dict(contracts),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "libraries": dict(libraries),
    }
    text = json.dumps(entries, indent=2, sort_keys=True, allow_nan=False) + "\n"
    for name, content in files.items():
        write_whole(target / name, content)
    for name, source in _code():
        write_whole(target / CODE / name, source)
    write_whole(target / ABOUT, text.encode())


def _code() -> Iterator[tuple[str, bytes]]:
    """Yield all that the server and the predictor can see, and the settings by which they find their project."""
    home = project.find()
    for name, path in closure.of([SERVER, predictor_module(home)], home).files.items():
        yield name, path.read_bytes()
    yield project.FILE, home.settings_of_jobs()


def _check_file(name: str, content: bytes) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or path.parts[0] in {ABOUT, CODE}:
        raise ArtifactError(f"expected the name of a file in the artifact, beside {ABOUT} and {CODE}/, got {name!r}")
    if path.suffix in _PICKLES or content.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        raise ArtifactError(
            f"{name} is a pickle, which runs code when it is read: save the model in its library's own format"
        )
