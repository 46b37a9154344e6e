"""The formats in which claims come and answers go: JSON, JSON Lines and CSV."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, NoReturn, TypeAlias

from model.answer import Answer, Refusal
from model.records import Record, record_contract
from step_scripts._shared import StepScriptsError
from step_scripts.contracts.record import number

Format: TypeAlias = Literal["json", "jsonlines", "csv"]
FORMATS: dict[str, Format] = {
    "application/json": "json",
    "application/jsonlines": "jsonlines",
    "application/jsonl": "jsonlines",
    "application/x-jsonlines": "jsonlines",
    "application/x-ndjson": "jsonlines",
    "text/csv": "csv",
}
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "jsonlines": "application/jsonlines",
    "csv": "text/csv; charset=utf-8",
}
CSV_COLUMNS = ("policy_id", "probability", "decision", "reasons", "error")


_DEEPEST = (
    10  # objects and arrays in each other; what is read here goes on to code that takes a level of the stack for each
)


class PayloadError(StepScriptsError, ValueError):
    """A body that cannot be read as claims; the message says what was expected, what came and where."""


class Payload(NamedTuple):
    """What a body holds.

    Attributes
    ----------
    records
        A mapping for each claim, or why there is none. Values are as JSON has them.
    single
        Whether it is one claim by itself, rather than a list of them.
    header
        Whether a CSV began with the names of its columns.
    """

    records: list[Record | Refusal]
    single: bool = False
    header: bool = False


def read(body: bytes, kind: Format, *, most: int | None = None) -> Payload:
    """Read claims.

    Parameters
    ----------
    body
        UTF-8, with or without a byte order mark. JSON: an object, or an array of them. JSON Lines: an object a line.
        CSV: a row a claim, below a header or in the order of the contracts: of claims, then of customers. An object
        may also hold the two apart, as ``{"claim": {...}, "customer": {...}}``.
    most
        How many claims it may hold; None for any number.

    Raises
    ------
    PayloadError
        When nothing can be told of single claims. One line of JSON Lines or row of CSV that cannot be read is a
        `Refusal` in its place.

    Examples
    --------
    >>> read(b'{"policy_id": 7}', "json")
    Payload(records=[{'policy_id': 7}], single=True, header=False)
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PayloadError(f"expected UTF-8, got the byte 0x{body[error.start]:02x} at {error.start}") from None
    if "\0" in text:
        raise PayloadError(f"expected text, got a NUL byte at {text.index(chr(0))}")
    if (
        most is not None and kind != "json"
    ):  # lines are counted before they are read: millions of them are slow to refuse
        _not_more(text.count("\n"), most)
    payload = {"json": _read_json, "jsonlines": _read_lines, "csv": _read_csv}[kind](text)
    if not payload.records:
        raise PayloadError("expected at least one claim, got none")
    if most is not None:
        _not_more(len(payload.records), most)
    return payload


def _not_more(records: int, most: int) -> None:
    if records > most:
        raise PayloadError(f"expected at most {most:,} claims in a body of this size, got {records:,}")


def write(answers: Sequence[Answer | Refusal], kind: Format, *, single: bool = False, header: bool = False) -> bytes:
    r"""Write answers, one for each claim and in their order.

    Examples
    --------
    >>> answer = Answer(7, 0.25, 1, base=-3.0, reasons=(), rest=1.9)
    >>> write([answer], "csv")
    b'7,0.25,1,,\n'
    """
    if kind == "csv":
        out = io.StringIO(newline="")
        rows = csv.writer(out, lineterminator="\n")
        rows.writerows([CSV_COLUMNS] if header else [])
        rows.writerows(map(_csv_row, answers))
        return out.getvalue().encode("utf-8", "backslashreplace")
    if kind == "json" and single:
        return json.dumps(answers[0].as_dict()).encode()
    if kind == "json":
        return json.dumps([answer.as_dict() for answer in answers]).encode()
    return b"".join(json.dumps(answer.as_dict()).encode() + b"\n" for answer in answers)


