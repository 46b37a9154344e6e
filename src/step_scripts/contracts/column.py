"""One column of a contract: its type, and the values that it may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from step_scripts.contracts.date_format import ISO_DATE, DateFormat, date_format

Dtype = Literal[
    "int64", "Int64", "float64", "bool", "boolean", "category", "str", "datetime64[us]", "datetime64[us, UTC]"
]
Kind = Literal["integer", "number", "boolean", "category", "text", "date", "timestamp"]

_KINDS: Mapping[Dtype, Kind] = MappingProxyType(
    {
        "int64": "integer",
        "Int64": "integer",
        "float64": "number",
        "bool": "boolean",
        "boolean": "boolean",
        "category": "category",
        "str": "text",
        "datetime64[us]": "timestamp",
        "datetime64[us, UTC]": "timestamp",
    }
)
# What a cell may hold for true and false where the column has no words of its own, in any case.
TRUE, FALSE = ("true",), ("false",)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, its dtype in pandas, and its domain (bounds are inclusive; None is unbounded).

    Attributes
    ----------
    name, dtype, description
        As in the table, and what the values mean.
    categories
        The values of a closed set, in the order in which they are encoded.
    minimum, maximum
        Bounds of numbers.
    earliest, latest
        Bounds of dates and timestamps; in UTC where the column has a zone.
    required, unique
        Whether no value may be missing, and whether none may be repeated.
    is_key
        Whether it is a column of the primary key.
    pattern, min_length, max_length
        Of free text: a regular expression that is found in each value, and the number of characters.
    format
        Of dates and timestamps: how a CSV file writes them, such as ``dd.MM.yyyy``; an empty text is ISO 8601.
    true_values, false_values
        Of bools: the words of a CSV file, in any case; by default, true and false.
    missing_values
        Words of a CSV file that mean a missing value, besides the empty cell.

    Examples
    --------
    >>> Column(name="sold_on", dtype="datetime64[us]", format="dd.MM.yyyy").kind
    'date'
    """

    name: str
    dtype: Dtype
    categories: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    required: bool = False
    unique: bool = False
    is_key: bool = False
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    format: str = ""
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    description: str = field(default="", compare=False)

    @cached_property
    def kind(self) -> Kind:
        """What the values are; a timestamp whose format has no time of day is a date."""
        kind = _KINDS[self.dtype]
        return "date" if kind == "timestamp" and not self.dates.has_time else kind

    @cached_property
    def zone(self) -> bool:
        """Whether the column holds timestamps of UTC, which a file writes with an offset."""
        return self.dtype == "datetime64[us, UTC]"

    @cached_property
    def dates(self) -> DateFormat:
        """The format of a column of dates or timestamps."""
        return date_format(self.format, self.zone)

    @cached_property
    def is_plain(self) -> bool:
        """Whether a file is read without words or formats of the column's own."""
        return self.kind in {"integer", "number", "boolean", "category", "text"} and not (
            self.missing_values or self.true_values
        )

    @cached_property
    def flags(self) -> Mapping[str, bool]:
        """The words for true and false, in lower case."""
        words = dict.fromkeys((word.casefold() for word in self.true_values or TRUE), True)
        return words | dict.fromkeys((word.casefold() for word in self.false_values or FALSE), False)

    def spelling_of(self, value: object) -> str | None:
        """Return the category that differs from a value in case or outer blanks only, or None.

        Examples
        --------
        >>> Column(name="kind", dtype="category", categories=("Flat", "N/A")).spelling_of(" flat")
        'Flat'
        """
        plain = str(value).strip().casefold()
        return next((one for one in self.categories if one != value and one.casefold() == plain), None)


def date_column_format(kind: Kind, pattern: str | None) -> str:
    """Return the format of a column of dates or timestamps: the file's, or that of ISO 8601."""
    return pattern or (ISO_DATE if kind == "date" else "")
