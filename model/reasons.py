"""The reasons for a score: what each column of the raw tables adds to the model's margin."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.artifact import Artifact
from model.encode import columns_of_features
from model.score import as_matrix
from step_scripts.serving.artifact import ArtifactError

if TYPE_CHECKING:
    import xgboost as xgb

BASE = "base"


def contributions(artifact: Artifact, features: pd.DataFrame) -> pd.DataFrame:
    """Return what each raw column adds to the margin of each row.

    They are XGBoost's SHAP values (``pred_contribs``). The values of a column's one-hot features are summed: a claims
    handler knows `collision_type`, and not its four features.

    Parameters
    ----------
    artifact : Artifact
    features : DataFrame of shape (n, 58 or more)
        As `model.predict` takes them.

    Returns
    -------
    DataFrame of shape (n, 29), float64
        In log-odds: `base`, the same in each row, and the columns of claims and customers without key and label. The
        sum of a row is its margin: the probability is 1 / (1 + exp(-sum)).

    Raises
    ------
    ArtifactError
        When the table lacks a feature of the model, or a feature comes from no column of the current contracts.

    Examples
    --------
    >>> from step_scripts import contracts
    >>> from model.artifact import load_artifact
    >>> table = contracts.read_checked("fixtures/preprocess/test", contracts.load("features"), pattern="test")
    >>> added = contributions(load_artifact("fixtures/train/model"), table)
    >>> added.shape
    (1027, 29)
    """
    columns, _ = selector(artifact)
    rows = as_matrix(artifact, features)
    return pd.DataFrame(contributions_of(artifact, rows), columns=[BASE, *columns])


def contributions_of(artifact: Artifact, rows: "xgb.DMatrix") -> npt.NDArray[np.float64]:
    """Return the same as `contributions` for rows that are ready for XGBoost, without the names."""
    columns, feature_to_column = selector(artifact)
    summed = np.zeros((rows.num_row(), 1 + len(columns)))
    if len(summed):
        single = np.asarray(artifact.model.predict(rows, pred_contribs=True, validate_features=False), dtype=np.float64)
        summed[:, 0] = single[:, -1]
        summed[:, 1:] = single[:, :-1] @ feature_to_column
    return summed


def selector(artifact: Artifact) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    """Return the raw columns, and the matrix of zeros and ones that sums the features of each column.

    Raises
    ------
    ArtifactError
        When a feature of the model comes from no column of the current contracts.
    """
    return _selector(artifact.features)


@cache
def _selector(features: tuple[str, ...]) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    sources = columns_of_features()
    if unknown := [name for name in features if name not in sources]:
        raise ArtifactError(
            f"no column of claims or customers gives the model's feature {unknown[0]}: explain it with the code that "
            "travels in the artifact, or train again"
        )
    columns = tuple(dict.fromkeys(sources.values()))
    matrix = np.zeros((len(features), len(columns)))
    for place, name in enumerate(features):
        matrix[place, columns.index(sources[name])] = 1
    return columns, matrix
