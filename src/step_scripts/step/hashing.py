"""A hash of each row of a table, by its values alone: the same on every machine, in every file, and in every order.

What a value is does not depend on how pandas holds it: 2 is 2 as int64, Int64 or float64, and a text is the same text
as a category, a string or an object. So a row that is read from CSV, from Parquet, or from one of several part files
has the same hash.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from step_scripts.step.errors import StepError

Hashes: TypeAlias = npt.NDArray[np.uint64]
Rows: TypeAlias = "npt.NDArray[Any] | pd.Series[Any] | pd.DataFrame"

_WORD = 8  # bytes of a text that are hashed at once
# By how many of a word's bytes belong to the text: a mask of them, the first byte being the lowest.
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], dtype=np.uint64)
# What pandas takes for values of one kind in a column of objects, and the dtype that holds them.
_KINDS: Mapping[str, Any] = MappingProxyType(
    {
        "boolean": "boolean",
        "empty": "str",
        "floating": "float64",
        "integer": "Int64",
        "string": "str",
    }
)


def row_hash(rows: Rows) -> Hashes:
    """Return a number of 64 bits for each row: equal for equal rows, and spread evenly for different ones.

    Parameters
    ----------
    rows : ndarray or Series of shape (n,), or DataFrame of n rows
        Whole numbers, numbers, bools, texts, categories, dates or timestamps. A table is hashed by the values of its
        columns in their order; neither their names nor its index count. All missing values are alike.

    Returns
    -------
    ndarray of shape (n,), uint64
        For one column the hashes of its values; for several, of all values of a row.

    Raises
    ------
    StepError
        When a column holds something else, or the table has no column.

    Examples
    --------
    >>> whole, maybe = pd.Series([1, 2]), pd.Series([1, None], dtype="Int64")
    >>> (row_hash(whole) == row_hash(maybe)).tolist()
    [True, False]
    """
    if not isinstance(rows, pd.DataFrame):
        return _of_values(pd.Series(rows))
    if not len(rows.columns):
        raise StepError("rows are hashed by their columns: expected a table with one column or more, got none")
    hashes = _of_values(rows.iloc[:, 0])
    for place in range(1, len(rows.columns)):
        # The hash so far is scattered again, so that the order of the columns counts.
        hashes = scatter(hashes) + _of_values(rows.iloc[:, place])
    return hashes


def scatter(numbers: Hashes) -> Hashes:
    """Scatter numbers over 64 bits by splitmix64, each to another one.

    Source of the constants: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). The number
    is the generator's state.

    Examples
    --------
    >>> hex(scatter(np.array([0], dtype=np.uint64))[0])
    '0xe220a8397b1dcdaf'
    """
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


# A missing value is hashed as the smallest number of 64 bits, by which pandas marks a missing time.
_MISSING: np.uint64 = scatter(np.array([1 << 63], dtype=np.uint64))[0]


def _of_values(values: "pd.Series[Any]") -> Hashes:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        # One more for missing values, whose code is -1.
        hashes = np.append(_of_values(pd.Series(dtype.categories)), _MISSING)
        return hashes[values.cat.codes.to_numpy()]
    if isinstance(dtype, pd.StringDtype):
        return _of_texts(pa.array(values.array, from_pandas=True))
    if dtype.kind == "O" or isinstance(dtype, pd.ArrowDtype):
        return _of_objects(values.astype(object))
    missing = values.isna().to_numpy()
    if dtype.kind == "M":
        hashes = scatter(_times(values).view(np.uint64))
    elif dtype.kind == "f":
        hashes = _of_floats(values.to_numpy(np.float64, na_value=np.nan))
    elif dtype.kind in "iub":
        zero: Any = {"na_value": 0} if missing.any() else {}
        hashes = scatter(values.to_numpy(np.int64, **zero).view(np.uint64))
    else:
        raise _unknown(values, str(dtype))
    return np.where(missing, _MISSING, hashes) if missing.any() else hashes


def _of_objects(values: "pd.Series[Any]") -> Hashes:
    """Hash Python's own values by their kinds."""
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in {"date", "datetime", "datetime64"}:
        return _of_values(pd.to_datetime(values, utc=True))
    if kind in _KINDS:
        try:
            return _of_values(values.astype(_KINDS[kind]))
        except OverflowError:
            raise _unknown(values, "a whole number of more than 64 bits") from None
    kinds = values.map(type, na_action="ignore")
    if kinds.nunique() < 2:
        raise _unknown(values, kind)
    hashes = np.full(len(values), _MISSING)
    for one in kinds.dropna().unique():
        mine = (kinds == one).to_numpy()
        hashes[mine] = _of_objects(values[mine])
    return hashes


def _unknown(values: "pd.Series[Any]", got: str) -> StepError:
    where = "rows are hashed by their values" if values.name is None else f"column {values.name}"
    return StepError(f"{where}: expected numbers, bools, texts, categories, dates or timestamps, got {got}")


def _times(values: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    """Return times in microseconds since 1970, in UTC."""
    return np.asarray(pd.DatetimeIndex(values).as_unit("us").asi8)


def _of_floats(numbers: npt.NDArray[np.float64]) -> Hashes:
    """Hash whole numbers as such, and others by their bits."""
    whole = (np.abs(numbers) < 2.0**63) & (np.trunc(numbers) == numbers)
    bits = numbers.view(np.uint64).copy()
    bits[whole] = numbers[whole].astype(np.int64).view(np.uint64)
    return scatter(bits)


def _of_texts(texts: pa.Array | pa.ChunkedArray) -> Hashes:
    """Hash the UTF-8 bytes of texts, eight at a time: each word is mixed into the hash of what is before it."""
    texts = texts.cast(pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    starts, sizes = ends[:-1], np.diff(ends)
    # The last word of the last text may begin up to seven bytes before the end.
    padded = np.frombuffer((content.to_pybytes() if content else b"") + bytes(_WORD), dtype=np.uint8)
    words = np.ndarray(len(padded) - _WORD + 1, dtype="<u8", buffer=padded, strides=(1,))
    hashes = scatter(sizes.view(np.uint64))
    rows = np.flatnonzero(sizes)
    done = 0
    while len(rows):
        left = np.minimum(sizes[rows] - done, _WORD)
        hashes[rows] = scatter(hashes[rows] ^ (words[starts[rows] + done] & _MASKS[left]))
        done += _WORD
        rows = rows[sizes[rows] > done]
    if texts.null_count:
        hashes[texts.is_null().to_numpy(zero_copy_only=False)] = _MISSING
    return hashes
