"""Records come as JSON, JSON Lines and CSV, and mean the same."""

import csv
import io
import json
import re

import pytest
from prices.predictor import EXAMPLE

from step_scripts.serving import payload
from step_scripts.serving.answers import Refusal
from step_scripts.serving.payload import PayloadError, starts_with_header

TWO = [EXAMPLE, {**EXAMPLE, "house_id": 2, "kind": "Flat"}]


@pytest.fixture
def read(scorer):
    """A function that reads records of houses."""
    predictor = scorer.predictor

    def read(body, kind, **options):
        return payload.read(body, kind, predictor.contract.columns, nested=predictor.description.nested, **options)

    return read


def as_csv(records, *, header):
    """Records as CSV."""
    out = io.StringIO()
    rows = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    if header:
        rows.writeheader()
    rows.writerows(records)
    return out.getvalue().encode()


def as_lines(records):
    """Records as JSON Lines."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def nested(record):
    """A record with the house and the street in objects of their own."""
    return {
        "house": {name: record[name] for name in ("house_id", "kind", "rooms", "area")},
        "street": {name: record[name] for name in ("house_id", "quiet")},
    }


SAME = {
    "an array": (json.dumps(TWO).encode(), "json"),
    "lines": (as_lines(TWO), "jsonlines"),
    "lines without the last end": (as_lines(TWO).rstrip(), "jsonlines"),
    "lines of Windows, and empty ones": (as_lines(TWO).replace(b"\n", b"\r\n\r\n"), "jsonlines"),
    "a header": (as_csv(TWO, header=True), "csv"),
    "no header": (as_csv(TWO, header=False), "csv"),
    "a byte order mark": (b"\xef\xbb\xbf" + as_csv(TWO, header=True), "csv"),
    "Windows": (as_csv(TWO, header=True).replace(b"\n", b"\r\n"), "csv"),
    "quotes": (as_csv(TWO, header=True).replace(b"Flat", b'"Flat"'), "csv"),
    "columns in another order": (as_csv([dict(reversed(one.items())) for one in TWO], header=True), "csv"),
    "nested objects": (json.dumps([nested(one) for one in TWO]).encode(), "json"),
    "lines of nested objects": (as_lines([nested(one) for one in TWO]), "jsonlines"),
}


@pytest.mark.parametrize(("body", "kind"), SAME.values(), ids=SAME)
def test_the_same_records_in_every_format(scorer, read, body, kind):
    """Values come as JSON has them, numbers as numbers, in every format alike."""
    found = read(body, kind)
    assert found.records == TWO
    assert not found.single
    assert not any(scorer.predictor.contract.broken(record) for record in found.records)


def test_one_record_by_itself(read):
    """An object is answered by an object, an array of one by an array of one."""
    assert read(json.dumps(EXAMPLE).encode(), "json").single
    assert not read(json.dumps([EXAMPLE]).encode(), "json").single


def test_objects_are_nested_where_the_predictor_says_so():
    """Otherwise they are columns that the contract does not know."""
    body = json.dumps(nested(EXAMPLE)).encode()
    assert payload.read(body, "json", {}).records == [nested(EXAMPLE)]


UNREADABLE = {
    "nothing": (b"", "json", "expected JSON"),
    "nothing but an array": (b"[]", "json", "at least one record"),
    "no line": (b"\n\n", "jsonlines", "at least one record"),
    "no row": (b"", "csv", "at least one record"),
    "a header alone": (as_csv(TWO, header=True).splitlines()[0], "csv", "at least one record"),
    "a number": (b"1", "json", "JSON object, or an array"),
    "half an object": (b'{"house_id": 1', "json", "expected JSON, got"),
    "NaN": (b'{"area": NaN}', "json", "which has no NaN"),
    "infinity": (b'{"area": -Infinity}', "json", "which has no -Infinity"),
    "a name twice": (b'{"house_id": 1, "house_id": 2}', "json", "each name once, got 'house_id' again"),
    "a deep nest": (b"[" * 100_000, "json", "nested too deeply"),
    "a long number": (b'{"house_id": ' + b"1" * 5000 + b"}", "json", "4,300 digits"),
    "UTF-16": ('{"house_id": 1}'.encode("utf-16"), "json", "expected UTF-8, got the byte 0xff at 0"),
    "NUL": (b'{"house_id":\0 1}', "json", "NUL byte at 12"),
    "an open quote": (b'house_id\n"1', "csv", "closed quotes"),
    "a column twice": (b"house_id,house_id\n1,1", "csv", "each column once"),
}


@pytest.mark.parametrize(("body", "kind", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_is_a_sentence(read, body, kind, sentence):
    """What was expected, and what came."""
    with pytest.raises(PayloadError, match=sentence):
        read(body, kind)


REFUSED = {
    "no JSON": (as_lines(TWO) + b"{\n", "jsonlines", "expected JSON, got"),
    "no object": (as_lines(TWO) + b"[1]\n", "jsonlines", r"got \[1\]"),
    "an element of an array": (json.dumps([*TWO, None]).encode(), "json", "got null"),
    "a short row": (as_csv(TWO, header=True) + b"3,Flat\n", "csv", "expected 5 cells, which are .*, got 2"),
    "two keys": (
        b'{"house": {"house_id": 1}, "street": {"house_id": 2}}',
        "jsonlines",
        "house_id to be the same in house and street",
    ),
    "no two objects": (b'{"house": 1, "street": {}}', "jsonlines", "house and street as JSON objects"),
}


@pytest.mark.parametrize(("body", "kind", "sentence"), REFUSED.values(), ids=REFUSED)
def test_one_bad_line_does_not_hide_the_others(read, body, kind, sentence):
    """It is refused in its place."""
    records = read(body, kind).records
    assert [isinstance(record, Refusal) for record in records[:-1]] == [False] * (len(records) - 1)
    assert re.search(sentence, records[-1].error)
    assert records[-1].broken_rules == ("format",)


def test_a_line_may_hold_what_only_looks_like_its_end(read):
    """U+2028 and similar characters end a line for Python, not for JSON."""
    assert len(read('{"a": "x\u2028y\x85z"}\n'.encode(), "jsonlines").records) == 1


@pytest.mark.parametrize(("body", "kind"), [(as_lines(TWO), "jsonlines"), (json.dumps(TWO).encode(), "json")])
def test_records_may_be_limited(read, body, kind):
    """To as many as a body of some size can hold."""
    assert len(read(body, kind, max_records=2).records) == 2
    with pytest.raises(PayloadError, match="at most 1 records in a body of this size, got 2"):
        read(body, kind, max_records=1)


def test_a_header_is_known_by_a_column(scorer):
    """One that the contract has; a byte order mark does not hide it."""
    columns = scorer.predictor.contract.columns
    assert starts_with_header(b"\xef\xbb\xbfarea,colour\n", columns)
    assert not starts_with_header(b"Flat,1\narea\n", columns)
