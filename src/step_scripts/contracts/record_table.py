"""Records as a table with the types of their contracts, so that one function encodes both."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from step_scripts.contracts.cells import moment
from step_scripts.contracts.column import Column

if TYPE_CHECKING:
    import pandas as pd


def as_table(records: Sequence[Mapping[str, Any]], columns: Mapping[str, Column]) -> "pd.DataFrame":
    """Return valid records as a table.

    Parameters
    ----------
    records : sequence of mappings
        Each keeps the contract of the columns. Dates and timestamps are texts, in ISO 8601 or the column's format.
    columns : mapping of str to Column
        The columns of the table, by name.

    Returns
    -------
    DataFrame of shape (len(records), len(columns))
        Each column has its contract's dtype; None is a missing value.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> records = [{"house_id": 7, "kind": "Flat", "rooms": 2.0, "area": 48.5, "price": 90_000}]
    >>> as_table(records, houses().columns).dtypes.astype(str).to_dict()
    {'house_id': 'int64', 'kind': 'category', 'rooms': 'int64', 'area': 'float64', 'price': 'int64'}
    """
    import pandas as pd

    found = {}
    for name, column in columns.items():
        cells = [record[name] for record in records]
        if column.kind == "category":
            found[name] = pd.Series(pd.Categorical(cells, column.categories))
        elif column.kind in {"date", "timestamp"}:
            found[name] = pd.Series([moment(cell, column) for cell in cells], dtype=column.dtype)
        else:
            found[name] = pd.Series(cells, dtype=column.dtype)
    return pd.DataFrame(found)
