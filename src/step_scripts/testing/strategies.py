"""Hypothesis strategies that follow from a contract: values, tables, and cells that break a rule."""

import csv
import io
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from hypothesis import strategies as st

from step_scripts.contracts.cells import written
from step_scripts.contracts.contract import Column, Contract
from step_scripts.testing.moments import moments, moments_beyond
from step_scripts.testing.row_keys import capacity, every_key
from step_scripts.testing.texts import of_wrong_length, texts, unmatched

if TYPE_CHECKING:
    from step_scripts.contracts.column import Kind

MAX_INT64 = 2**63 - 1
_FEW_KEYS = 1000  # of which any can be drawn without repetition
_NO_NUMBERS = ("many", "NA", "1,000", "1.5.2")


def values(column: Column) -> st.SearchStrategy[Any]:
    """Draw values that a column may hold; its bounds are drawn often.

    Parameters
    ----------
    column
        A column without bounds is drawn from all finite values of its dtype. Dates and timestamps are datetimes, as
        precise as the column's format.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from step_scripts.contracts.example import houses
    >>> @settings(database=None)
    ... @given(values(houses().columns["rooms"]))
    ... def test_rooms_are_within_bounds(rooms):
    ...     assert 1 <= rooms <= 30
    >>> test_rooms_are_within_bounds()
    """
    others: dict[Kind, Callable[[Column], st.SearchStrategy[Any]]] = {
        "category": lambda column: st.sampled_from(column.categories),
        "boolean": lambda _: st.booleans(),
        "text": texts,
        "date": moments,
        "timestamp": moments,
    }
    if draw := others.get(column.kind):
        return draw(column)
    low, high = column.minimum, column.maximum
    bounds = [bound for bound in (low, high) if bound is not None]
    if column.kind == "integer":
        least, most = (-MAX_INT64 if low is None else int(low)), (MAX_INT64 if high is None else int(high))
        inside: st.SearchStrategy[Any] = st.integers(least, most)
    else:
        inside = st.floats(low, high, allow_nan=False, allow_infinity=False)
        bounds = [float(bound) for bound in bounds]
    return st.sampled_from(bounds) | inside if bounds else inside


def beyond(column: Column) -> st.SearchStrategy[Any]:
    """Draw values of a column's dtype that are outside of its bounds; those next to a bound are drawn often.

    Raises
    ------
    ValueError
        When the column has no bounds.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from step_scripts.contracts.example import houses
    >>> @settings(database=None)
    ... @given(beyond(houses().columns["rooms"]))
    ... def test_rooms_are_out_of_bounds(rooms):
    ...     assert not 1 <= rooms <= 30
    >>> test_rooms_are_out_of_bounds()
    """
    if column.kind in {"date", "timestamp"}:
        return moments_beyond(column)
    low, high, whole = column.minimum, column.maximum, column.kind == "integer"
    found: list[st.SearchStrategy[Any]] = []
    if low is not None:
        below = int(low) - 1 if whole else math.nextafter(low, -math.inf)
        found.append(st.just(below))
        found.append(st.integers(-MAX_INT64, int(below)) if whole else st.floats(max_value=below))
    if high is not None:
        above = int(high) + 1 if whole else math.nextafter(high, math.inf)
        found.append(st.just(above))
        found.append(st.integers(int(above), MAX_INT64) if whole else st.floats(min_value=above))
    if not found:
        raise ValueError(f"column {column.name}: expected a minimum or a maximum, got neither")
    return st.one_of(found)


def tables(contract: Contract, *, min_rows: int = 1, max_rows: int = 5) -> st.SearchStrategy[pd.DataFrame]:
    """Draw tables column by column: they keep the rules that follow from the columns and the key, no others.

    Parameters
    ----------
    contract
        The contract of the tables. A column that is not required may have missing values.
    min_rows, max_rows
        Bounds of the number of rows. A table has no more rows than there are keys.

    Raises
    ------
    ValueError
        When there are fewer keys than `min_rows`.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from step_scripts.contracts.example import houses
    >>> @settings(max_examples=10, database=None, deadline=None)
    ... @given(tables(houses(), max_rows=3))
    ... def test_keys_are_different(table):
    ...     assert table["house_id"].is_unique and 1 <= len(table) <= 3
    >>> test_keys_are_different()
    """
    most = capacity(contract)
    if most is not None and most < min_rows:
        raise ValueError(f"{contract.name}: expected min_rows of at most {most}, the number of keys, got {min_rows}")
    names = [name for name in contract.columns if name not in contract.keys or len(contract.keys) == 1]
    return st.integers(min_rows, max_rows if most is None else min(max_rows, most)).flatmap(
        lambda rows: st.builds(
            lambda columns, keys: pd.DataFrame(columns | keys)[list(contract.columns)],
            st.fixed_dictionaries({name: several(contract.columns[name], rows) for name in names}),
            _several_keys(contract, rows) if len(contract.keys) > 1 else st.just({}),
        )
    )


