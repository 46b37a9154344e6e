"""Which rows test a model and which train it, and which of several hosts they fall to."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from step_scripts.contracts import Quarantine
from step_scripts.step import job

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
        raise job.StepError(
            f"{rows} rows at a test_fraction of {test_fraction} leave none to {use} on: "
            "give more rows, or fewer hosts that share them"
        )
    return mask


def share(tables: tuple[pd.DataFrame, ...], quarantine: Quarantine, *, host: job.Host, split: Split) -> tuple[Any, ...]:
    """Return what falls to one of several hosts, each of which sees the whole tables.

    A policy's hash divided by the number of hosts leaves its host's number, so tables that are shared this way still
    join. `held_out` asks how large the hash is, of which that remainder says nothing: train and test fall to every
    host alike.

    Parameters
    ----------
    tables : tuple of DataFrame
        Each with a column `policy_id`, int64.
    quarantine : Quarantine
        What was set apart of them.
    host
        This host's place among those of its job.
    split : {"hash", "sequential"}
        How the rows will be split into train and test.

    Returns
    -------
    tuple
        The host's rows of each table in their order, and of the quarantine; all of it where there is one host.

    Raises
    ------
    StepError
        When a sequential split meets several hosts, none of which has the tables' last rows.

    Examples
    --------
    >>> table = pd.DataFrame({"policy_id": range(1, 9)})
    >>> parts = [share((table,), Quarantine(), host=job.Host(number, 2), split="hash")[0] for number in (0, 1)]
    >>> [part["policy_id"].tolist() for part in parts]
    [[2, 4, 5, 6, 8], [1, 3, 7]]
    """
    if host.of == 1:
        return *tables, quarantine
    if split == "sequential":
        raise job.StepError(
            f"split is 'sequential' on {host.of} hosts: no host has the last rows of the whole table, only those "
            "of its share; use the hash split, or one host"
        )

    def ours(policy_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        mine: npt.NDArray[np.bool_] = _hash(policy_ids) % np.uint64(host.of) == host.number
        return mine

    return *(table.loc[ours(table["policy_id"].to_numpy())] for table in tables), quarantine.only(ours)


def _unit_hash(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Spread keys evenly over [0, 1): the upper 53 bits of their hash."""
    return (_hash(keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _hash(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Scatter keys over 64 bits, on every machine alike, by splitmix64.

    The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), whose state is the
    key; with its constants.
    """
    mixed = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
