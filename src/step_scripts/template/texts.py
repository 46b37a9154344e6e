"""Guess what a column of words is: a closed category, or free text."""

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.template.guess import ColumnGuess, Note

if TYPE_CHECKING:
    from step_scripts.template.columns import Cells

MAX_CATEGORIES = 50
_MIN_REPEATS = 5  # rows for each category, on average
_MAX_CATEGORY = 100  # characters
_LENGTHS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
_MAX_PATTERN = 40  # characters of a value whose pattern is written
_MIN_PATTERN = 20  # different values from which a pattern is taken
_LITERAL = "-_/:#@,;=!%&~<> "  # signs that need no escape in a pattern
# Numbers in a form that is not read as a number, and how to export them.
_MONEY = r"[$€£¥]|USD|EUR|GBP|CHF"
_DATE = r"^([0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4})([ T].*)?$"
_FORMS = (
    (r"^-?0[0-9]+$", "codes with leading zeros, which a number would lose", False),
    (r"^-?[0-9]{1,18}$", "codes, some with leading zeros, which a number would lose", True),
    (r"^\+?[0-9]{1,18}$", "whole numbers with a plus sign: export them without", True),
    (r"^[+-]?[0-9]+$", "whole numbers, some of more than 64 bits", True),
    (
        "^[+-]?[0-9]{1,3}([ ,.'\u2019][0-9]{3})+([.,][0-9]+)?$",
        "numbers with thousands separators: export them without",
        True,
    ),
    (r"^[+-]?[0-9]+,[0-9]+$", "numbers with a comma: export them with a point in decimals", True),
    (r"^[+-]?[0-9]+([.,][0-9]+)?\s?%$", "percentages: export them as numbers, without %", True),
    (
        rf"^[+-]?({_MONEY})\s?[+-]?[0-9][0-9 ,.']*$|^[+-]?[0-9][0-9 ,.']*\s?({_MONEY})$",
        "amounts with a currency: export them as numbers, without it",
        True,
    ),
    (r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}( .*)?$", "dates in a form that is not read: export yyyy-MM-dd", True),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}", "dates in more than one format: export yyyy-MM-dd", True),
)
NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"


def guess_text(name: str, cells: "Cells", is_word: pa.Array | None = None, *, closed: bool = True) -> ColumnGuess:
    """Return a category or free text.

    Parameters
    ----------
    name
        The column's name.
    cells
        Its cells.
    is_word
        For each value, whether it is a word such as N/A.
    closed
        Whether the column may be a category.
    """
    values, rows = cells.values, cells.rows
    notes = [Note(text=text, member="logicalType", review=review) for text, review in _form(cells)]
    forced = any(note.review for note in notes)
    length = pc.max(pc.utf8_length(values)).as_py()
    repeated = len(values) <= MAX_CATEGORIES and rows >= _MIN_REPEATS * len(values) and length <= _MAX_CATEGORY
    if closed and repeated and (cells.counts > 1).mean() >= 0.5 and not (forced and len(values) > 10):
        return _category(name, cells, is_word, notes)
    if not notes:
        mixed = cells.share_of(NUMBER)
        if mixed >= 0.5:
            text = f"{mixed:.1%} of the cells are numbers: correct the others, or name them as missingValues"
            notes.append(Note(text=text, member="logicalType", review=True))
        elif (dates := cells.share_of(_DATE)) >= 0.5:
            text = f"{dates:.1%} of the cells are dates, not all of one format: export them in one, or name the others"
            notes.append(Note(text=f"{text} as missingValues", member="logicalType", review=True))
        else:
            notes.append(Note(text=f"{len(values):,} different values in {rows:,} rows", member="logicalType"))
    pattern = _pattern(values) if len(values) >= _MIN_PATTERN else None
    limit = next((each for each in _LENGTHS if each >= length * 1.5), length * 2)
    notes.append(Note(text=f"the longest has {length:,} characters", member="logicalTypeOptions", review=True))
    return ColumnGuess(
        name=name, kind="text", max_length=limit, pattern=pattern, distinct=len(values), notes=tuple(notes)
    )


def _form(cells: "Cells") -> list[tuple[str, bool]]:
    for expression, text, review in _FORMS:
        share = cells.share_of(expression) if cells.all_match(expression) else 0
        if share == 1:
            return [(text, review)]
    return []


def _category(name: str, cells: "Cells", is_word: pa.Array | None, notes: list[Note]) -> ColumnGuess:
    values = sorted(cells.values.to_pylist())
    found = [*notes, Note(text=f"{len(values)} different values in {cells.rows:,} rows", member="quality")]
    words = sorted(cells.values.filter(is_word).to_pylist()) if is_word is not None else []
    if words:
        text = f"{', '.join(map(repr, words))} may be a value, or mean a missing one"
        found.append(Note(text=text, member="quality", review=True))
    if len({each.strip().casefold() for each in values}) < len(values):
        text = "some values differ in case or outer spaces alone"
        found.append(Note(text=text, member="quality", review=True))
    elif any(each != each.strip() for each in values):
        text = "some values have outer spaces, which belong to them: export them without"
        found.append(Note(text=text, member="quality", review=True))
    if cells.counts.min() == 1:
        found.append(Note(text="some values occur once", member="quality", review=True))
    return ColumnGuess(name=name, kind="category", categories=tuple(values), distinct=len(values), notes=tuple(found))


def _pattern(values: pa.Array) -> str | None:
    """Return the pattern of values that all have the same digits, letters and signs in the same places."""
    first = values[0].as_py()
    if not 3 <= len(first) <= _MAX_PATTERN or not re.search(r"[0-9]", first) or not first.isascii():
        return None
    for hexadecimal in (True, False):
        expression = _shape(first, hexadecimal=hexadecimal)
        if pc.all(pc.match_substring_regex(values, expression)).as_py():
            return expression
    return None


def _shape(text: str, *, hexadecimal: bool) -> str:
    """Return the regular expression of a text's shape, such as ``^[A-Z]{2}[0-9]{4}$``.

    Examples
    --------
    >>> _shape("AB-1234", hexadecimal=False)
    '^[A-Z]{2}-[0-9]{4}$'
    """
    if hexadecimal:
        classes = [(r"[0-9a-f]+", "[0-9a-f]")]
        if not re.search(r"[a-f]", text):
            classes = []
    else:
        classes = []
    classes += [(r"[0-9]+", "[0-9]"), (r"[A-Z]+", "[A-Z]"), (r"[a-z]+", "[a-z]")]
    expression, place = "^", 0
    while place < len(text):
        for run, name in classes:
            if match := re.compile(run).match(text, place):
                size = len(match[0])
                expression += name + (f"{{{size}}}" if size > 1 else "")
                place += size
                break
        else:
            expression += text[place] if text[place] in _LITERAL else re.escape(text[place])
            place += 1
    return f"{expression}$"
