"""What a Lambda function answers is JSON in UTF-8, whatever its handler returns or raises."""

import json

import pytest

from step_scripts.local.runner import handler

DEEP = "value = []\n    for _ in range(100_000): value = [value]\n    return value"


@pytest.fixture
def answer(tmp_path):
    """A function that calls a handler with this body."""

    def call(body):
        file = tmp_path / "function.py"
        file.write_text(f"def handler(event, context):\n    {body}\n")
        return handler.answer(str(file), {}, handler.Context({}, 0.0))

    return call


@pytest.mark.parametrize("body", ["return {1}", r"return '\ud800'", DEEP], ids=["set", "half a letter", "deep"])
def test_what_json_cannot_hold_is_a_marshal_error(answer, body):
    """The step fails with a reason, and the run goes on to its end."""
    assert answer(body)["errorType"] == "Runtime.MarshalError"


def test_a_message_can_always_be_printed(answer):
    """It may come from bytes that are not text."""
    answered = answer(r"raise ValueError('price \udc80')")
    assert (answered["errorType"], answered["errorMessage"]) == ("ValueError", r"price \udc80")
    json.dumps(answered, ensure_ascii=False).encode()


def test_letters_come_back_as_they_are(answer):
    """Also those beyond ASCII."""
    assert answer("return {'Straße': '☂'}") == {"result": {"Straße": "☂"}}
