"""A model artifact: everything that a prediction depends on, as plain files; never a pickle.

It is a folder, or a ``model.tar.gz`` of it, with

- ``artifact.json``: versions of contracts and libraries, the sha256 of each model file, and the project's own entries;
- the model's files, as the project writes them;
- ``code/``: the server and the project's predictor (see `step_scripts.serving.packing`).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from step_scripts._shared import StepScriptsError
from step_scripts.contracts.catalog import contract_versions
from step_scripts.contracts.versions import incompatible
from step_scripts.serving.archive import ArchiveError, read_archive

ABOUT = "artifact.json"
CODE = "code"
ARCHIVE = "model.tar.gz"
ENTRIES = ("contracts", "files", "libraries")  # of artifact.json; all others are the project's


class ArtifactError(StepScriptsError, ValueError):
    """A model artifact that cannot be trusted or read; the message says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class ArtifactFiles:
    """The content of an artifact.

    Attributes
    ----------
    place : Path
        Where it was read, for error messages.
    files : mapping of str to bytes
        The model's files.
    contracts : mapping of str to str
        Contract ids and versions under which the model was trained; see `versions`.
    libraries : mapping of str to str
        Library names and versions with which it was trained; see `versions`.
    about : mapping of str to object
        The project's own entries of artifact.json.
    """

    place: Path
    files: Mapping[str, bytes]
    contracts: Mapping[str, str]
    libraries: Mapping[str, str]
    about: Mapping[str, Any]


def read_artifact(source: str | Path, *, files: Collection[str], contracts: Iterable[str]) -> ArtifactFiles:
    """Read an artifact, and check that its model files are those that it was written with.

    Parameters
    ----------
    source : path
        A folder as `packing.pack` writes it; or a ``model.tar.gz`` of it, which is read without unpacking it to disk;
        or a folder that holds this archive, as SageMaker gives it to a job.
    files : collection of str
        Names of the model's files.
    contracts : iterable of str
        Names of the contracts whose current versions must go with those under which the model was trained.

    Raises
    ------
    ArtifactError
        When the source, a file of it or an entry is absent, damaged, or does not belong there (links, paths that lead
        outside, more than 512 MiB); when the model was trained under contracts that do not go with the current ones.
    """
    path = Path(source)
    if not (path / ABOUT).exists() and (path / ARCHIVE).is_file():
        path /= ARCHIVE
    found = _read_files(path, files)
    about = _read_about(found.pop(ABOUT), path)
    digests = about.pop("files")
    if set(digests) != set(files):
        named = ", ".join(sorted(digests)) or "none"
        raise ArtifactError(
            f"{ABOUT} in {path} lists other model files: expected {', '.join(files)}, got {named}; train again"
        )
    for name, content in found.items():
        if hashlib.sha256(content).hexdigest() != digests[name]:
            raise ArtifactError(f"{name} in {path} is not the file that {ABOUT} was written for: copy both again")
    if others := incompatible(about["contracts"], contract_versions(contracts)):
        raise ArtifactError(
            f"the model in {path} was trained under other contracts than this code has: {', '.join(others)}; train "
            f"again, or score with the code that travels in its {CODE}/"
        )
    return ArtifactFiles(
        place=path, files=found, contracts=about.pop("contracts"), libraries=about.pop("libraries"), about=about
    )


def check_entries(artifact: ArtifactFiles, kinds: Mapping[str, type]) -> None:
    """Check that the project's own entries are there, and of the right JSON types, and that there are no others.

    Raises
    ------
    ArtifactError
        When they are not.

    Examples
    --------
    >>> found = ArtifactFiles(place=Path("model"), files={}, contracts={}, libraries={}, about={"bias": 1.5})
    >>> check_entries(found, {"bias": float})
    """
    if {name: type(value) for name, value in artifact.about.items()} != kinds:
        raise ArtifactError(_other_entries(artifact.place, kinds))


def _other_entries(place: Path, kinds: Mapping[str, type]) -> str:
    wanted = ", ".join(f"{name} ({kind.__name__})" for name, kind in kinds.items())
    return f"{ABOUT} in {place} has other entries than {wanted}: train again with this code"


def _read_files(path: Path, names: Collection[str]) -> dict[str, bytes]:
    wanted = {ABOUT, *names}
    if path.is_dir():
        files = {name: (path / name).read_bytes() for name in sorted(wanted) if (path / name).is_file()}
    elif path.is_file():
        try:
            files = read_archive(path, files=wanted, folders={CODE})
        except ArchiveError as error:
            raise ArtifactError(
                f"{path} is not a valid model artifact ({error}): fetch it again from the job that trained it"
            ) from error
    else:
        raise ArtifactError(f"no model artifact at {path}: expected the folder or the {ARCHIVE} of a train step")
    if absent := [name for name in (*names, ABOUT) if name not in files]:
        raise ArtifactError(f"{path} holds no {' and no '.join(absent)}: train again, or point to a whole artifact")
    return files


def _read_about(text: bytes, path: Path) -> dict[str, Any]:
    try:
        about = json.loads(text)
    except ValueError as error:
        raise ArtifactError(f"{ABOUT} in {path} is not JSON ({error}): train again") from error
    if not isinstance(about, dict) or not all(_is_mapping_of_texts(about.get(name)) for name in ENTRIES):
        raise ArtifactError(_other_entries(path, dict.fromkeys(ENTRIES, dict)))
    return about


def _is_mapping_of_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
