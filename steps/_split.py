"""Which rows test a model, and which train it."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from steps import _job as job

Split = Literal["hash", "sequential"]


def held_out(policy_ids: npt.NDArray[np.int64], *, test_fraction: float, split: Split) -> npt.NDArray[np.bool_]:
    """Mark the rows of the test table.

    Parameters
    ----------
    policy_ids : ndarray of shape (n,), int64
    test_fraction : float
        Share of the rows to mark, in (0, 1).
    split : {"hash", "sequential"}
        ``hash``: by a hash of the policy, so that a policy never changes sides when the data grow or the fraction
        changes, and part files split as their whole does; the share holds in the long run. ``sequential``: the last
        rows, as the workshop does; the share holds to the nearest row.

    Returns
    -------
    ndarray of shape (n,), bool

    Raises
    ------
    StepError
        When one side would have no row.

    Examples
    --------
    >>> held_out(np.arange(1, 9), test_fraction=0.25, split="hash").tolist()
    [False, False, True, False, False, False, False, False]
    >>> held_out(np.arange(1, 9), test_fraction=0.25, split="sequential").tolist()
    [False, False, False, False, False, False, True, True]
    """
    rows = len(policy_ids)
    if split == "hash":
        mask = _unit_hash(policy_ids) < test_fraction
    else:
        mask = np.arange(rows) >= rows - round(rows * test_fraction)
    if not mask.any() or mask.all():
        use = "train" if mask.any() else "test"
        raise job.StepError(f"{rows} rows at a test_fraction of {test_fraction} leave none to {use} on: give more rows")
    return mask


def _unit_hash(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Spread keys evenly over [0, 1), on every machine alike: the upper 53 bits of splitmix64.

    The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), whose state is the
    key; with its constants.
    """
    mixed = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
