"""A table that was computed, with the types that its contract says."""

from typing import TYPE_CHECKING, Any

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
        When a value does not fit, such as 1.5 or a missing value in a column of required whole numbers; a category that
        the contract does not have, which would become a missing value.

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
            if column.kind == "category":
                _require_categories(frame[name], contract, name)
            if frame[name].dtype != wanted:
                types[name] = wanted
    return frame.astype(types)


def _require_categories(values: "pd.Series[Any]", contract: Contract, name: str) -> None:
    found = values.cat.categories if hasattr(values, "cat") else values.dropna().unique()
    if unknown := [value for value in found if value not in contract.columns[name].categories]:
        raise ValueError(
            f"{contract.name}, column {name}: expected one of {', '.join(contract.columns[name].categories)}; "
            f"got: {unknown[0]}; fix: add the category to {contract.name}.yaml as well, and raise its version"
        )
