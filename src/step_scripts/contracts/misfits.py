"""Which values of a column are not of its type, and how to fix them."""

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from step_scripts.contracts.column import Column, Kind
from step_scripts.contracts.date_format import ISO_DATE, date_format

KINDS: dict[Kind, str] = {
    "integer": "whole numbers",
    "number": "numbers",
    "boolean": "true or false",
    "category": "categories",
    "text": "text",
    "date": "dates",
    "timestamp": "timestamps",
}
NUMBERS: dict[Kind, str] = {
    "integer": "no thousands separator, sign of a currency, decimal point or exponent",
    "number": "a decimal point, no thousands separator and no sign of a currency",
}
_FLAGS = frozenset({"true", "false", "0", "1"})  # what the reader reads without words of the column's own
# What people and programs write for a missing value.
_NOTHING = r"(?i)\s*(n/?a|#n/a!?|nan|<na>|null|nil|none|missing|unkn?own|\\n|[-.?]*)\s*"
# A number in another notation: a sign, a currency, digits with separators, an exponent, a unit.
_NEARLY_A_NUMBER = r"[^\w]{0,4}[A-Z]{0,3}[\d.,\s']*\d[\d.,\s']*([eE][+-]?\d+)?[^\w]{0,2}[A-Za-z]{0,4}"
# Formats in which dates come, beside that of the column; the first one that fits is reported.
_DAYS = (ISO_DATE, "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "yyyy/MM/dd", "dd-MM-yyyy", "yyyyMMdd", "dd-MMM-yyyy")
_MORE_DAYS = ("d.M.yyyy", "d/M/yyyy", "M/d/yyyy", "dd.MM.yy", "dd/MM/yy", "MM/dd/yy", "dd MMM yyyy")
_FORMATS = (*_DAYS, *_MORE_DAYS, *(f"{day} {time}" for day in _DAYS for time in ("HH:mm:ss", "HH:mm")))
_NO_TIME = "take the time of day out, or make the column a timestamp in the contract"
_OF_ARROW = re.compile(r" [0-9:]{8}\.[0-9]{6}Z?$")  # how a timestamp ends that became text
_MAX_LOOKED_AT = 1000  # different values from which a remedy is found


def described(column: Column) -> str:
    """Return what a column holds, in words.

    Examples
    --------
    >>> described(Column(name="sold_on", dtype="datetime64[us]", format="dd.MM.yyyy"))
    'dates in the format dd.MM.yyyy'
    """
    words = KINDS[column.kind]
    if column.true_values:
        return f"{words}, written {' or '.join(column.true_values)}, and {' or '.join(column.false_values)}"
    if column.kind in {"date", "timestamp"}:
        zone = " with an offset" if column.zone else ""
        return f"{words}{zone} in {_format(column)}"
    return words


def fits(values: "pd.Series[Any]", column: Column) -> "pd.Series[bool]":
    """Tell which values of a column that came with another dtype would fit; a missing value makes no difference.

    Examples
    --------
    >>> fits(pd.Series(["3", "many"]), Column(name="rooms", dtype="int64")).tolist()
    [True, False]
    """
    if column.kind == "integer" and pd.api.types.is_numeric_dtype(values):
        return (values % 1 == 0) & (values >= -(2**63)) & (values < 2**63)
    if column.kind == "number" and column.is_plain:
        return pd.to_numeric(values.astype("str"), errors="coerce").notna()
    if values.dtype.kind == "M":
        is_kind = column.kind in {"date", "timestamp"} and (values.dt.tz is not None) == column.zone
        fit = values == values.dt.normalize() if column.kind == "date" else values.notna()
        return fit & is_kind
    return values.map(lambda value: _fits(value, column), na_action="ignore").eq(other=True)


def remedy(misfits: "pd.Series[Any]", column: Column, *, others_fit: bool) -> str:
    """Return what to do about values that do not fit.

    Parameters
    ----------
    misfits
        The values; none where each value fits, and the dtype alone is wrong.
    column
        The column.
    others_fit
        Whether any other value fits.

    Examples
    --------
    >>> remedy(pd.Series(["1,000"]), Column(name="price", dtype="float64"), others_fit=True)
    'write plain numbers: a decimal point, no thousands separator and no sign of a currency'
    """
    texts = misfits.drop_duplicates().head(_MAX_LOOKED_AT).astype("str")
    if (misfits.astype("str") == column.name).any():
        return "take out the second header: files were joined with their headers"
    if column.kind in NUMBERS and texts.str.fullmatch(_NEARLY_A_NUMBER).any():
        return f"write plain {KINDS[column.kind]}: {NUMBERS[column.kind]}"
    if column.kind not in {"category", "text"} and texts.str.fullmatch(_NOTHING).any():
        return (
            "fill these values in the source, or leave the cell empty; or name such words in missingValues of the "
            "column, for only an empty cell is a missing value otherwise"
        )
    if column.kind == "boolean" and (found := _of_flags(column, texts)):
        return found
    if column.kind in {"date", "timestamp"}:
        found = _of_moments(column, misfits) if misfits.dtype.kind == "M" or misfits.empty else _of_dates(column, texts)
        if found:
            return found
    act = "correct these values in the source" if len(misfits) and others_fit else "convert the column"
    return f"{act}, or change the column's type in the contract and raise its version"


def _fits(value: object, column: Column) -> bool:
    """Tell whether the reader reads a value as one of the column."""
    text = str(value)
    if text in column.missing_values:
        return True
    if column.kind == "integer":
        return _is_whole(text)
    if column.kind == "number":
        return bool(pd.notna(pd.to_numeric(text, errors="coerce")))
    if column.kind == "boolean":
        return isinstance(value, str) and text.strip(" \t").casefold() in (
            column.flags if column.true_values else _FLAGS
        )
    if column.kind in {"date", "timestamp"}:
        return column.dates.parse(text) is not None or _was_joined(text, column)
    return isinstance(value, str) and column.kind == "text"


def _was_joined(text: str, column: Column) -> bool:
    """Tell whether a text was a date of the column: parts of a table of which one is text are joined as text."""
    moment = date_format("", column.zone).parse(text) if _OF_ARROW.search(text) else None
    return moment is not None and (column.kind == "timestamp" or moment == moment.replace(hour=0, minute=0, second=0))


def _is_whole(cell: str) -> bool:
    """Tell whether the reader reads the text of a cell as a whole number of 64 bits."""
    text = cell.strip(" \t")
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", text):
        return True
    return bool(re.fullmatch(r"-?[0-9]{1,4000}", text)) and -(2**63) <= int(text) < 2**63


def _of_flags(column: Column, texts: "pd.Series[str]") -> str | None:
    if texts.empty or not texts.str.fullmatch(r"\s*\w{1,12}\s*").all():
        return None
    words = f"{' or '.join(column.true_values)} for true and {' or '.join(column.false_values)} for false"
    write = f"write {words}" if column.true_values else "write true or false"
    return f"{write}, or name these words in trueValues and falseValues of the column"


def _of_moments(column: Column, misfits: "pd.Series[Any]") -> str:
    """Return what to do about dates and timestamps of another dtype."""
    if misfits.empty:
        return f'convert the column: astype("{column.dtype}")'
    return _NO_TIME if column.kind == "date" and misfits.dt.tz is None else _zone(column)


def _of_dates(column: Column, texts: "pd.Series[str]") -> str | None:
    """Return what to do about texts that are not dates or timestamps of the column; None if unknown."""
    if texts.str.fullmatch(column.dates.regex.strip("^$")).all():
        return "correct these values in the source: there is no such day or time"
    if column.kind == "timestamp" and date_format("", not column.zone).parse(texts.iloc[0]):
        return _zone(column)
    found = _format_of(texts)
    if found is None:
        return None
    if column.kind == "date" and date_format(found, zone=False).has_time:
        return _NO_TIME
    return f"write these {KINDS[column.kind]} in {_format(column)}, or state {found} as the column's format"


def _zone(column: Column) -> str:
    if column.zone:
        return "write an offset behind each value, such as Z or +02:00, or set timezone: false in the contract"
    return "take the offsets out of the values, or set timezone: true in the contract"


def _format(column: Column) -> str:
    if column.format:
        return f"the format {column.format}"
    return f"ISO 8601, such as 2026-01-31T12:00:00{'Z' if column.zone else ''}"


def _format_of(texts: Iterable[str]) -> str | None:
    """Return the format in which all texts are dates."""
    known = list(texts)
    return next((each for each in _FORMATS if all(date_format(each, zone=False).parse(text) for text in known)), None)
