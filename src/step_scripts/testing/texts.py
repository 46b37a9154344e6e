"""Texts that a column of free text may hold, and texts that break one rule of it."""

import re
import sys

from hypothesis import strategies as st

from step_scripts.contracts.cells import has_length, has_pattern
from step_scripts.contracts.column import Column

# What a cell of CSV holds as it is: no control characters, no line breaks.
LETTERS = st.characters(exclude_categories=["C", "Zl", "Zp"])
# One of these does not match, for any pattern that says something.
_ODD = ("a", "A", "1", "-", "é", "~", "?", "a1", "-1", "A-", ".", "x y")


def texts(column: Column) -> st.SearchStrategy[str]:
    """Draw texts that match a column's pattern and have one of its lengths.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(database=None)
    ... @given(texts(Column(name="street", dtype="str", pattern="^[A-Z]", max_length=5)))
    ... def test_a_street_begins_with_a_capital(text):
    ...     assert "A" <= text[0] <= "Z" and len(text) <= 5
    >>> test_a_street_begins_with_a_capital()
    """
    fewest = max(1, column.min_length or 0)
    if column.pattern is None:
        drawn = st.text(LETTERS, min_size=fewest, max_size=column.max_length)
    else:
        pattern = re.compile(column.pattern, re.ASCII)
        drawn = st.from_regex(pattern, alphabet=LETTERS).map(lambda text: text + text[-1:] * (fewest - len(text)))
    return drawn.filter(lambda text: is_valid(text, column))


def is_valid(text: str, column: Column) -> bool:
    """Tell whether a column may hold a text."""
    return text not in {"", *column.missing_values} and has_length(text, column) and has_pattern(text, column)


def unmatched(column: Column) -> list[str]:
    """Return texts of a valid length that do not match the column's pattern; an empty list if none is known.

    Examples
    --------
    >>> unmatched(Column(name="street", dtype="str", pattern="^[A-Z]", min_length=3))[:2]
    ['aaa', '111']
    """
    fewest = max(1, column.min_length or 0)
    sized = (text + text[-1] * (fewest - len(text)) for text in _ODD)
    return [text for text in sized if has_length(text, column) and not has_pattern(text, column)]


def of_wrong_length(text: str, column: Column) -> list[str]:
    """Return what a valid text becomes with one character too few, and too many, where it still matches the pattern.

    Examples
    --------
    >>> of_wrong_length("Elm", Column(name="street", dtype="str", min_length=2, max_length=4))
    ['E', 'Elmmm']
    """
    found = []
    if (column.min_length or 0) > 1:
        found.append(text[: (column.min_length or 0) - 1])
    if column.max_length is not None and column.max_length < sys.maxsize:
        found.append(text + text[-1] * (column.max_length + 1 - len(text)))
    return [each for each in found if has_pattern(each, column) and each not in column.missing_values]
