"""How far predicted prices are from real ones."""

import numpy as np
import numpy.typing as npt

Prices = npt.NDArray[np.float64]


def metrics(actual: Prices, predicted: Prices, *, samples: int, seed: int) -> dict[str, dict[str, float]]:
    """Return RMSE and MAE in euros, each with the bounds of its 95 % bootstrap interval.

    Parameters
    ----------
    actual, predicted : ndarray of shape (n,)
        Prices in euros.
    samples, seed : int
        Of the bootstrap.
    """
    errors = predicted - actual
    drawn = errors[np.random.default_rng(seed).integers(0, len(errors), (samples, len(errors)))]
    kinds = {"mae": lambda e: np.abs(e).mean(axis=-1), "rmse": lambda e: np.sqrt(np.square(e).mean(axis=-1))}
    found = {}
    for name, measure in kinds.items():
        lower, upper = np.quantile(measure(drawn), [0.025, 0.975])
        found[name] = {"value": float(measure(errors)), "lower": float(lower), "upper": float(upper)}
    return found
