"""The formats in which records come: JSON, JSON Lines and CSV."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, TypeAlias

from step_scripts._shared import StepScriptsError
from step_scripts.contracts.cells import number
from step_scripts.contracts.contract import Column
from step_scripts.serving.answers import Refusal
from step_scripts.serving.formats import Format
from step_scripts.serving.predictor import Record

Columns: TypeAlias = Mapping[str, Column]
# Objects and arrays inside each other. Code that gets a record from here takes a stack frame for each level.
_MAX_DEPTH = 10
_MAX_SHOWN = 50  # characters of a client's text that an error repeats


class PayloadError(StepScriptsError, ValueError):
    """A body that cannot be read as records; the message says what was expected, what came and where."""


class Payload(NamedTuple):
    """What a body holds.

    Attributes
    ----------
    records
        A mapping for each record, or a refusal. Values are as JSON has them.
    single
        Whether it is one record by itself, rather than a list of them.
    header
        Whether a CSV began with the names of its columns.
    """

    records: list[Record | Refusal]
    single: bool = False
    header: bool = False


def read(
    body: bytes, kind: Format, columns: Columns, *, nested: Sequence[str] = (), max_records: int | None = None
) -> Payload:
    """Read records.

    Parameters
    ----------
    body
        UTF-8, with or without a byte order mark. JSON: an object, or an array of them. JSON Lines: an object a line.
        CSV: a row a record, below a header or in the order of `columns`.
    kind
        The format.
    columns
        The columns of a record, `RecordContract.columns`: they say which cells of CSV are numbers.
    nested
        Names of the objects that may hold a record's columns instead of one flat object, `Description.nested`.
    max_records
        How many records it may hold; None for any number.

    Raises
    ------
    PayloadError
        When the body as a whole cannot be read. One element, line or row that cannot be read is a `Refusal` in its
        place.

    Examples
    --------
    >>> read(b'{"house_id": 7}', "json", columns={})
    Payload(records=[{'house_id': 7}], single=True, header=False)
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PayloadError(f"expected UTF-8, got the byte 0x{body[error.start]:02x} at {error.start}") from None
    if "\0" in text:
        raise PayloadError(f"expected text, got a NUL byte at {text.index(chr(0))}")
    if max_records is not None and kind != "json":  # counted before they are read: refusing millions of them is slow
        _check_count(text.count("\n"), max_records)
    if kind == "json":
        payload = _read_json(text, nested)
    elif kind == "jsonlines":
        payload = _read_lines(text, nested)
    else:
        payload = _read_csv(text, columns)
    if not payload.records:
        raise PayloadError("expected at least one record, got none")
    if max_records is not None:
        _check_count(len(payload.records), max_records)
    return payload


def starts_with_header(body: bytes, columns: Columns) -> bool:
    r"""Tell whether the first line of a CSV names columns, rather than being a record.

    Examples
    --------
    >>> columns = {"house_id": Column(name="house_id", dtype="int64")}
    >>> starts_with_header(b"house_id,price\n1,0\n", columns), starts_with_header(b"1,0\n", columns)
    (True, False)
    """
    first = body.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace")
    return _is_header(next(csv.reader([first]), []), columns)


def _check_count(records: int, most: int) -> None:
    if records > most:
        raise PayloadError(f"expected at most {most:,} records in a body of this size, got {records:,}")


def _read_json(text: str, nested: Sequence[str]) -> Payload:
    found = _parsed(text)
    if isinstance(found, dict):
        return Payload([_flat(found, nested)], single=True)
    if not isinstance(found, list):
        raise PayloadError(f"expected a record as a JSON object, or an array of them, got {_shown(found)}")
    return Payload([_record(each, nested) for each in found])


def _read_lines(text: str, nested: Sequence[str]) -> Payload:
    # Not splitlines(), which also splits at characters that a JSON text may hold as they are.
    return Payload([_line(line, nested) for line in text.split("\n") if line.strip()])


def _line(line: str, nested: Sequence[str]) -> Record | Refusal:
    try:
        return _record(_parsed(line), nested)
    except PayloadError as error:
        return _unreadable(str(error))


def _record(found: object, nested: Sequence[str]) -> Record | Refusal:
    if isinstance(found, dict):
        return _flat(found, nested)
    return _unreadable(f"expected a record as a JSON object, got {_shown(found)}")


def _flat(found: dict[str, Any], nested: Sequence[str]) -> Record | Refusal:
    """Return a record's nested objects as one; a column that several of them have is the same in each."""
    if not nested or found.keys() != set(nested):
        return found
    names = " and ".join(nested)
    flat: dict[str, Any] = {}
    for part in nested:
        if not isinstance(found[part], dict):
            return _unreadable(f"expected {names} as JSON objects")
        for name in found[part].keys() & flat.keys():
            if found[part][name] != flat[name]:
                return _unreadable(f"expected {name} to be the same in {names}")
        flat |= found[part]
    return flat


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    too_deep = PayloadError("expected a flat JSON object, got one that is nested too deeply")
    try:
        found = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_not_a_number)
    except RecursionError:
        raise too_deep from None
    except PayloadError:
        raise
    except json.JSONDecodeError as error:
        raise PayloadError(f"expected JSON, got: {error}") from None
    except ValueError:  # of a whole number with more digits than Python converts
        raise PayloadError("expected numbers of at most 4,300 digits") from None
    if text.count("[") + text.count("{") > _MAX_DEPTH and _is_too_deep(found):
        raise too_deep
    return found


def _is_too_deep(found: object) -> bool:
    level = [found]
    for _ in range(_MAX_DEPTH):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level = [each for every in inner for each in every if isinstance(each, (dict, list))]
    return bool(level)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise PayloadError(f"expected each name once, got {repeated[:_MAX_SHOWN]!r} again")
    return found


def _not_a_number(name: str) -> NoReturn:
    raise PayloadError(f"expected JSON, which has no {name}")


def _read_csv(text: str, columns: Columns) -> Payload:
    names = list(columns)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise PayloadError(f"expected CSV with commas and closed quotes, got: {error}") from None
    header = bool(rows) and _is_header(rows[0], columns)
    if header:
        names = rows.pop(0)
        if repeated := [name for name, times in Counter(names).items() if times > 1]:
            raise PayloadError(f"expected each column once in the header, got {repeated[0]!r} again")
    return Payload([_row(row, names, columns) for row in rows], header=header)


def _is_header(row: Sequence[str], columns: Columns) -> bool:
    return not set(row).isdisjoint(columns)


def _row(row: list[str], names: list[str], columns: Columns) -> Record | Refusal:
    if len(row) != len(names):
        order = "" if len(names) != len(columns) else f", which are {names[0]} to {names[-1]}"
        return _unreadable(f"expected {len(names)} cells{order}, got {len(row)}")
    return {
        name: number(cell, columns[name]) if name in columns else cell for name, cell in zip(names, row, strict=True)
    }


def _shown(found: object) -> str:
    text = json.dumps(found)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _unreadable(sentence: str) -> Refusal:
    return Refusal(sentence, ("format",))
