"""Nothing that a client sends brings the server down: no 5xx, no traceback, and an answer to the next good record.

Some requests that the server's own OpenAPI document allows, some that it forbids, and bytes that it does not describe:
160 in all, or as many as ``FUZZ_EXAMPLES`` says. ``benchmarks/serving_fuzz.py`` sends fifty thousand to a running
server, and measures its memory.
"""

import json
import os
import string

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prices.predictor import EXAMPLE
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from step_scripts.serving.formats import FORMATS
from step_scripts.serving.server import application

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "160"))
DESCRIBED, RAW = EXAMPLES // 4, EXAMPLES * 3 // 4
# What the document allows may still be refused: JSON Schema cannot say rules between columns.
ALLOWED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FORBIDDEN = [*ALLOWED, negative_data_rejection]
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def app(scorer):
    """The server's application."""
    return application(scorer)


@pytest.fixture(scope="module")
def client(app):
    """A client that raises what the server raises."""
    with TestClient(app) as one:
        yield one


@pytest.mark.parametrize(
    ("mode", "checks"),
    [(GenerationMode.POSITIVE, ALLOWED), (GenerationMode.NEGATIVE, FORBIDDEN)],
    ids=["allowed", "forbidden"],
)
def test_the_document_holds(app, mode, checks):
    """Statuses, types and bodies are those of the document; what it forbids is refused; nothing gives a 5xx."""
    described, statuses = schemathesis.openapi.from_asgi("/openapi.json", app), []

    @given(described["/invocations"]["POST"].as_strategy(generation_mode=mode))
    @settings(max_examples=DESCRIBED // 2, deadline=None, suppress_health_check=QUIET, database=None)
    def asked(case):
        response = case.call()
        statuses.append(response.status_code)
        case.validate_response(response, checks=checks)

    asked()
    assert statuses
    assert max(statuses) < 500


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*EXAMPLE, "house", "street", "price", ""])
RECORDS = st.dictionaries(NAMES, JSONS, max_size=3).flatmap(lambda odd: st.sampled_from([odd, {**EXAMPLE, **odd}]))


def _lines(records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def _rows(records):
    return "\n".join(",".join(map(str, record.values())) for record in records).encode("utf-8", "surrogatepass")


@st.composite
def bodies(draw):
    """Bytes that are, more or less, records in some format."""
    records = draw(st.lists(RECORDS, max_size=2))
    body = draw(
        st.sampled_from([json.dumps(records).encode(), json.dumps(EXAMPLE).encode(), _lines(records), _rows(records)])
    )
    body = draw(st.just(body) | st.binary(max_size=200) | st.text(string.printable, max_size=200).map(str.encode))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body)))
        piece = draw(
            st.binary(max_size=3) | st.sampled_from([b"\x00", b'"', b"\\", b"{", b"]", b",", b"\n", b"\xef\xbb\xbf"])
        )
        body = body[:place] + piece + body[place + draw(st.integers(0, 4)) :]
    return body


KINDS = st.sampled_from([*FORMATS, "application/json; charset=utf-8", "text/plain", ""]) | st.text(
    string.ascii_letters + string.digits + "/;=-+.* ", max_size=20
)


@given(bodies(), KINDS, st.none() | KINDS)
@settings(max_examples=RAW, deadline=None, suppress_health_check=QUIET)
def test_any_bytes_get_an_answer_or_a_sentence(client, body, kind, accept):
    """200 with an answer, or a status from 400 to 499 with an error that says something."""
    headers = {"content-type": kind} | ({} if accept is None else {"accept": accept})
    response = client.post("/invocations", content=body, headers=headers)
    if response.status_code == 200:
        assert response.content
    else:
        assert 400 <= response.status_code < 500
        assert len(response.json()["error"]) > 10
        assert "Traceback" not in response.text


def test_the_server_still_answers(client):
    """After all that."""
    assert client.post("/invocations", json=EXAMPLE).status_code == 200
