"""A table that was computed, with the types that its contract says."""

from typing import TYPE_CHECKING

from step_scripts.contracts.contract import Contract

if TYPE_CHECKING:
    import pandas as pd


def typed(frame: "pd.DataFrame", contract: Contract) -> "pd.DataFrame":
    """Return a table whose columns have the dtypes of a contract; the frame is not changed.

    Parameters
    ----------
    frame : DataFrame
        Some columns of the contract, whose values fit its types: whole numbers may be floats.
    contract : Contract
        The contract of the table. Columns that it does not have stay as they are.

    Raises
    ------
    TypeError, ValueError
        When a value does not fit, such as 1.5 or a missing value in a column of required whole numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from step_scripts.contracts.example import houses
    >>> frame = pd.DataFrame({"rooms": [2.0, 6.0], "kind": ["Flat", "House"]})
    >>> typed(frame, houses()).dtypes.astype(str).to_dict()
    {'rooms': 'int64', 'kind': 'category'}
    """
    import pandas as pd

    types = {}
    for name, column in contract.columns.items():
        if name in frame:
            wanted = pd.CategoricalDtype(list(column.categories)) if column.kind == "category" else column.dtype
            if frame[name].dtype != wanted:
                types[name] = wanted
    return frame.astype(types)
