"""Fixtures that are drawn from contracts alone, for data that may not be committed.

The values of a category are the source's own, which the contract lists, also in a key. A free text, and a key of whole
numbers or texts, is not from the source where `avoid` has its cells. Other numbers and dates are drawn, and may equal
one of the source by chance.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from step_scripts.contracts import Column, Contract
from step_scripts.template import draws
from step_scripts.template.sample import as_csv

_MISSING = 0.05  # share of the cells of an optional column that are empty
_SIGNALS = 3  # columns from which the label can be learned
_ORDER = ("number", "integer", "category", "boolean", "date", "timestamp", "text")  # the first ones are taken


def synthetic(
    contracts: Sequence[Contract],
    *,
    label: str | None = None,
    rows: int = 600,
    seed: int = 0,
    avoid: Collection[str] = frozenset(),
) -> dict[str, bytes]:
    """Draw tables that keep their contracts, as CSV: the same ones for the same seed.

    Tables have the same keys, which are different in every row. The label can be learned from up to three other
    columns of its table, with noise; each of its classes occurs.

    Parameters
    ----------
    contracts
        The contracts of the tables; those of several tables have the same key columns.
    label
        The column that is predicted; None where there is no such column.
    rows
        How many rows each table has; fewer where its key has fewer different values.
    seed
        Of the draw.
    avoid
        Cells of the source, which no key and no text repeats by chance: see `source_texts`.

    Returns
    -------
    dict
        The content of each table's CSV file, by the contract's name.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> synthetic([houses()], label="price", rows=60)["houses"].splitlines()[0]
    b'house_id,kind,rooms,area,price'
    """
    keys = [contracts[0].columns[name] for name in contracts[0].keys]
    key_cells = draws.keys(keys, rows, avoid=avoid)
    count = min([rows, *(len(cells) for cells in key_cells.values())])
    found = {}
    for number, contract in enumerate(contracts):
        draw = np.random.default_rng([seed, number])
        cells = {
            column.name: key_cells[column.name]
            if column.name in key_cells
            else draws.cells(column, count, draw, avoid=avoid)
            for column in contract.columns.values()
            if column.name != label
        }
        for name, values in cells.items():
            column = contract.columns[name]
            if not column.required and name not in key_cells:
                empty = draw.random(count) < _MISSING
                cells[name] = [None if gone else value for gone, value in zip(empty, values, strict=True)]
        if label is not None and label in contract.columns:
            score = _score([contract.columns[name] for name in cells if name not in key_cells], cells, count, draw)
            cells[label] = draws.labels(contract.columns[label], score)
        columns = [pa.array(cells[name], pa.string()) for name in contract.columns]
        found[contract.name] = as_csv(pa.table(columns, names=list(contract.columns)))
    return found


def _score(
    columns: Sequence[Column], cells: Mapping[str, list[str | None]], count: int, draw: np.random.Generator
) -> draws.Numbers:
    """Return a number for each row, from a few columns and noise: the label rises with it."""
    ordered = sorted(columns, key=lambda column: _ORDER.index(column.kind))
    measures = (draws.measure(column, cells[column.name]) for column in ordered)
    chosen = list(itertools.islice((each for each in measures if each.std() > 0), _SIGNALS))
    signal = sum((each / each.std() for each in chosen), np.zeros(count))
    spread = signal.std() or 1.0
    score: draws.Numbers = signal / spread + draw.normal(0, 0.5, count)
    return score
