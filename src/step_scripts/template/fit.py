"""Whether tables fit a project: errors for those from which its steps or its answers could not be made."""

from collections.abc import Mapping, Sequence

from step_scripts.contracts.error import listing
from step_scripts.template.guess import TemplateError


def require_own_columns(tables: Mapping[str, Sequence[str]], keys: Sequence[str]) -> None:
    """Raise an error when a column that is no key is in several tables: joined, it would have two names.

    Parameters
    ----------
    tables
        The columns of each table, by its name.
    keys
        The columns that join the tables.

    Raises
    ------
    TemplateError
        With the columns, and the tables that have them.

    Examples
    --------
    >>> require_own_columns({"houses": ["house_id", "area"], "owners": ["house_id", "age"]}, ["house_id"])
    """
    holders: dict[str, list[str]] = {}
    for table, columns in tables.items():
        for column in columns:
            holders.setdefault(column, []).append(table)
    shared = [
        f"{column!r} in {' and '.join(names)}"
        for column, names in holders.items()
        if len(names) > 1 and column not in keys
    ]
    if shared:
        fix = "rename it in one of the files, or take it out; a column that joins them is named with --key"
        raise TemplateError("a column that is no key is in one table", listing(shared), fix)