def _several_keys(contract: Contract, rows: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the columns of a key of several columns; no two rows have the same key."""
    columns = [contract.columns[key] for key in contract.keys]
    if (most := capacity(contract)) is not None and most <= _FEW_KEYS:
        cells: st.SearchStrategy[Any] = st.sampled_from(every_key(contract))
    else:
        cells = st.tuples(*map(values, columns))
    return st.lists(cells, min_size=rows, max_size=rows, unique=True).map(
        lambda keys: {column.name: _array(column, [key[place] for key in keys]) for place, column in enumerate(columns)}
    )


def several(column: Column, rows: int) -> st.SearchStrategy[Any]:
    """Draw a column with a number of rows, as an array of its dtype.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from step_scripts.contracts.example import houses
    >>> @settings(max_examples=10, database=None)
    ... @given(several(houses().columns["kind"], 3))
    ... def test_categories_are_the_contracts(kinds):
    ...     assert list(kinds.categories) == ["Flat", "House", "N/A"]
    >>> test_categories_are_the_contracts()
    """
    cells = values(column) if column.required else values(column) | st.none()
    drawn = st.lists(cells, min_size=rows, max_size=rows, unique=column.unique)
    return drawn.map(lambda found: _array(column, found))


def _array(column: Column, cells: list[Any]) -> Any:  # noqa: ANN401 - an array of any dtype
    if column.dtype == "category":
        return pd.Categorical(cells, column.categories)
    return pd.array(cells, dtype=column.dtype)


class Mutation(NamedTuple):
    """A new text for a cell, and the rule on its column that it breaks; None if it breaks none."""

    row: int
    column: str
    text: str
    rule: str | None

    def applied(self, table: str) -> str:
        r"""Return a table, as the text of a CSV file, with the new cell.

        Examples
        --------
        >>> Mutation(row=0, column="rooms", text="31", rule="rooms_range").applied("house_id,rooms\n7,2\n")
        'house_id,rooms\n7,31\n'
        """
        header, *rows = csv.reader(io.StringIO(table))
        rows[self.row][header.index(self.column)] = self.text
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows([header, *rows])
        return written.getvalue()


def mutations(contract: Contract, *, rows: int) -> st.SearchStrategy[Mutation]:
    """Draw a change of one cell, in another column than the key, that breaks a rule on its column, or none.

    The new cell may also break rules on several columns.

    Parameters
    ----------
    contract
        The contract of the table.
    rows
        The number of rows of the table.

    Raises
    ------
    ValueError
        When all columns are part of the key, or unique.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from step_scripts.contracts.example import houses
    >>> @settings(database=None)
    ... @given(mutations(houses(), rows=3))
    ... def test_a_range_is_broken_by_a_number(change):
    ...     if change.rule == "rooms_range":
    ...         assert not 1 <= int(change.text) <= 30
    >>> test_a_range_is_broken_by_a_number()
    """
    columns = [column for column in contract.columns.values() if not column.unique and not column.is_key]
    if not columns:
        raise ValueError(f"{contract.name}: expected a column that is not part of the key, got none")
    return st.builds(
        lambda row, cell: Mutation(row, *cell),
        st.integers(0, rows - 1),
        st.sampled_from(columns).flatmap(_cells),
    )


def _cells(column: Column) -> st.SearchStrategy[tuple[str, str, str | None]]:
    name = column.name
    nothing = st.sampled_from(["", *column.missing_values])
    cells = [
        values(column).map(lambda value: (name, written(value, column), None)),
        nothing.map(lambda word: (name, word, f"{name}_not_null" if column.required else None)),
    ]
    if column.kind == "category":
        letters = st.text(st.characters(exclude_categories=["C"]), min_size=1)
        unknown = letters.filter(lambda word: word not in {*column.categories, *column.missing_values})
        return st.one_of(*cells, unknown.map(lambda word: (name, word, f"{name}_category")))
    if column.kind == "text":
        return st.one_of(*cells, *_texts(column))
    wrong = [word for word in _NO_NUMBERS if word not in column.missing_values and word.casefold() not in column.flags]
    cells.append(st.sampled_from(wrong).map(lambda word: (name, word, f"{name}_dtype")))
    if (column.minimum, column.maximum, column.earliest, column.latest) != (None, None, None, None):
        cells.append(beyond(column).map(lambda value: (name, written(value, column), f"{name}_range")))
    return st.one_of(*cells)


def _texts(column: Column) -> Iterator[st.SearchStrategy[tuple[str, str, str | None]]]:
    """Yield texts that break one rule of a column."""
    name = column.name
    if found := unmatched(column):
        yield st.sampled_from(found).map(lambda text: (name, text, f"{name}_pattern"))

    def changed(text: str) -> st.SearchStrategy[tuple[str, str, str | None]]:
        wrong: list[tuple[str, str, str | None]] = [
            (name, each, f"{name}_length") for each in of_wrong_length(text, column)
        ]
        return st.sampled_from(wrong or [(name, text, None)])

    yield texts(column).flatmap(changed)
