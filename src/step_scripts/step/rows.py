"""Which rows test a model and which train it, and which rows each of several hosts works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from step_scripts.step.errors import StepError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from step_scripts.contracts import Quarantine
    from step_scripts.step.environment import Host

    Keys = npt.NDArray[np.int64]

Split = Literal["hash", "sequential"]


def held_out(keys: Keys, *, test_fraction: float, split: Split) -> npt.NDArray[np.bool_]:
    """Mark the rows of the test table.

    Parameters
    ----------
    keys : ndarray of shape (n,), int64
        Each row's key.
    test_fraction : float
        Share of the rows to mark, in (0, 1).
    split : {"hash", "sequential"}
        ``hash``: by a hash of the key. A key stays on its side when rows are added or the fraction grows, and part
        files split as the whole table does. The share is exact only in the long run. ``sequential``: the last rows.
        The share is exact to the nearest row.

    Returns
    -------
    ndarray of shape (n,), bool

    Raises
    ------
    StepError
        When one of the two sides would have no row.

    Examples
    --------
    >>> import numpy as np
    >>> held_out(np.arange(1, 9), test_fraction=0.25, split="hash").tolist()
    [False, False, True, False, False, False, False, False]
    >>> held_out(np.arange(1, 9), test_fraction=0.25, split="sequential").tolist()
    [False, False, False, False, False, False, True, True]
    """
    import numpy as np

    rows = len(keys)
    if split == "hash":
        mask = _unit_hash(keys) < test_fraction
    else:
        mask = np.arange(rows) >= rows - round(rows * test_fraction)
    if not mask.any() or mask.all():
        use = "train" if mask.any() else "test"
        raise StepError(
            f"{rows} rows at a test_fraction of {test_fraction} leave no row to {use} on: "
            "give more rows, or use fewer hosts"
        )
    return mask


def share(tables: tuple[pd.DataFrame, ...], quarantine: Quarantine, *, host: Host, split: Split) -> tuple[Any, ...]:
    """Return the rows of one of several hosts, each of which has read the whole tables.

    The remainder of a key's hash by the number of hosts is its host's number. So the same keys of all tables are on
    the same host, and the tables can still be joined. `held_out` compares the hash's size, which does not depend on
    the remainder: each host has its share of train and test.

    Parameters
    ----------
    tables : tuple of DataFrame
        Each with the key column, int64.
    quarantine : Quarantine
        The invalid rows of these tables, and the columns of their key.
    host : Host
        Which host of its job this is.
    split : {"hash", "sequential"}
        How the rows will be split into train and test.

    Returns
    -------
    tuple
        The host's rows of each table, in their order, and of the quarantine. Everything when there is one host.

    Raises
    ------
    StepError
        With several hosts: when the tables have no key, or the split is sequential. No host has the last rows of the
        whole table.

    Examples
    --------
    >>> import pandas as pd
    >>> from step_scripts.contracts import Quarantine
    >>> from step_scripts.step import Host
    >>> houses, invalid = pd.DataFrame({"house_id": range(1, 9)}), Quarantine(key=("house_id",))
    >>> parts = [share((houses,), invalid, host=Host(number, 2), split="hash")[0] for number in (0, 1)]
    >>> [part["house_id"].tolist() for part in parts]
    [[2, 4, 5, 6, 8], [1, 3, 7]]
    """
    import numpy as np

    if host.of == 1:
        return *tables, quarantine
    if split == "sequential":
        raise StepError(
            f"split is 'sequential' on {host.of} hosts: no host has the last rows of the whole table, only those "
            "of its share; use the hash split, or one host"
        )
    if not quarantine.key:
        raise StepError(
            f"the tables have no key on {host.of} hosts: expected a key column, which says each row's host; "
            "add a key to the contracts, or use one host"
        )

    def ours(keys: Keys) -> npt.NDArray[np.bool_]:
        mine: npt.NDArray[np.bool_] = _hash(keys) % np.uint64(host.of) == host.number
        return mine

    return *(table.loc[ours(table[quarantine.key[0]].to_numpy())] for table in tables), quarantine.only(ours)


def _unit_hash(keys: Keys) -> npt.NDArray[np.float64]:
    """Spread keys evenly over [0, 1): the upper 53 bits of their hash."""
    import numpy as np

    return (_hash(keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _hash(keys: Keys) -> npt.NDArray[np.uint64]:
    """Scatter keys over 64 bits by splitmix64, on every machine alike.

    Source of the constants: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). The key is
    the generator's state.
    """
    import numpy as np

    mixed = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
