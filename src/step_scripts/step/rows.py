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
    from step_scripts.step.hashing import Hashes, Rows

Split = Literal["hash", "sequential"]


def held_out(rows: Rows, *, test_fraction: float, split: Split) -> npt.NDArray[np.bool_]:
    """Mark the rows of the test table.

    Parameters
    ----------
    rows : ndarray or Series of shape (n,), or DataFrame of n rows
        Each row's key: its column, or a table of its columns. Of a table without a key, the whole rows.
    test_fraction : float
        Share of the rows to mark, in (0, 1).
    split : {"hash", "sequential"}
        ``hash``: by a hash of the values (see `step_scripts.step.hashing`). A row stays on its side when rows are added
        or the fraction grows, and part files split as the whole table does. Equal rows are on the same side: a model is
        never tested on a copy of a row that trained it. The share is exact only in the long run. ``sequential``: the
        last rows. The share is exact to the nearest row, and copies of a row may be on both sides. Rows that are alike
        except for the label are together where the label is left out of `rows`.

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

    count = len(rows)
    if split == "hash":
        mask = _fractions(rows) < test_fraction
    else:
        mask = np.arange(count) >= count - round(count * test_fraction)
    if not mask.any() or mask.all():
        use = "train" if mask.any() else "test"
        # Equal rows are on the same side of a hash.
        more = "rows that differ, or a key" if split == "hash" else "rows"
        raise StepError(
            f"{count} rows at a test_fraction of {test_fraction} leave no row to {use} on: "
            f"give more {more}, or use fewer hosts"
        )
    return mask


def share(tables: tuple[pd.DataFrame, ...], quarantine: Quarantine, *, host: Host, split: Split) -> tuple[Any, ...]:
    """Return the rows of one of several hosts, each of which has read the whole tables.

    The remainder of a key's hash by the number of hosts is its host's number. So the same keys of all tables are on
    the same host, and the tables can still be joined. Without a key, it is the hash of the whole row. `held_out`
    compares the hash's size, which does not depend on the remainder: each host has its share of train and test.

    Parameters
    ----------
    tables : tuple of DataFrame
        Each with the key columns; a single table may have no key.
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
        With several hosts: when several tables have no key, or the split is sequential. No host has the last rows of
        the whole table.

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
    if not quarantine.key and len(tables) > 1:
        raise StepError(
            f"{len(tables)} tables have no key on {host.of} hosts: expected key columns, which say on which host rows "
            "are joined; add a key to the contracts, or use one host"
        )

    def ours(rows: Rows) -> npt.NDArray[np.bool_]:
        mine: npt.NDArray[np.bool_] = _hashes(rows) % np.uint64(host.of) == host.number
        return mine

    columns = list(quarantine.key)
    return *(table.loc[ours(table[columns] if columns else table)] for table in tables), quarantine.only(ours)


def _fractions(rows: Rows) -> npt.NDArray[np.float64]:
    """Spread rows evenly over [0, 1): the upper 53 bits of their hash."""
    import numpy as np

    return (_hashes(rows) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _hashes(rows: Rows) -> Hashes:
    from step_scripts.step.hashing import row_hash

    return row_hash(rows)
