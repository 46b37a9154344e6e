"""Why a claim scores as it does: what each column of the raw tables adds to the model's margin."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.artifact import Artifact, ArtifactError
from scoring.encode import columns_of_features
from scoring.score import as_matrix

BASE = "base"


class Reason(NamedTuple):
    """A column of claims or customers, and the log-odds that it adds: above 0 towards fraud, below 0 away from it."""

    column: str
    contribution: float


def contributions(artifact: Artifact, features: pd.DataFrame) -> pd.DataFrame:
    """Return what each raw column adds to the margin of each row.

    They are XGBoost's SHAP values (``pred_contribs``). Those of a category's one-hot features are summed: a handler
    knows `collision_type`, and not its four features.

    Parameters
    ----------
    artifact : Artifact
    features : DataFrame of shape (n, 58 or more)
        As `scoring.predict` takes them.

    Returns
    -------
    DataFrame of shape (n, 29), float64
        `base`, the same in each row, and a column for each of claims and customers but key and label, in log-odds. A
        row's sum is its margin: the probability is 1 / (1 + exp(-sum)).

    Raises
    ------
    ArtifactError
        When the table lacks a feature of the model, or no column of today's contracts gives one of them.

    Examples
    --------
    >>> import contracts
    >>> from scoring import load_artifact
    >>> table = contracts.read_checked("fixtures/preprocess/test", contracts.load("features"), pattern="test")
    >>> added = contributions(load_artifact("fixtures/train/model"), table)
    >>> added.shape
    (1027, 29)
    """
    sources = columns_of_features()
    if unknown := [name for name in artifact.features if name not in sources]:
        raise ArtifactError(
            f"no column of claims or customers gives the model's feature {unknown[0]}: explain it with the code that "
            "travels in the artifact, or train again"
        )
    rows = as_matrix(artifact, features)
    columns = list(dict.fromkeys(sources.values()))
    summed = np.zeros((len(features), 1 + len(columns)))
    if len(features):
        single = np.asarray(artifact.model.predict(rows, pred_contribs=True), dtype=np.float64)
        summed[:, 0] = single[:, -1]
        for place, name in enumerate(artifact.features):
            summed[:, 1 + columns.index(sources[name])] += single[:, place]
    return pd.DataFrame(summed, columns=[BASE, *columns])


def top_reasons(table: pd.DataFrame, *, most: int = 3) -> list[tuple[Reason, ...]]:
    """Return the columns that matter most for each row, the greatest contribution first.

    Parameters
    ----------
    table : DataFrame of shape (n, 29)
        As `contributions` returns it.
    most
        At most so many for a row; a column that adds nothing is no reason.

    Examples
    --------
    >>> table = pd.DataFrame({"base": [-3.0], "num_injuries": [0.25], "customer_age": [-0.5], "auto_year": [0.0]})
    >>> top_reasons(table)
    [(Reason(column='customer_age', contribution=-0.5), Reason(column='num_injuries', contribution=0.25))]
    """
    values = table.drop(columns=BASE)
    names, numbers = list(values.columns), values.to_numpy()
    # Stable, so that of two equal ones the first column comes first: the same bytes each time.
    order = np.argsort(-np.abs(numbers), axis=1, kind="stable")[:, :most]
    return [
        tuple(Reason(names[place], float(row[place])) for place in places if row[place] != 0)
        for row, places in zip(numbers, order, strict=True)
    ]
