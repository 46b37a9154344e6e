"""Claims come as JSON, JSON Lines and CSV, and mean the same; answers go in the same formats."""

import csv
import io
import json

import pytest

from model.answer import Answer, Reason, Refusal
from model.records import EXAMPLE, record_contract
from step_scripts.serving.payload import PayloadError, read, write

TWO = [dict(EXAMPLE), {**EXAMPLE, "policy_id": 2, "customer_gender": "Female"}]
ANSWERS = [
    Answer(1, 0.125, 1, -3.0, (Reason("num_injuries", 2, 0.5), Reason("policy_state", "CA", -0.25)), 0.8),
    Refusal(2, "incident_hour_range: expected, got", ("incident_hour_range",)),
]


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


SAME = {
    "an array": (json.dumps(TWO).encode(), "json"),
    "lines": (as_lines(TWO), "jsonlines"),
    "lines without the last end": (as_lines(TWO).rstrip(), "jsonlines"),
    "lines of Windows, and empty ones": (as_lines(TWO).replace(b"\n", b"\r\n\r\n"), "jsonlines"),
    "a header": (as_csv(TWO, header=True), "csv"),
    "no header": (as_csv(TWO, header=False), "csv"),
    "a byte order mark": (b"\xef\xbb\xbf" + as_csv(TWO, header=True), "csv"),
    "Windows": (as_csv(TWO, header=True).replace(b"\n", b"\r\n"), "csv"),
    "quotes": (as_csv(TWO, header=True).replace(b"Spouse", b'"Spouse"'), "csv"),
    "columns in another order": (as_csv([dict(reversed(one.items())) for one in TWO], header=True), "csv"),
    "claim and customer apart": (
        json.dumps(
            [
                {
                    "claim": {name: one[name] for name in list(one)[:17]},
                    "customer": {name: one[name] for name in ["policy_id", *list(one)[17:]]},
                }
                for one in TWO
            ]
        ).encode(),
        "json",
    ),
}


@pytest.mark.parametrize(("body", "kind"), SAME.values(), ids=SAME)
def test_the_same_claims_in_every_format(body, kind):
    """Values come as JSON has them, numbers as numbers, in every format alike."""
    payload = read(body, kind)
    assert [dict(record) for record in payload.records] == TWO
    assert not payload.single
    assert not any(record_contract().broken(record) for record in payload.records)


def test_one_claim_by_itself():
    """An object is answered by an object, an array of one by an array of one."""
    assert read(json.dumps(dict(EXAMPLE)).encode(), "json").single
    assert not read(json.dumps([dict(EXAMPLE)]).encode(), "json").single


UNREADABLE = {
    "nothing": (b"", "json", "expected JSON"),
    "nothing but an array": (b"[]", "json", "at least one claim"),
    "no line": (b"\n\n", "jsonlines", "at least one claim"),
    "no row": (b"", "csv", "at least one claim"),
    "a header alone": (as_csv(TWO, header=True).splitlines()[0], "csv", "at least one claim"),
    "a number": (b"1", "json", "JSON object, or an array"),
    "half an object": (b'{"policy_id": 1', "json", "expected JSON, got"),
    "NaN": (b'{"vehicle_claim": NaN}', "json", "which has no NaN"),
    "infinity": (b'{"vehicle_claim": -Infinity}', "json", "which has no -Infinity"),
    "a name twice": (b'{"policy_id": 1, "policy_id": 2}', "json", "each name once, got 'policy_id' again"),
    "a deep nest": (b"[" * 100_000, "json", "nested too deeply"),
    "a long number": (b'{"policy_id": ' + b"1" * 5000 + b"}", "json", "4,300 digits"),
    "UTF-16": ('{"policy_id": 1}'.encode("utf-16"), "json", "expected UTF-8, got the byte 0xff at 0"),
    "NUL": (b'{"policy_id":\0 1}', "json", "NUL byte at 13"),
    "an open quote": (b'policy_id\n"1', "csv", "closed quotes"),
    "a column twice": (b"policy_id,policy_id\n1,1", "csv", "each column once"),
}


@pytest.mark.parametrize(("body", "kind", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_is_a_sentence(body, kind, sentence):
    """What was expected, and what came."""
    with pytest.raises(PayloadError, match=sentence):
        read(body, kind)


REFUSED = {
    "no JSON": (as_lines(TWO) + b"{\n", "jsonlines", "expected JSON, got"),
    "no object": (as_lines(TWO) + b"[1]\n", "jsonlines", r"got \[1\]"),
    "an element of an array": (json.dumps([*TWO, None]).encode(), "json", "got null"),
    "a short row": (as_csv(TWO, header=True) + b"3,Self\n", "csv", "expected 29 cells, which are .*, got 2"),
    "two policies": (
        b'{"claim": {"policy_id": 1}, "customer": {"policy_id": 2}}',
        "jsonlines",
        "policy_id to be the same",
    ),
    "no two objects": (b'{"claim": 1, "customer": {}}', "jsonlines", "two JSON objects"),
}


@pytest.mark.parametrize(("body", "kind", "sentence"), REFUSED.values(), ids=REFUSED)
def test_one_bad_line_does_not_hide_the_others(body, kind, sentence):
    """It is refused in its place."""
    import re

    records = read(body, kind).records
    assert [isinstance(record, Refusal) for record in records[:-1]] == [False] * (len(records) - 1)
    assert re.search(sentence, records[-1].error)
    assert records[-1].broken_rules == ("format",)


def test_a_line_may_hold_what_only_looks_like_its_end():
    """U+2028 and its like part lines for Python, not for JSON."""
    assert len(read('{"a": "x\u2028y\x85z"}\n'.encode(), "jsonlines").records) == 1


def test_answers_are_written_in_their_order():
    """A bad record's line says why, and has a null probability."""
    first, second = (json.loads(line) for line in write(ANSWERS, "jsonlines").splitlines())
    assert (first["probability"], first["decision"], first["base"], first["rest"]) == (0.125, 1, -3.0, 0.8)
    assert first["reasons"][1] == {"column": "policy_state", "value": "CA", "contribution": -0.25}
    assert second == {
        "policy_id": 2,
        "probability": None,
        "error": "incident_hour_range: expected, got",
        "broken_rules": ["incident_hour_range"],
    }
    assert json.loads(write(ANSWERS, "json")) == [first, second]
    assert json.loads(write(ANSWERS[:1], "json", single=True)) == first


def test_answers_are_written_as_csv():
    """With a header where the question had one."""
    header, first, second = csv.reader(io.StringIO(write(ANSWERS, "csv", header=True).decode()))
    assert header == ["policy_id", "probability", "decision", "reasons", "error"]
    assert first == ["1", "0.125", "1", "num_injuries=2:+0.5000;policy_state=CA:-0.2500", ""]
    assert second == ["2", "", "", "", "incident_hour_range: expected, got"]
    assert write(ANSWERS[:1], "csv").count(b"\n") == 1


def test_half_a_character_can_be_written():
    """JSON lets a client send one, and CSV has no way to write it but escaped."""
    assert rb"\ud800" in write([Refusal(None, "got \ud800", ())], "csv")
