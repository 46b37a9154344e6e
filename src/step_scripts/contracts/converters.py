"""Text of a file as the values of a column that has words or formats of its own."""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from step_scripts.contracts.column import Column, Dtype
from step_scripts.contracts.date_format import MONTHS, DateFormat

ARROW_TYPES: dict[Dtype, pa.DataType] = {
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "category": pa.dictionary(pa.int32(), pa.string()),
    "str": pa.string(),
    "datetime64[us]": pa.timestamp("us"),
    "datetime64[us, UTC]": pa.timestamp("us", "UTC"),
}
# Kinds of which a table has few different texts: each is converted once.
_REPEATED = frozenset({"boolean", "category", "date"})
_FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - the first moment that Python has


def text_type(column: Column) -> pa.DataType:
    """Return the type as which the text of a column is read, if it is converted afterwards."""
    return pa.dictionary(pa.int32(), pa.string()) if column.kind in _REPEATED else pa.string()


def converted(texts: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return the values of a column.

    Parameters
    ----------
    texts
        Its cells as text, or as a dictionary of text.
    column
        The words and the format of the column.

    Raises
    ------
    ArrowInvalid
        When a cell does not fit.

    Examples
    --------
    >>> sold_on = Column(name="sold_on", dtype="datetime64[us]", format="dd.MM.yyyy", missing_values=("never",))
    >>> converted(pa.chunked_array([["31.01.2026", "never"]]), sold_on).to_pylist()
    [datetime.datetime(2026, 1, 31, 0, 0), None]
    """
    chunks = []
    for chunk in texts.chunks:
        if pa.types.is_dictionary(chunk.type):
            chunks.append(_values(chunk.dictionary.cast(pa.string()), column).take(chunk.indices))
        else:
            chunks.append(_values(chunk.cast(pa.string()), column))
    kind = ARROW_TYPES[column.dtype]
    if column.kind == "category":
        return pa.chunked_array(chunks, pa.string()).dictionary_encode()
    return pa.chunked_array(chunks, kind)


def as_text(values: pa.ChunkedArray, column: Column | None) -> pa.ChunkedArray:
    """Return the values of a column as text: bools by the column's words, dates in ISO 8601.

    Examples
    --------
    >>> garden = Column(name="garden", dtype="boolean", true_values=("Y",), false_values=("N",))
    >>> as_text(pa.chunked_array([[True, None]]), garden).to_pylist()
    ['Y', None]
    """
    if column is not None and column.true_values and pa.types.is_boolean(values.type):
        return pc.if_else(values, column.true_values[0], column.false_values[0])
    return values.cast(pa.string())


def _values(texts: pa.Array, column: Column) -> pa.Array:
    if column.missing_values:
        is_missing = pc.is_in(texts, value_set=pa.array(column.missing_values))
        texts = pc.if_else(is_missing, pa.scalar(None, pa.string()), texts)
    if column.kind in {"text", "category"}:
        return texts
    if column.kind in {"date", "timestamp"}:
        return _moments(texts, column.dates)
    texts = pc.utf8_trim(texts, " \t")
    if column.kind == "boolean" and column.true_values:
        return _flags(texts, column)
    return texts.cast(ARROW_TYPES[column.dtype])


def _flags(texts: pa.Array, column: Column) -> pa.Array:
    words = list(column.flags)
    places = pc.index_in(pc.utf8_lower(texts), value_set=pa.array(words))
    if places.null_count != texts.null_count:
        raise pa.ArrowInvalid("a word that is neither true nor false")
    return pa.array([column.flags[word] for word in words]).take(places)


def _moments(texts: pa.Array, dates: DateFormat) -> pa.Array:
    kind = pa.timestamp("us", "UTC" if dates.zone else None)
    if not pc.all(pc.match_substring_regex(texts, pattern=dates.regex)).as_py() and texts.null_count < len(texts):
        raise pa.ArrowInvalid(f"a value that is not in the format {dates.pattern or 'of ISO 8601'}")
    if not dates.is_iso:
        texts = _as_iso(pc.extract_regex(texts, pattern=dates.regex), dates)
    try:
        values = texts.cast(kind)
    except pa.ArrowInvalid:
        # Digits beyond microseconds are 0 here, and Arrow reads none of them.
        values = pc.replace_substring_regex(texts, pattern=r"(\.[0-9]{6})0+", replacement=r"\1").cast(kind)
    earliest = pc.min(values.cast(pa.int64())).as_py()
    if earliest is not None and earliest < pa.scalar(_FIRST, pa.timestamp("us")).value:
        raise pa.ArrowInvalid("a year before 1")
    return values


def _as_iso(parts: pa.Array, dates: DateFormat) -> pa.Array:
    """Return the parts of dates and times as texts of ISO 8601."""
    names = [parts.type.field(place).name for place in range(parts.type.num_fields)]
    found = dict(zip(names, parts.flatten(), strict=True))

    def part(name: str) -> pa.Array | pa.Scalar:
        return pc.utf8_lpad(found[name], 2, "0") if name in found else pa.scalar("00")

    year = found["year"] if "year" in found else pc.binary_join_element_wise("20", found["short_year"], "")
    if "name" in found:
        place = pc.index_in(pc.utf8_lower(found["name"]), value_set=pa.array(MONTHS), skip_nulls=True)
        month = pc.utf8_lpad(pc.add(place, 1).cast(pa.string()), 2, "0")
    else:
        month = part("month")
    day = pc.binary_join_element_wise(year, month, part("day"), "-")
    if not dates.has_time:
        return day
    time = pc.binary_join_element_wise(part("hour"), part("minute"), part("second"), ":")
    text = pc.binary_join_element_wise(day, time, "T")
    if "fraction" in found:
        text = pc.binary_join_element_wise(text, found["fraction"], ".")
    return pc.binary_join_element_wise(text, found["zone"], "") if dates.zone else text
