"""Answers are written in the formats in which records come."""

import csv
import io
import json

import pytest

from step_scripts.serving.answers import Answer, Refusal, write
from step_scripts.serving.predictor import Prediction, Reason, Reasons

COLUMNS = ("house_id", "price", "expensive", "reasons", "error")
WHY = Reasons(base=-3.0, top=(Reason("rooms", 2, 0.5), Reason("kind", "Flat", -0.25)), rest=0.8)
ANSWERS = [
    Answer({"house_id": 1}, Prediction({"price": 0.125, "expensive": True}, WHY)),
    Refusal("rooms_range: expected, got", ("rooms_range",), {"house_id": 2, "price": None}),
]


def test_answers_are_written_in_their_order():
    """An invalid record's line says why, and has a null prediction."""
    first, second = (json.loads(line) for line in write(ANSWERS, "jsonlines", columns=COLUMNS).splitlines())
    assert list(first) == ["house_id", "price", "expensive", "base", "reasons", "rest"]
    assert (first["price"], first["expensive"], first["base"], first["rest"]) == (0.125, True, -3.0, 0.8)
    assert first["reasons"][1] == {"column": "kind", "value": "Flat", "contribution": -0.25}
    assert second == {
        "house_id": 2,
        "price": None,
        "error": "rooms_range: expected, got",
        "broken_rules": ["rooms_range"],
    }
    assert json.loads(write(ANSWERS, "json", columns=COLUMNS)) == [first, second]
    assert json.loads(write(ANSWERS[:1], "json", columns=COLUMNS, single=True)) == first


def test_json_has_the_bytes_of_pythons_own():
    """Whether it is written in pieces or not."""
    assert write(ANSWERS, "json", columns=()) == json.dumps([answer.as_dict() for answer in ANSWERS]).encode()


def test_answers_are_written_as_csv():
    """With a header where the request had one."""
    header, first, second = csv.reader(io.StringIO(write(ANSWERS, "csv", columns=COLUMNS, header=True).decode()))
    assert header == list(COLUMNS)
    assert first == ["1", "0.125", "True", "rooms=2:+0.5000;kind=Flat:-0.2500", ""]
    assert second == ["2", "", "", "", "rooms_range: expected, got"]
    assert write(ANSWERS[:1], "csv", columns=COLUMNS).count(b"\n") == 1


def test_half_a_character_can_be_written():
    """JSON lets a client send one, and CSV can write it only escaped."""
    assert rb"\ud800" in write([Refusal("got \ud800", ())], "csv", columns=COLUMNS)


@pytest.mark.parametrize("kind", ["json", "jsonlines"])
def test_what_json_cannot_say_is_an_error(kind):
    """A prediction that is not a number is the model's fault, and no client could read it."""
    with pytest.raises(ValueError, match="JSON"):
        write([Answer({}, Prediction({"price": float("nan")}))], kind, columns=COLUMNS)
