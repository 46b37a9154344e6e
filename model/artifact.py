"""The model artifact: everything that a score depends on, as JSON, UBJ and source files; never a pickle."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts import contracts as contract_tables
from step_scripts._shared import StepScriptsError
from step_scripts.contracts.versions import incompatible
from step_scripts.serving.archive import ArchiveError, read_archive

if TYPE_CHECKING:
    import xgboost as xgb

MODEL = "model.ubj"
ABOUT = "artifact.json"
CODE = "code"
ARCHIVE = "model.tar.gz"
_LIBRARIES = ("numpy", "pandas", "xgboost")


class ArtifactError(StepScriptsError, ValueError):
    """A model artifact that cannot be trusted or read; the message says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A trained model with what is needed to use it.

    Attributes
    ----------
    model : xgboost.Booster
    features : tuple of str
        Names of the model's columns, in its order.
    threshold : float
        Probability from which a claim is called a fraud.
    contracts : mapping of str to str
        Contract ids and versions under which the model was trained; `contract_versions` gives today's.
    libraries : mapping of str to str
        Library names and versions with which it was trained; `library_versions` gives today's.
    settings : mapping of str to object
        Hyperparameters, by their xgboost names.
    training : mapping of str to object
        What the training step says about its run: rows, rounds, metrics.
    """

    model: "xgb.Booster"
    features: tuple[str, ...]
    threshold: float
    contracts: Mapping[str, str]
    libraries: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


def contract_versions() -> dict[str, str]:
    """Return the ids and versions of the contracts that this code knows."""
    known = (contract_tables.load(name) for name in ("claims", "customers", "features"))
    return {contract.id: contract.version for contract in known}


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that shape a model; by import, as `xgboost-cpu` is a name of xgboost too."""
    return {name: str(import_module(name).__version__) for name in _LIBRARIES}


def load_artifact(source: str | Path) -> Artifact:
    """Read an artifact.

    Parameters
    ----------
    source : path
        A folder as `save_artifact` writes it; or a ``model.tar.gz`` of it, which is read without unpacking it to disk;
        or a folder that holds this archive, as SageMaker hands it to a job.

    Raises
    ------
    ArtifactError
        When the source, a file of it or an entry is absent, damaged, or does not belong there (links, paths that lead
        outside, more than 512 MiB); when it was trained under contracts that do not go with those of this code.
    """
    import xgboost as xgb

    path = Path(source)
    if not (path / ABOUT).exists() and (path / ARCHIVE).is_file():
        path /= ARCHIVE
    files = _read_files(path)
    about = _read_about(files[ABOUT], path)
    if hashlib.sha256(files[MODEL]).hexdigest() != about.pop("model_sha256"):
        raise ArtifactError(f"{MODEL} in {path} is not the file that {ABOUT} was written for: copy both again")
    try:
        model = xgb.Booster({"nthread": 1}, model_file=bytearray(files[MODEL]))
    except xgb.core.XGBoostError as error:
        raise ArtifactError(f"{MODEL} in {path} is no model of xgboost {xgb.__version__}: train again") from error
    if others := incompatible(about["contracts"], contract_versions()):
        raise ArtifactError(
            f"the model in {path} was trained under other contracts than this code has: {', '.join(others)}; train "
            f"again, or score with the code that travels in its {CODE}/"
        )
    if about["features"] != tuple(model.feature_names or ()):
        raise ArtifactError(f"{ABOUT} in {path} names other features than {MODEL}: train again")
    return Artifact(model=model, **about)


def _read_files(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        files = {name: (path / name).read_bytes() for name in (MODEL, ABOUT) if (path / name).is_file()}
    elif path.is_file():
        try:
            files = read_archive(path, files={MODEL, ABOUT}, folders={CODE})
        except ArchiveError as error:
            message = f"{path} is no sound model artifact ({error}): fetch it again from the job that trained it"
            raise ArtifactError(message) from error
    else:
        raise ArtifactError(f"no model artifact at {path}: expected the folder or the {ARCHIVE} of a train step")
    if absent := [name for name in (MODEL, ABOUT) if name not in files]:
        raise ArtifactError(f"{path} holds no {' and no '.join(absent)}: train again, or point to a whole artifact")
    return files


def _read_about(text: bytes, path: Path) -> dict[str, Any]:
    kinds = {
        "contracts": dict,
        "features": list,
        "libraries": dict,
        "model_sha256": str,
        "settings": dict,
        "threshold": float,
        "training": dict,
    }
    try:
        about = json.loads(text)
    except ValueError as error:
        raise ArtifactError(f"{ABOUT} in {path} is not JSON ({error}): train again") from error
    if not isinstance(about, dict) or {name: type(value) for name, value in about.items()} != kinds:
        wanted = ", ".join(f"{name} ({kind.__name__})" for name, kind in kinds.items())
        raise ArtifactError(f"{ABOUT} in {path} has other entries than {wanted}: train again with this code")
    if not 0 <= about["threshold"] <= 1:
        raise ArtifactError(f"the threshold in {path} is {about['threshold']}: expected a probability; train again")
    return {**about, "features": tuple(about["features"])}