def _csv_row(answer: Answer | Refusal) -> list[Any]:
    if isinstance(answer, Refusal):
        told = answer.as_dict()
        return [told["policy_id"], None, None, None, told["error"]]
    reasons = (f"{reason.column}={reason.value}:{reason.contribution:+.4f}" for reason in answer.reasons)
    return [answer.policy_id, answer.probability, answer.decision, ";".join(reasons), None]


def _read_json(text: str) -> Payload:
    found = _parsed(text)
    if isinstance(found, dict):
        return Payload([_joined(found)], single=True)
    if not isinstance(found, list):
        raise PayloadError(f"expected a claim as a JSON object, or an array of them, got {_shown(found)}")
    return Payload([_record(each) for each in found])


def _read_lines(text: str) -> Payload:
    # Not splitlines(), which also parts at characters that a JSON text may hold as they are.
    return Payload([_line(line) for line in text.split("\n") if line.strip()])


def _line(line: str) -> Record | Refusal:
    try:
        return _record(_parsed(line))
    except PayloadError as error:
        return _unreadable(str(error))


def _read_csv(text: str) -> Payload:
    names = list(record_contract().columns)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise PayloadError(f"expected CSV with commas and closed quotes, got: {error}") from None
    header = bool(rows) and _is_header(rows[0])
    if header:
        names = rows.pop(0)
        if repeated := [name for name, times in Counter(names).items() if times > 1]:
            raise PayloadError(f"expected each column once in the header, got {repeated[0]!r} again")
    return Payload([_row(row, names) for row in rows], header=header)


def starts_with_header(body: bytes) -> bool:
    r"""Tell whether the first line of a CSV names columns, rather than being a claim.

    Examples
    --------
    >>> starts_with_header(b"policy_id,fraud\n1,0\n"), starts_with_header(b"1,0\n")
    (True, False)
    """
    first = body.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace")
    return _is_header(next(csv.reader([first]), []))


def _is_header(row: Sequence[str]) -> bool:
    return not set(row).isdisjoint(record_contract().columns)


def _row(row: list[str], names: list[str]) -> Record | Refusal:
    if len(row) != len(names):
        order = "" if len(names) != len(record_contract().columns) else f", which are {names[0]} to {names[-1]}"
        return _unreadable(f"expected {len(names)} cells{order}, got {len(row)}")
    columns = record_contract().columns
    return {
        name: number(cell, columns[name]) if name in columns else cell for name, cell in zip(names, row, strict=True)
    }


def _record(found: object) -> Record | Refusal:
    if isinstance(found, dict):
        return _joined(found)
    return _unreadable(f"expected a claim as a JSON object, got {_shown(found)}")


def _joined(found: dict[str, Any]) -> Record | Refusal:
    """Return claim and customer as one record; the policy is the same in both."""
    if found.keys() != {"claim", "customer"}:
        return found
    claim, customer = found["claim"], found["customer"]
    if not isinstance(claim, dict) or not isinstance(customer, dict):
        return _unreadable("expected claim and customer as two JSON objects")
    for name in claim.keys() & customer.keys():
        if claim[name] != customer[name]:
            return _unreadable(f"expected {name} to be the same in claim and customer")
    return {**claim, **customer}


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    too_deep = PayloadError("expected a flat JSON object, got one that is nested too deeply")
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise too_deep from None
    except PayloadError:
        raise
    except json.JSONDecodeError as error:
        raise PayloadError(f"expected JSON, got: {error}") from None
    except ValueError:  # of a whole number with more digits than Python converts
        raise PayloadError("expected numbers of at most 4,300 digits") from None
    if text.count("[") + text.count("{") > _DEEPEST and _is_deep(found):
        raise too_deep
    return found


def _is_deep(found: object) -> bool:
    level = [found]
    for _ in range(_DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level = [each for every in inner for each in every if isinstance(each, (dict, list))]
    return bool(level)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise PayloadError(f"expected each name once, got {repeated[:50]!r} again")
    return found


def _no_number(name: str) -> NoReturn:
    raise PayloadError(f"expected JSON, which has no {name}")


def _shown(found: object) -> str:
    text = json.dumps(found)
    return text if len(text) <= 50 else f"{text[:50]}…"


def _unreadable(sentence: str) -> Refusal:
    return Refusal(None, sentence, ("format",))
