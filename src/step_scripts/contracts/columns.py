"""Read the columns of a contract's file."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

from step_scripts._shared import nearest
from step_scripts.contracts.column import Column, Dtype, Kind, date_column_format
from step_scripts.contracts.date_format import DateFormat, date_format
from step_scripts.contracts.document import Node, shown
from step_scripts.contracts.error import InvalidContractError

# From ODCS logical types to the kinds of columns.
LOGICAL_TYPES: Mapping[str, Kind] = MappingProxyType(
    {
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "string": "text",  # or a category, if it has validValues
        "date": "date",
        "timestamp": "timestamp",
    }
)
# The options that are checked, by the kind of a column; and those that only describe.
_OPTIONS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "integer": ("minimum", "maximum"),
        "number": ("minimum", "maximum"),
        "boolean": (),
        "category": (),
        "text": ("pattern", "minLength", "maxLength"),
        "date": ("format", "minimum", "maximum"),
        "timestamp": ("format", "timezone", "minimum", "maximum"),
    }
)
_DESCRIBE = ("format",)
_WORDS = ("trueValues", "falseValues", "missingValues")


def read_column(fields: Node) -> Column:
    """Return a column of a file.

    Raises
    ------
    InvalidContractError
        When a member is missing, has a wrong type, or contradicts another one.

    Examples
    --------
    >>> read_column(Node({"name": "rooms", "logicalType": "integer"})).dtype
    'Int64'
    """
    name = fields.require_mapping().text("name")
    fields = fields.called(f"column {name}")
    kind = _kind(fields)
    categories = _categories(fields, kind)
    kind = "category" if categories else kind
    required = fields.flag("required")
    options = fields.member("logicalTypeOptions") or Node({}, (*fields.at, "logicalTypeOptions"), fields.where)
    _require_options(options, kind)
    zone = kind == "timestamp" and options.flag("timezone")
    dates = _dates(options, kind, zone=zone)
    earliest, latest = _moments(options, kind, dates) if dates else (None, None)
    minimum, maximum = (None, None) if dates else _bounds(options, kind)
    fewest, most = _lengths(options)
    words = _words(fields, kind)
    column = Column(
        name=name,
        dtype=_dtype(kind, required=required, zone=zone),
        categories=categories,
        minimum=minimum,
        maximum=maximum,
        earliest=earliest,
        latest=latest,
        required=required,
        unique=fields.flag("unique"),
        pattern=_pattern(options),
        min_length=fewest,
        max_length=most,
        format=dates.pattern if dates else "",
        description=" ".join(fields.optional_text("description").split()),
        true_values=words.get("trueValues", ()),
        false_values=words.get("falseValues", ()),
        missing_values=words.get("missingValues", ()),
    )
    _require_distinct_words(column, fields)
    return column


def _kind(fields: Node) -> Kind:
    stated = fields.needed("logicalType", "number")
    if not isinstance(stated.value, str) or stated.value not in LOGICAL_TYPES:
        near = nearest(stated.value, LOGICAL_TYPES) if isinstance(stated.value, str) else None
        message = f"expected a logicalType of {', '.join(LOGICAL_TYPES)}, got {shown(stated.value)}"
        raise stated.error(
            message, fix=f"write logicalType: {near or 'string'}{'' if near else ', or another of these'}"
        )
    return LOGICAL_TYPES[stated.value]


def _dtype(kind: Kind, *, required: bool, zone: bool) -> Dtype:
    dtypes: dict[Kind, Dtype] = {
        "integer": "int64" if required else "Int64",
        "number": "float64",
        "boolean": "bool" if required else "boolean",
        "category": "category",
        "text": "str",
        "date": "datetime64[us]",
        "timestamp": "datetime64[us, UTC]" if zone else "datetime64[us]",
    }
    return dtypes[kind]


def _categories(fields: Node, kind: Kind) -> tuple[str, ...]:
    found: list[str] = []
    for quality in fields.items("quality"):
        if (metric := quality.member("metric")) is None or metric.value != "invalidValues":
            continue
        values = quality.needed("arguments").needed("validValues")
        if kind != "text":
            message = f"expected a string with quoted validValues, or neither, got logicalType {kind}"
            raise values.error(message, fix="write logicalType: string, or take validValues out")
        if found:
            message = "expected one list of validValues, got a second one"
            raise values.error(message, fix="put all values into one list")
        found = list(values.words("validValues"))
    return tuple(found)


def _require_options(options: Node, kind: Kind) -> None:
    unchecked = {
        "exclusiveMinimum": "minimum",
        "exclusiveMaximum": "maximum",
        "multipleOf": "a rule in the quality section",
    }
    for name in options.require_mapping().value:
        if name in unchecked:
            there = Node(None, (*options.at, name), options.where)
            raise there.error(f"expected no {name}, which is not checked", fix=f"use {unchecked[name]}")
    known = _OPTIONS[kind]
    options.require_known(
        (*known, *(name for name in _DESCRIBE if name not in known)), what=f"an option of {kind} columns"
    )


def _bounds(options: Node, kind: Kind) -> tuple[float | None, float | None]:
    found: list[float | None] = []
    for name in ("minimum", "maximum"):
        bound = options.member(name)
        if bound is None:
            found.append(None)
            continue
        value = bound.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise bound.error(
                f"expected a number as {name}, got {shown(value)}", fix=f"write a number, or take {name} out"
            )
        if kind == "integer" and (value != int(value) or not -(2**63) <= value < 2**63):
            message = f"expected a whole number of 64 bits as {name}, got {shown(value)}"
            raise bound.error(message, fix="write a whole number, or make the column a number")
        found.append(value)
    low, high = found
    if low is not None and high is not None and low > high:
        raise Node(None, (*options.at, "minimum"), options.where).error(
            f"expected minimum ≤ maximum, got {low} and {high}", fix="swap them, or correct one"
        )
    return low, high


def _lengths(options: Node) -> tuple[int | None, int | None]:
    found: list[int | None] = []
    for name in ("minLength", "maxLength"):
        length = options.member(name)
        if length is None:
            found.append(None)
            continue
        if isinstance(length.value, bool) or not isinstance(length.value, int) or length.value < 0:
            message = f"expected a number of characters as {name}, got {shown(length.value)}"
            raise length.error(message, fix="write a whole number from 0")
        found.append(length.value)
    fewest, most = found
    if fewest is not None and most is not None and fewest > most:
        raise Node(None, (*options.at, "minLength"), options.where).error(
            f"expected minLength ≤ maxLength, got {fewest} and {most}", fix="swap them, or correct one"
        )
    return fewest, most


def _pattern(options: Node) -> str | None:
    found = options.member("pattern")
    if found is None:
        return None
    pattern = found.as_text()
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        re.compile(pattern)
        pc.match_substring_regex(pa.array([""]), pattern=pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"expected a regular expression as pattern, got {shown(pattern)}: {error}"
        raise found.error(message, fix="correct the pattern") from None
    except pa.ArrowException as error:
        what = str(error).splitlines()[0]
        message = f"expected a regular expression that RE2 has, too (no look-around, no back reference), got {what}"
        raise found.error(message, fix="write the pattern without it") from None
    return pattern


def _dates(options: Node, kind: Kind, *, zone: bool) -> DateFormat | None:
    if kind not in {"date", "timestamp"}:
        return None
    member = options.member("format")
    pattern = None if member is None else member.as_text()
    try:
        found = date_format(date_column_format(kind, pattern), zone)
    except InvalidContractError as error:
        raise (member or options).error(str(error), fix="correct the format") from None
    if kind == "date" and found.has_time:
        fix = "take the time out of the format, or write logicalType: timestamp"
        raise (member or options).error("expected a format without a time of day", fix=fix)
    return found


def _moments(options: Node, kind: Kind, dates: DateFormat) -> tuple[datetime | None, datetime | None]:
    low, high = (_moment(options.member(name), kind, dates) for name in ("minimum", "maximum"))
    if low is not None and high is not None and low > high:
        raise Node(None, (*options.at, "minimum"), options.where).error(
            f"expected minimum ≤ maximum, got {dates.text(low)} and {dates.text(high)}", fix="swap them, or correct one"
        )
    return low, high


def _moment(bound: Node | None, kind: Kind, dates: DateFormat) -> datetime | None:
    if bound is None:
        return None
    value = bound.value
    if isinstance(value, date):  # without quotes, YAML reads a date itself
        value = value.isoformat()
    if isinstance(value, str):
        iso = date_format(date_column_format(kind, None), dates.zone)
        found = dates.parse(value) or iso.parse(value)
        if found is not None:
            return found
    example = dates.text(datetime(2026, 1, 31, tzinfo=UTC if dates.zone else None))
    message = f"expected a {kind} such as '{example}', got {shown(bound.value)}"
    raise bound.error(message, fix="write it so, in quotes")


def _words(fields: Node, kind: Kind) -> dict[str, tuple[str, ...]]:
    """Return the words of the column's own for true, false and missing values."""
    found: dict[str, tuple[str, ...]] = {}
    for own in fields.items("customProperties"):
        name = own.require_mapping().needed("property")
        if name.value in _WORDS:
            if name.value in found:
                raise name.error(f"expected {name.value} once, got it again", fix="put all words into one list")
            if kind != "boolean" and name.value != "missingValues":
                message = f"expected {name.value} in a column of logicalType boolean only"
                raise name.error(message, fix=f"write logicalType: boolean, or take {name.value} out")
            found[str(name.value)] = own.needed("value").words(str(name.value))
        elif isinstance(name.value, str) and (near := nearest(name.value, _WORDS)):
            raise name.error(f"expected one of {', '.join(_WORDS)}, got {name.value!r}", fix=f"write {near}")
    if ("trueValues" in found) != ("falseValues" in found):
        message = "expected both trueValues and falseValues, or neither"
        raise fields.needed("customProperties").error(message, fix="add the other one")
    return found


def _require_distinct_words(column: Column, fields: Node) -> None:
    """Raise if a word has two meanings."""
    is_flag = column.kind == "boolean"
    true, false = ({word.casefold() for word in words} for words in (column.true_values, column.false_values))
    missing = {word.casefold() if is_flag else word for word in column.missing_values}
    known = set(column.flags) if is_flag else set(column.categories)
    for word in sorted((true & false) | (missing & known)):
        message = f"expected one meaning of {word!r}, got two"
        raise (fields.member("customProperties") or fields).error(message, fix="take it out of one of the lists")
