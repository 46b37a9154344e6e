"""The server's application speaks SageMaker's contract, and tells every bad request what is wrong with it."""

import asyncio
import json

import pytest
from prices.predictor import EXAMPLE
from starlette.testclient import TestClient

from step_scripts.serving.server import MIB, application

BAD = {**EXAMPLE, "house_id": 2, "rooms": 31}
ROOMS = "rooms_range: expected rooms lies between 0 and 30; got house_id 2: 31; fix: "


@pytest.fixture(scope="module")
def client(scorer):
    """A client of an endpoint."""
    return TestClient(application(scorer), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def batch_client(scorer):
    """A client of a batch transform's server."""
    return TestClient(application(scorer, batch=True, max_mib=1), raise_server_exceptions=False)


def post(client, body, kind="application/json", **headers):
    """Ask for answers."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/invocations", content=content, headers={"content-type": kind, **headers})


def lines(*records):
    """JSON Lines."""
    return "".join(json.dumps(dict(record)) + "\n" for record in records).encode()


def test_it_is_ready_when_it_answers(client):
    """SageMaker asks until it hears 200."""
    assert (client.get("/ping").status_code, client.head("/ping").status_code) == (200, 200)


def test_a_record_is_answered(client, scorer):
    """By an object: key, prediction, reasons."""
    answer = post(client, EXAMPLE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    (expected,) = scorer.answers([EXAMPLE])
    assert answer.json() == json.loads(json.dumps(expected.as_dict()))


@pytest.mark.parametrize("accept", ["application/json", "application/jsonlines", "text/csv"])
@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines", "application/x-ndjson", "text/csv"])
def test_any_format_is_answered_in_any_format(client, kind, accept):
    """The answer's format is the question's unless another is asked for."""
    record = EXAMPLE
    body = {"application/json": json.dumps(record), "text/csv": ",".join(map(str, record.values()))}
    answer = post(client, body.get(kind, json.dumps(record) + "\n").encode(), kind, accept=accept)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, accept)
    assert "375252.0" in answer.text
    unasked = post(client, body.get(kind, json.dumps(record) + "\n").encode(), kind)
    assert unasked.headers["content-type"].partition(";")[0] == kind.replace("x-ndjson", "jsonlines")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv;q=0.1, application/json;q=0.9", "application/json"),
        ("text/csv; q=0, application/json", "application/json"),
        ("application/json;q=0.5, text/csv", "text/csv"),
    ],
)
def test_what_is_wanted_most_is_answered(client, accept, kind):
    """In the order of the weights, and never what has none."""
    answer = post(client, EXAMPLE, accept=accept)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert post(client, EXAMPLE, accept="*/*;q=0").status_code == 406


@pytest.mark.parametrize("accept", ["*/*", "application/*", "image/png, */*;q=0.1", "text/html, application/json"])
def test_a_client_that_takes_anything_gets_an_answer(client, accept):
    """As browsers and curl ask."""
    assert post(client, EXAMPLE, accept=accept).status_code == 200


def test_a_bad_record_is_400_with_the_contracts_sentence(client):
    """And the ids of the rules, for programs."""
    answer = post(client, BAD)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(ROOMS)
    assert answer.json()["broken_rules"] == ["rooms_range"]


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
def test_one_bad_record_among_many_is_400(client, kind):
    """None is scored, so that a client cannot take half an answer for a whole one; the message says which was bad."""
    body = lines(EXAMPLE, BAD, EXAMPLE) if kind.endswith("lines") else [EXAMPLE, BAD, EXAMPLE]
    answer = post(client, body, kind)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(
        f"1 of 3 records are invalid, so none was scored: record 2: {ROOMS}",
    )
    assert [one["record"] for one in answer.json()["records"]] == [2]


def test_a_batch_answers_a_bad_record_in_its_place(batch_client):
    """By its error and a null prediction, for the others to be scored, in order."""
    body = lines(EXAMPLE, BAD) + b"no JSON\n" + lines(EXAMPLE)
    answer = post(batch_client, body, "application/jsonlines")
    assert answer.status_code == 200
    first, second, third, fourth = map(json.loads, answer.text.splitlines())
    assert first == fourth
    assert (second["house_id"], second["price"]) == (2, None)
    assert second["error"].startswith(ROOMS)
    assert third["error"].startswith("expected JSON, got")
    assert answer.text.endswith("}\n")  # a batch transform puts answers one behind the other


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(b"{", "expected JSON, got"), (b"\xff", "expected UTF-8"), (b"[]", "at least one record"), (b"", "expected JSON")],
)
def test_a_body_that_cannot_be_read_is_400(client, batch_client, body, sentence):
    """Also in a batch: there is no record to which the error could belong."""
    for each in (client, batch_client):
        answer = post(each, body)
        assert (answer.status_code, sentence in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ({"content-type": "application/xml"}, 415, "expected application/json, application/jsonlines, text/csv; got"),
        ({"content-type": ""}, 415, "got none"),
        ({"content-type": "application/json; charset=utf-16"}, 415, "expected the charset utf-8; got utf-16"),
        ({"content-encoding": "gzip"}, 415, "Content-Encoding: expected none; got gzip"),
        ({"accept": "image/png"}, 406, "Accept: expected application/json"),
    ],
)
def test_unknown_formats_are_reported(client, headers, status, sentence):
    """Which formats there are, and what came."""
    answer = post(client, EXAMPLE, **({"kind": headers["content-type"]} if "content-type" in headers else headers))
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True)


def test_too_large_is_413(batch_client):
    """Whether the body says so before it comes, or not."""
    large = b" " * (MIB + 1)
    answer = post(batch_client, large)
    assert (answer.status_code, answer.json()["error"]) == (
        413,
        "expected at most 1 MiB in a request: send the records in several requests",
    )
    unannounced = batch_client.post(
        "/invocations", content=iter([large[:1000]] * 1100), headers={"content-type": "application/json"}
    )
    assert unannounced.status_code == 413
    assert post(batch_client, b" " * (MIB - 1000) + json.dumps(EXAMPLE).encode()[:1000]).status_code != 413


def test_a_large_body_is_answered_whole(client, scorer):
    """In another thread, so that a ping need not wait for it."""
    many = [{**EXAMPLE, "house_id": number} for number in range(1, 501)]
    answer = post(client, many)
    assert [one["house_id"] for one in answer.json()] == list(range(1, 501))
    assert {one["price"] for one in answer.json()} == {scorer.answers([EXAMPLE])[0].prediction.fields["price"]}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/invocations", 405), ("POST", "/", 404), ("POST", "/invocations/", 404)]
)
def test_unknown_routes_are_reported(client, method, path, status):
    """With the routes that there are."""
    answer = client.request(method, path)
    assert (answer.status_code, "POST /invocations" in answer.json()["error"]) == (status, True)


def test_a_batch_transform_learns_how_to_ask(batch_client):
    """SageMaker asks for this before it sends records."""
    assert batch_client.get("/execution-parameters").json() == {
        "MaxConcurrentTransforms": 1,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 1,
    }


def test_the_document_describes_a_record_as_the_contracts_do(client):
    """Its schema takes the example and refuses what the contracts refuse of single columns."""
    import jsonschema

    document = client.get("/openapi.json").json()
    record = document["components"]["schemas"]["Record"]
    jsonschema.validate(EXAMPLE, record)
    for wrong in (BAD, {**EXAMPLE, "kind": "flat"}, {**EXAMPLE, "colour": 1}, {"house_id": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, record)
    schema = {"$ref": "#/components/schemas/Answer", "components": document["components"]}
    jsonschema.validate(post(client, EXAMPLE).json(), schema)
    schema = {"$ref": "#/components/schemas/Error", "components": document["components"]}
    jsonschema.validate(post(client, BAD).json(), schema)


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
@pytest.mark.parametrize(
    "record",
    [
        {**EXAMPLE, "\ud800": 1},
        {"house": {"\ud800": 1}, "street": {"\ud800": 2}},
        {**EXAMPLE, "kind": "\ud800"},
    ],
    ids=["name", "both-names", "value"],
)
def test_half_a_surrogate_pair_is_reported(client, batch_client, kind, record):
    """JSON can hold what UTF-8 cannot: the sentence that repeats it is an answer all the same."""
    assert post(client, record, kind).status_code == 400
    assert post(batch_client, lines(record), "application/jsonlines").status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
@pytest.mark.parametrize("around", [b"%s", b"[%s]", b'{"kind": %s}', b'{"house": {"a": %s}, "street": {"a": %s}}'])
def test_any_depth_is_refused(client, around, kind):
    """Also where it can just be read, and nothing can be said of it any more."""
    for depth in [9, 12, *range(900, 1000), 100_000]:
        deep = b"[" * depth + b"]" * depth
        body = around.replace(b"%s", deep)
        assert post(client, body, kind).status_code == 400, depth


@pytest.mark.parametrize(
    ("line", "kind"),
    [(b"1\n", "text/csv"), (b"{}\n", "application/jsonlines"), (b"{},", "application/json")],
    ids=["csv", "jsonlines", "json"],
)
def test_more_records_than_a_body_can_hold_are_not_looked_at(client, batch_client, line, kind):
    """A sentence for each of two million would take gigabytes; a transform answers each, and so it has fewer."""
    body = line * 2000
    body = b"[" + body[:-1] + b"]" if kind == "application/json" else body
    answer = post(client, body, kind)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "expected at most 1,000 records in a body of this size, got 2,000",
    )
    assert post(batch_client, body, kind).status_code == 200


@pytest.mark.parametrize("length", [b"-1", b"x", b"", b"9" * 5000, b"\xb2"])
def test_an_odd_length_is_no_error_of_the_server(scorer, length):
    """Uvicorn refuses it before; other servers hand it on."""
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    body = json.dumps(EXAMPLE).encode()
    (start, _) = asked(scorer, headers, [{"type": "http.request", "body": body, "more_body": False}])
    assert start["status"] == (413 if length.startswith(b"9") else 200)


def test_a_client_that_hangs_up_is_no_error(scorer):
    """Half a body came, and then the client was gone: nothing is raised that a server would log with a traceback."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
    (start, _) = asked(
        scorer, headers, [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )
    assert start["status"] == 400


def test_a_record_of_the_shortest_cells_is_not_refused_unread(scorer, monkeypatch):
    """How many records a body can hold follows from the number of columns."""
    monkeypatch.setattr("step_scripts.serving.server._FEW_RECORDS", 1)
    client = TestClient(application(scorer))
    five = client.post("/invocations", content=b"1,2,3,4,5\n" * 50, headers={"content-type": "text/csv"})
    assert "50 of 50 records are invalid" in five.json()["error"]
    four = client.post("/invocations", content=b"1,2,3,4\n" * 50, headers={"content-type": "text/csv"})
    assert four.json()["error"] == "expected at most 40 records in a body of this size, got 50"


def test_a_model_that_fails_is_500_with_a_sentence(scorer, monkeypatch):
    """The traceback is for the server's log, not for the client."""
    monkeypatch.setattr(scorer.predictor, "weights", {})
    answer = post(TestClient(application(scorer), raise_server_exceptions=False), EXAMPLE)
    expected = {"error": "the model failed with KeyError: the server's log has the traceback"}
    assert (answer.status_code, answer.json()) == (500, expected)
    with pytest.raises(KeyError):
        post(TestClient(application(scorer)), EXAMPLE)


def asked(scorer, headers, messages):
    """Give the application messages as a server does, and return what it sends."""
    sent, waiting = [], iter(messages)

    async def receive():
        return next(waiting)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": headers, "query_string": b""}
    asyncio.run(application(scorer)(scope, receive, send))
    return sent
