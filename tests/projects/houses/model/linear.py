"""A price as a weighted sum of a house's features."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from step_scripts.serving.artifact import check_entries, read_artifact

FEATURES = ("rooms", "area", "is_house")
CONTRACTS = ("houses", "features")


@dataclass(frozen=True)
class Linear:
    """A linear model: euros for a house without anything, and for one of each feature."""

    intercept: float
    weights: tuple[float, ...]

    def predict(self, features: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return the price of each row, in euros."""
        return self.intercept + features[list(FEATURES)].to_numpy(dtype=np.float64) @ np.array(self.weights)


def encode(houses: pd.DataFrame) -> pd.DataFrame:
    """Return the features of houses, one row each: `house_id` and those in `FEATURES`."""
    return houses[["house_id", "rooms", "area"]].assign(is_house=houses["kind"] == "house")


def fit(features: pd.DataFrame, *, ridge: float) -> Linear:
    """Find the weights by least squares, with a penalty on their squares."""
    table, prices = features[list(FEATURES)].to_numpy(dtype=np.float64), features["price"].to_numpy()
    centre, mean = table.mean(axis=0), prices.mean()
    left = (table - centre).T @ (table - centre) + ridge * np.eye(len(FEATURES))
    weights = np.linalg.solve(left, (table - centre).T @ (prices - mean))
    return Linear(float(mean - centre @ weights), tuple(weights.tolist()))


def load(folder: Path) -> Linear:
    """Read a model's folder, or the ``model.tar.gz`` in it."""
    found = read_artifact(folder, files=[], contracts=CONTRACTS)
    check_entries(found, {"intercept": float, "weights": list})
    return Linear(found.about["intercept"], tuple(found.about["weights"]))
