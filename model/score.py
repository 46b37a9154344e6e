"""Fraud probabilities and decisions of a trained artifact."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.artifact import Artifact
from model.encode import encode
from step_scripts.serving.artifact import ArtifactError

if TYPE_CHECKING:
    import xgboost as xgb


def predict(artifact: Artifact, features: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the fraud probability of each row.

    Parameters
    ----------
    artifact : Artifact
    features : DataFrame of shape (n, 58 or more)
        The model's features by name, in any order; other columns (`policy_id`, `fraud`) are ignored.

    Returns
    -------
    ndarray of shape (n,), float64
        In [0, 1]. The model computes in float32; a comparison with a threshold needs float64 on both sides.

    Raises
    ------
    ArtifactError
        When the table lacks a feature of the model.
    """
    rows = as_matrix(artifact, features)
    return np.empty(0) if features.empty else np.asarray(artifact.model.predict(rows), dtype=np.float64)


def as_matrix(artifact: Artifact, features: pd.DataFrame) -> "xgb.DMatrix":
    """Return the model's features of a table, in the model's order, as XGBoost takes them.

    Raises
    ------
    ArtifactError
        When the table lacks a feature of the model.
    """
    import xgboost as xgb

    if absent := [name for name in artifact.features if name not in features.columns]:
        named = ", ".join(absent[:5])
        raise ArtifactError(
            f"the table lacks {len(absent)} of the model's {len(artifact.features)} features ({named}): "
            "encode it with the code that travels in the artifact, or train again"
        )
    # One thread is as fast as all of them up to a million rows, and saves the 20 ms that the others take to start.
    return xgb.DMatrix(features[list(artifact.features)], nthread=1)


def score(artifact: Artifact, claims: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Score claims as they come from the source, without the label.

    Parameters
    ----------
    artifact : Artifact
    claims, customers : DataFrame
        As `encode` takes them.

    Returns
    -------
    DataFrame of shape (n, 3)
        `policy_id`, `probability` (float64 in [0, 1]) and `decision` (int64: 1 is fraud), in the order of the claims.

    Raises
    ------
    ContractError, ArtifactError
        As `encode` and `predict`.
    """
    features = encode(claims, customers)
    probability = predict(artifact, features)
    decision = (probability >= artifact.threshold).astype(np.int64)
    return pd.DataFrame({"policy_id": features["policy_id"], "probability": probability, "decision": decision})
