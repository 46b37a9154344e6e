"""The model artifact: the booster, its features and its threshold, and how it was trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.versions import CONTRACTS
from step_scripts.serving import artifact as _generic
from step_scripts.serving.artifact import ABOUT, ArtifactError

if TYPE_CHECKING:
    import xgboost as xgb

MODEL = "model.ubj"


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A trained model with what is needed to use it.

    Attributes
    ----------
    model : xgboost.Booster
    features : tuple of str
        Names of the model's columns, in its order.
    threshold : float
        Smallest probability at which a claim is called a fraud.
    contracts : mapping of str to str
        Contract ids and versions under which the model was trained: see `contracts.contract_versions`.
    libraries : mapping of str to str
        Library names and versions with which it was trained; `model.versions` gives the current ones.
    settings : mapping of str to object
        Hyperparameters, by their xgboost names.
    training : mapping of str to object
        What the training step reports about its run: rows, rounds, metrics.
    """

    model: "xgb.Booster"
    features: tuple[str, ...]
    threshold: float
    contracts: Mapping[str, str]
    libraries: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


def load_artifact(source: str | Path) -> Artifact:
    """Read an artifact.

    Parameters
    ----------
    source : path
        A folder as `model.packing.save_artifact` writes it; or a ``model.tar.gz`` of it, which is read without
        unpacking it to disk; or a folder that holds this archive, as SageMaker gives it to a job.

    Raises
    ------
    ArtifactError
        When the source, a file of it or an entry is absent, damaged, or does not belong there (links, paths that lead
        outside, more than 512 MiB); when it was trained under contracts that do not go with the current ones.
    """
    import xgboost as xgb

    found = _generic.read_artifact(source, files=[MODEL], contracts=CONTRACTS)
    _generic.check_entries(found, {"features": list, "settings": dict, "threshold": float, "training": dict})
    about, place = dict(found.about), found.place
    if not 0 <= about["threshold"] <= 1:
        raise ArtifactError(f"the threshold in {place} is {about['threshold']}: expected a probability; train again")
    try:
        model = xgb.Booster({"nthread": 1}, model_file=bytearray(found.files[MODEL]))
    except xgb.core.XGBoostError as error:
        raise ArtifactError(f"{MODEL} in {place} is no model of xgboost {xgb.__version__}: train again") from error
    if about["features"] != (model.feature_names or []):
        raise ArtifactError(f"{ABOUT} in {place} names other features than {MODEL}: train again")
    about["features"] = tuple(about["features"])
    return Artifact(model=model, contracts=found.contracts, libraries=found.libraries, **about)
