"""Draw the cells of a column, as texts of a CSV file, from its contract."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from step_scripts.contracts import Column
from step_scripts.template.guess import TemplateError

Numbers = npt.NDArray[np.float64]

_FIRST_KEY = 1_000_000_001  # a number that no counter of the source has reached
_SPAN = 1000  # between the bounds of a number that has one bound or none
_MAX_DRAWS = 20
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo")
_PIECE = re.compile(r"(\[0-9a-f\]|\[0-9\]|\[A-Z\]|\[a-z\])(?:\{([0-9]+)\})?|\\(.)|([^\\\[\](){}*+?|^$.])")
_CLASSES: Mapping[str, str] = {
    "[0-9]": "0123456789",
    "[A-Z]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[a-z]": "abcdefghijklmnopqrstuvwxyz",
    "[0-9a-f]": "0123456789abcdef",
}


def cells(
    column: Column, count: int, draw: np.random.Generator, *, avoid: Collection[str] = frozenset()
) -> list[str | None]:
    """Return cells of a column, none missing.

    Parameters
    ----------
    column
        The column.
    count
        How many.
    draw
        The source of chance.
    avoid
        Texts that are not drawn, as far as the column has others.

    Examples
    --------
    >>> area = Column(name="area", dtype="float64", minimum=10, maximum=400)
    >>> all(10 <= float(cell) <= 400 for cell in cells(area, 50, np.random.default_rng(0)))
    True
    """
    if column.kind in {"integer", "number"}:
        return [_number(column, share) for share in draw.random(count)]
    if column.kind == "category":
        return [column.categories[place] for place in draw.integers(len(column.categories), size=count)]
    if column.kind == "boolean":
        words = _flags(column)
        return [words[place] for place in draw.integers(2, size=count)]
    if column.kind in {"date", "timestamp"}:
        low, high = _span(column)
        return [_moment(column, low + (high - low) * share) for share in draw.random(count)]
    return [_text(column, draw, avoid) for _ in range(count)]


def labels(column: Column, score: Numbers) -> list[str | None]:
    """Return a label that rises with a score: classes of the same size, or numbers around the middle of the bounds.

    Examples
    --------
    >>> labels(Column(name="kind", dtype="category", categories=("flat", "house")), np.array([0.3, -1, 2, 0.1]))
    ['house', 'flat', 'house', 'flat']
    """
    places = score.argsort().argsort()
    if column.kind in {"integer", "number"}:
        shares = 0.5 + (places + 0.5 - len(score) / 2) / len(score) * 0.9
        return [_number(column, share) for share in shares]
    classes = _flags(column) if column.kind == "boolean" else column.categories
    return [classes[place * len(classes) // len(score)] for place in places]


def measure(column: Column, values: Sequence[str | None]) -> Numbers:
    """Return a number for each cell of a column, the mean for a missing one: what the label is made from.

    Examples
    --------
    >>> measure(Column(name="kind", dtype="category", categories=("flat", "house")), ["house", None, "flat"]).tolist()
    [1.0, 0.5, 0.0]
    """
    known = sorted({each for each in values if each is not None})
    if column.kind in {"integer", "number"}:
        numbers = {each: float(each) for each in known}
    elif column.kind in {"date", "timestamp"}:
        moments = {each: column.dates.parse(each) for each in known}
        numbers = {each: float(moment.toordinal()) for each, moment in moments.items() if moment}
    elif column.kind == "text":
        numbers = {each: float(len(each)) for each in known}
    else:
        numbers = {each: float(place) for place, each in enumerate(known)}
    size = max([1.0, *map(abs, numbers.values())])
    scaled = np.array([np.nan if each is None else numbers[each] / size for each in values])
    filled: Numbers = np.where(np.isnan(scaled), np.nanmean(scaled) if known else 0.0, scaled)
    return filled


def keys(columns: Sequence[Column], count: int, *, avoid: Collection[str] = frozenset()) -> dict[str, list[str | None]]:
    """Return the cells of key columns, different in every row together; fewer where there are not so many.

    No whole number and no text among them is one to avoid.

    Examples
    --------
    >>> street = Column(name="street", dtype="category", categories=("Elm", "Oak"))
    >>> keys([street, Column(name="number", dtype="int64", minimum=1, maximum=2)], 10)
    {'street': ['Elm', 'Oak', 'Elm', 'Oak'], 'number': ['1', '1', '2', '2']}
    """
    own = {column.name for column in columns if column.kind in {"integer", "text"}}
    found: dict[str, list[str | None]] = {column.name: [] for column in columns}
    for cells in _different_keys(columns, count + len(avoid)):
        if len(found[columns[0].name]) == count:
            break
        if not any(cell in avoid for name, cell in cells.items() if name in own):
            for name, cell in cells.items():
                found[name].append(cell)
    return found


def _different_keys(columns: Sequence[Column], count: int) -> Iterator[dict[str, str]]:
    sizes = [_size(column, count) for column in columns]
    capacity = math.prod(sizes) if columns else 0
    rows = min(count, capacity)
    # A step without a common divisor with the number of keys leads to different ones, in all columns.
    step = next((each for each in range(max(capacity // max(rows, 1), 1), 0, -1) if math.gcd(each, capacity) == 1), 1)
    for row in range(rows):
        place, cells = row * step, {}
        for column, size in zip(columns, sizes, strict=True):
            place, here = divmod(place, size)
            cells[column.name] = _key(column, here)
        yield cells


def _size(column: Column, count: int) -> int:
    """Return how many keys a column has; of one without an end, as many as are needed."""
    if column.kind == "category":
        return len(column.categories)
    if column.kind == "integer":
        low, high = _bounds(column)
        return count if column.maximum is None or column.minimum is None else int(high) - int(low) + 1
    if column.kind in {"date", "timestamp"}:
        low_moment, high_moment = _span(column)
        return (high_moment - low_moment).days + 1
    if column.pattern is not None:
        return math.prod(len(each) for each in _alphabets(column))
    return count if (column.max_length or 100) >= len(str(count)) + 1 else 10 ** max((column.max_length or 1) - 1, 0)


def _key(column: Column, place: int) -> str:
    if column.kind == "category":
        return column.categories[place]
    if column.kind == "integer":
        if column.maximum is None:
            return str(max(int(column.minimum or 0), _FIRST_KEY) + place)
        return str((int(column.minimum) if column.minimum is not None else int(column.maximum) - _SPAN) + place)
    if column.kind in {"date", "timestamp"}:
        return _moment(column, _span(column)[0] + timedelta(days=place))
    if column.pattern is not None:
        letters = []
        for alphabet in reversed(_alphabets(column)):
            place, here = divmod(place, len(alphabet))
            letters.append(alphabet[here])
        return "".join(reversed(letters))
    width = min((column.max_length or 9) - 1, max(column.min_length or 0, 8))
    return f"k{place:0{width}}"


def _flags(column: Column) -> tuple[str, ...]:
    return (column.false_values or ("false",))[0], (column.true_values or ("true",))[0]


def _number(column: Column, share: float) -> str:
    low, high = _bounds(column)
    if column.kind == "integer":
        return str(min(max(int(low) + int((int(high) - int(low)) * float(share)), int(low)), int(high)))
    value = low * (1 - share) + high * share
    span = high / 2 - low / 2
    places = 3 - math.floor(math.log10(span)) if 0 < span < math.inf else 0
    value = round(value, places) if 0 <= places < 300 else value
    return repr(float(min(max(value, low), high)))


def _bounds(column: Column) -> tuple[float, float]:
    low, high = column.minimum, column.maximum
    if low is None and high is None:
        return 0, _SPAN
    if low is None:
        assert high is not None
        return high - _SPAN, high
    return low, min(low + _SPAN, 2**63 - 1) if high is None else high


def _span(column: Column) -> tuple[datetime, datetime]:
    zone = UTC if column.zone else None
    low = column.earliest or datetime(2020, 1, 1, tzinfo=zone)
    return low, column.latest or max(low, datetime(2024, 12, 31, tzinfo=zone))


def _moment(column: Column, moment: datetime) -> str:
    return column.dates.text(moment.replace(microsecond=0))


def _text(column: Column, draw: np.random.Generator, avoid: Collection[str]) -> str:
    text = ""
    for _ in range(_MAX_DRAWS):
        if column.pattern is None:
            text = _words(column, draw)
        else:
            text = "".join(each[draw.integers(len(each))] for each in _alphabets(column))
        if text not in avoid:
            break
    return text


def _words(column: Column, draw: np.random.Generator) -> str:
    low, high = column.min_length or 1, column.max_length or 40
    high = max(low, min(high, max(low + 20, 40)))
    size = int(draw.integers(min(max(low, 3), high), high + 1))
    text = ""
    while len(text) < size:
        text += "".join(_SYLLABLES[place] for place in draw.integers(len(_SYLLABLES), size=draw.integers(1, 4))) + " "
    return text[:size].strip().ljust(low, "a") or "a"


def _alphabets(column: Column) -> list[str]:
    """Return the letters that a pattern allows at each place.

    Raises
    ------
    TemplateError
        When the pattern has other parts than letters, digits and signs in fixed places.
    """
    inner = (column.pattern or "").removeprefix("^").removesuffix("$")
    found: list[str] = []
    place = 0
    while place < len(inner):
        piece = _PIECE.match(inner, place)
        if piece is None or (column.pattern or "")[:1] != "^":
            fix = "draw rows of this column yourself, or take the pattern out of the contract"
            raise TemplateError(f"a pattern of fixed places in column {column.name}", repr(column.pattern), fix)
        found += [_CLASSES[piece[1]]] * int(piece[2] or 1) if piece[1] else [piece[3] or piece[4]]
        place = piece.end()
    return found
