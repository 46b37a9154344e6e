"""Fixtures from somebody's own rows: some rows of each file, each cell as the file has it."""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.template.guess import TableGuess
from step_scripts.template.text_table import read_text

MIN_CLASS = 100  # rows that each class keeps, if it has as many
Places = npt.NDArray[np.intp]


def sample(guesses: Sequence[TableGuess], *, rows: int = 2000, seed: int = 0) -> dict[str, bytes]:
    """Return some rows of each table as CSV, in the order of the file: the same ones for the same seed.

    Rows without a label, and rows without a row in a table that joins them, are left out. Each class of the label
    keeps at least 100 rows, or all that it has. Other tables have the rows of the same keys.

    Parameters
    ----------
    guesses
        The tables; the first one has the label.
    rows
        How many rows of the first table.
    seed
        Of the draw.

    Returns
    -------
    dict
        The content of each table's CSV file, by its name.
    """
    first, *others = guesses
    table = read_text(first.path)
    partners = {other.name: read_text(other.path) for other in others}
    usable = _usable(table, first, partners)
    chosen = table.take(pa.array(usable[_draw(table, first, usable, rows=rows, seed=seed)]))
    found = {first.name: as_csv(chosen)}
    for name, other in partners.items():
        found[name] = as_csv(other.take(pa.array(_matches(other, chosen, first.keys))))
    return found


def source_texts(guesses: Sequence[TableGuess]) -> frozenset[str]:
    """Return the cells of the files in text columns and in keys: what drawn rows must not repeat.

    Parameters
    ----------
    guesses
        The tables.
    """
    found: set[str] = set()
    for guess in guesses:
        table = read_text(guess.path)
        names = {*guess.keys, *(column.name for column in guess.columns if column.kind == "text")}
        for name in names:
            found.update(table[name].drop_null().unique().to_pylist())
    return frozenset(found)


def as_csv(table: pa.Table) -> bytes:
    r"""Return a table of strings as CSV; null is an empty cell.

    Examples
    --------
    >>> as_csv(pa.table({"area": ["48.50", None], "kind": ["flat", "a, b"]}))
    b'area,kind\n48.50,flat\n,"a, b"\n'
    """
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(table.column_names)
    lines.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return text.getvalue().encode()


def _usable(table: pa.Table, guess: TableGuess, partners: Mapping[str, pa.Table]) -> Places:
    """Return the rows with a label and with a row in each table that joins them."""
    good = np.ones(table.num_rows, dtype=np.bool_)
    if guess.label is not None:
        cells = table[guess.label]
        words = pa.array(guess[guess.label].missing_values, pa.string())
        good &= ~pc.or_(pc.is_null(cells), pc.is_in(cells, words)).to_numpy()
    for other in partners.values():
        good &= np.isin(np.arange(table.num_rows), _matches(table, other, guess.keys))
    return good.nonzero()[0]


def _matches(table: pa.Table, other: pa.Table, keys: Sequence[str]) -> Places:
    """Return the rows of a table whose key is in another table, in their order."""
    numbered = table.select(list(keys)).append_column("\0row", pa.array(np.arange(table.num_rows)))
    found = numbered.join(other.select(list(keys)), keys=list(keys), join_type="left semi")
    return np.sort(found["\0row"].to_numpy())


def _draw(table: pa.Table, guess: TableGuess, usable: Places, *, rows: int, seed: int) -> Places:
    """Return places among the usable rows, ascending."""
    draw = np.random.default_rng(seed)
    if len(usable) <= rows:
        return np.arange(len(usable))
    if not guess.classes or guess.label is None:
        return np.sort(draw.choice(len(usable), rows, replace=False))
    labels = table[guess.label].take(pa.array(usable)).to_pylist()
    places: dict[str, list[int]] = {name: [] for name in guess.classes}
    for place, name in enumerate(labels):
        places[name].append(place)
    counts = {name: _share(len(each), len(usable), rows) for name, each in places.items()}
    # Rare classes keep more than their share: the commonest one gives it.
    commonest = max(counts, key=counts.__getitem__)
    spare = sum(counts.values()) - rows
    counts[commonest] = max(counts[commonest] - max(spare, 0), min(MIN_CLASS, len(places[commonest])))
    chosen = [draw.choice(places[name], counts[name], replace=False) for name in places if counts[name]]
    return np.sort(np.concatenate(chosen))


def _share(here: int, of: int, rows: int) -> int:
    return max(round(rows * here / of), min(here, MIN_CLASS))
