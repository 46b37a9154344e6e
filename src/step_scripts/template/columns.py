"""Guess what one column is, from its different values and how often each occurs."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.template import dates, texts
from step_scripts.template.bounds import number_bounds, year_bounds
from step_scripts.template.guess import ColumnGuess, Kind, Note

# Words that mean a missing value where the other cells are numbers, dates or booleans; case and outer spaces do not
# matter, and spaces alone are one.
MISSING = frozenset(
    {
        "",
        *("na", "n/a", "#n/a", "n.a.", "n.d.", "nan", "<na>", "null", "(null)", "none", "nil", "missing", "unknown"),
        *("-", "--", "---", "?", ".", "#div/0!", "#ref!", "#value!", "#null!", "0000-00-00"),
    }
)
# Spellings of true and of false; both of a pair of letters must occur.
_BOOLEANS = (("true", "false"), ("yes", "no"), ("on", "off"), ("ja", "nein"), ("oui", "non"), ("y", "n"), ("t", "f"))
_WHOLE = r"^-?(0|[1-9][0-9]*)$"
_CODE = r"^-?0[0-9]+$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_INT64 = 2**63


@dataclass(frozen=True)
class Cells:
    """The cells of a column: its different values, how often each occurs, and the number of empty cells."""

    values: pa.Array
    counts: npt.NDArray[np.int64]
    empty: int

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "Cells":
        """Count the different values of a column of strings.

        Examples
        --------
        >>> cells = Cells.of(pa.chunked_array([["a", None, "b", "a"]]))
        >>> cells.values.to_pylist(), cells.counts.tolist(), cells.empty
        (['a', 'b'], [2, 1], 1)
        """
        found = pc.value_counts(column.drop_null())
        return cls(found.field(0), found.field(1).to_numpy(), column.null_count)

    @property
    def rows(self) -> int:
        """The number of cells that are not empty."""
        return int(self.counts.sum())

    def where(self, mask: pa.Array) -> "Cells":
        """Return the values of a mask."""
        return Cells(self.values.filter(mask), self.counts[mask.to_numpy(zero_copy_only=False)], self.empty)

    def all_match(self, expression: str) -> bool:
        """Tell whether every value matches a regular expression; a few are tried first."""
        some = (self.values.slice(0, 200), self.values)
        return all(pc.all(pc.match_substring_regex(each, expression)).as_py() for each in some)

    def share_of(self, expression: str) -> float:
        """Return the share of the cells that match a regular expression."""
        mask = pc.match_substring_regex(self.values, expression).to_numpy(zero_copy_only=False)
        return float(self.counts[mask].sum() / max(self.rows, 1))


def guess_column(name: str, column: pa.ChunkedArray, *, own: Kind | None = None) -> ColumnGuess:
    """Guess what a column is.

    Parameters
    ----------
    name
        Its name.
    column
        Its cells as strings; an empty cell is null.
    own
        What the file itself says about the column: ``text`` or ``number``; None in a CSV file.

    Examples
    --------
    >>> guess = guess_column("area", pa.chunked_array([["48.5", "140", "NA"]]))
    >>> guess.kind, guess.missing_values, guess.required
    ('number', ('NA',), False)
    """
    cells = Cells.of(column)
    is_word = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(cells.values)), pa.array(sorted(MISSING)))
    words, rest = cells.where(is_word), cells.where(pc.invert(is_word))
    if not rest.rows:
        return _empty(name, cells)
    if own == "text":
        guess = _moment(name, rest)
    else:
        guess = _boolean(name, rest) or _number(name, rest, whole=own != "number") or _moment(name, rest)
    if guess is None:
        return _with_required(texts.guess_text(name, cells, is_word), cells.empty)
    missing = tuple(sorted(words.values.to_pylist()))
    if missing:
        shown = ", ".join(map(repr, missing[:5]))
        note = Note(text=f"{shown} in {words.rows:,} rows", member="customProperties", review=True)
        guess = replace(guess, missing_values=missing, notes=(*guess.notes, note))
    return _with_required(replace(guess, distinct=len(rest.values)), cells.empty + words.rows)


def _with_required(guess: ColumnGuess, missing: int) -> ColumnGuess:
    notes = guess.notes
    if guess.distinct == 1:
        notes = (*notes, Note(text="the same value in every row", review=True))
    if missing:
        notes = (*notes, Note(text=f"missing in {missing:,} rows", member="logicalType"))
    return replace(guess, required=not missing, notes=notes)


def _empty(name: str, cells: Cells) -> ColumnGuess:
    words = tuple(sorted(cells.values.to_pylist()))
    note = Note(text="no row has a value: its type is unknown", member="logicalType", review=True)
    return ColumnGuess(name=name, kind="text", required=False, missing_values=words, distinct=0, notes=(note,))


def _boolean(name: str, rest: Cells) -> ColumnGuess | None:
    """Return a boolean where the values are spellings of true and false."""
    if len(rest.values) > 8:
        return None
    seen = sorted(rest.values.to_pylist())
    plain = {each.casefold() for each in seen}
    for pair in _BOOLEANS:
        if not plain <= set(pair) or (len(plain) == 1 and len(pair[0]) == 1):
            continue
        own = pair == _BOOLEANS[0]  # the reader's own spellings, in any case
        true, false = ([each for each in seen if each.casefold() == word] for word in pair)
        review = len(plain) == 1
        text = f"only {seen[0]!r} was seen" if review else f"{len(seen)} spellings were seen"
        notes = (Note(text=text, member="logicalType" if own else "customProperties", review=review),)
        guess = ColumnGuess(name=name, kind="boolean", notes=notes)
        if own:
            return guess
        # The reader takes any case of them.
        true, false = true[:1] or [_like(pair[0], false[0])], false[:1] or [_like(pair[1], true[0])]
        return replace(guess, true_values=tuple(true), false_values=tuple(false))
    return None


def _like(word: str, other: str) -> str:
    """Return a word in the case of another one."""
    return word.upper() if other.isupper() else word.title() if other.istitle() else word


def _number(name: str, rest: Cells, *, whole: bool = True) -> ColumnGuess | None:
    """Return an integer, if the column may hold whole numbers, or a number where the values are."""
    padded = not rest.all_match(r"^\S+$")
    trimmed = Cells(pc.utf8_trim_whitespace(rest.values), rest.counts, rest.empty) if padded else rest
    if not trimmed.all_match(_NUMBER) or pc.any(pc.match_substring_regex(trimmed.values, _CODE)).as_py():
        return None
    is_whole = trimmed.all_match(_WHOLE)
    numbers = trimmed.values.cast(pa.float64())
    if not pc.all(pc.is_finite(numbers)).as_py() or (not is_whole and trimmed.all_match(r"^[+-]?[0-9]+$")):
        return None
    whole = whole and is_whole
    ends = pc.min_max(numbers).as_py()
    # Compared as numbers of any size: floats are not exact beyond 2**53.
    least, most = (pc.equal(numbers, ends[end]) for end in ("min", "max"))
    low = min(trimmed.values.filter(least).to_pylist(), key=_exact)
    high = max(trimmed.values.filter(most).to_pylist(), key=_exact)
    if whole and not -_INT64 <= int(low) <= int(high) < _INT64:
        return None
    minimum, maximum, note = number_bounds(low, high, whole=whole)
    notes = [note]
    if padded:
        text = "some cells have spaces around the number: export it without"
        notes.append(Note(text=text, member="logicalType", review=True))
    if whole and len(low) == len(high) == 8 and dates.find_format(_as_iso(trimmed.values)):
        notes.append(Note(text="may be a date without separators, yyyyMMdd", member="logicalType", review=True))
    return ColumnGuess(
        name=name, kind="integer" if whole else "number", minimum=minimum, maximum=maximum, notes=tuple(notes)
    )


def _exact(text: str) -> tuple[float, int]:
    return float(text), int(text) if text.lstrip("-").isdecimal() else 0


def _as_iso(values: pa.Array) -> pa.Array:
    parts = [pc.utf8_slice_codeunits(values, start, stop) for start, stop in ((0, 4), (4, 6), (6, 8))]
    return pc.binary_join_element_wise(*parts, "-")


def _moment(name: str, rest: Cells) -> ColumnGuess | None:
    """Return a date or a timestamp where all values have the same format."""
    found = dates.find_format(rest.values)
    if found is None:
        return None
    first, last, note = year_bounds(found.low, found.high)
    if found.also:
        text = f"each value is also one of {found.also}: days and months may be swapped"
    else:
        text = f"every value has the format {found.format or 'ISO 8601'}"
    return ColumnGuess(
        name=name,
        kind=found.kind,
        minimum=dates.written(first, found.format, zone=found.zone),
        maximum=dates.written(last, found.format, zone=found.zone),
        format=found.format,
        zone=found.zone,
        notes=(Note(text=text, member="logicalType", review=bool(found.also)), note),
    )
