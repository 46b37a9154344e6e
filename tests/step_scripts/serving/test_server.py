"""The server's application speaks SageMaker's contract, and says of every bad request what is wrong with it."""

import asyncio
import json

import pytest
from starlette.testclient import TestClient

from model import load_artifact
from model.answer import Scorer
from model.records import EXAMPLE
from step_scripts.serving.server import MIB, application

BAD = {**EXAMPLE, "policy_id": 2, "incident_hour": 24}
HOUR = "incident_hour_range: expected incident_hour lies between 0 and 23; got policy_id 2: 24; fix: "


@pytest.fixture(scope="module")
def scorer(project):
    """It answers by the shipped model."""
    return Scorer(load_artifact(project / "fixtures" / "train" / "model"))


@pytest.fixture(scope="module")
def client(scorer):
    """A client of an endpoint."""
    return TestClient(application(scorer), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def batch_client(scorer):
    """A client of a batch transform's server."""
    return TestClient(application(scorer, batch=True, most_mib=1), raise_server_exceptions=False)


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


def test_a_claim_is_answered(client, scorer):
    """By an object: probability, decision at the artifact's threshold, reasons."""
    answer = post(client, dict(EXAMPLE))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    (expected,) = scorer.answers([EXAMPLE])
    assert answer.json() == json.loads(json.dumps(expected.as_dict()))


@pytest.mark.parametrize("accept", ["application/json", "application/jsonlines", "text/csv"])
@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines", "application/x-ndjson", "text/csv"])
def test_any_format_is_answered_in_any_format(client, kind, accept):
    """The answer's format is the question's unless another is asked for."""
    record = dict(EXAMPLE)
    body = {"application/json": json.dumps(record), "text/csv": ",".join(map(str, record.values()))}
    answer = post(client, body.get(kind, json.dumps(record) + "\n").encode(), kind, accept=accept)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, accept)
    assert "0.1204601228237152" in answer.text
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
    answer = post(client, dict(EXAMPLE), accept=accept)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert post(client, dict(EXAMPLE), accept="*/*;q=0").status_code == 406


@pytest.mark.parametrize("accept", ["*/*", "application/*", "image/png, */*;q=0.1", "text/html, application/json"])
def test_whoever_takes_anything_gets_an_answer(client, accept):
    """As browsers and curl ask."""
    assert post(client, dict(EXAMPLE), accept=accept).status_code == 200


def test_a_bad_claim_is_400_with_the_contracts_sentence(client):
    """And the ids of the rules, for programs."""
    answer = post(client, BAD)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(HOUR)
    assert answer.json()["broken_rules"] == ["incident_hour_range"]


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
def test_one_bad_claim_among_many_is_400(client, kind):
    """None is scored, so that nobody takes half an answer for a whole one; the message says which was bad."""
    body = lines(EXAMPLE, BAD, EXAMPLE) if kind.endswith("lines") else [dict(EXAMPLE), BAD, dict(EXAMPLE)]
    answer = post(client, body, kind)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(
        f"1 of 3 records cannot be scored, and so none was: record 2: {HOUR}",
    )
    assert [told["record"] for told in answer.json()["records"]] == [2]


def test_a_batch_answers_a_bad_record_in_its_place(batch_client):
    """By its error and a null probability, for the others to be scored, in order."""
    body = lines(EXAMPLE, BAD) + b"no JSON\n" + lines(EXAMPLE)
    answer = post(batch_client, body, "application/jsonlines")
    assert answer.status_code == 200
    first, second, third, fourth = map(json.loads, answer.text.splitlines())
    assert first == fourth
    assert (second["policy_id"], second["probability"]) == (2, None)
    assert second["error"].startswith(HOUR)
    assert third["error"].startswith("expected JSON, got")
    assert answer.text.endswith("}\n")  # a batch transform puts answers one behind the other


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(b"{", "expected JSON, got"), (b"\xff", "expected UTF-8"), (b"[]", "at least one claim"), (b"", "expected JSON")],
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
def test_formats_that_nobody_speaks_are_told(client, headers, status, sentence):
    """Which formats there are, and what came."""
    answer = post(
        client, dict(EXAMPLE), **({"kind": headers["content-type"]} if "content-type" in headers else headers)
    )
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True)


def test_too_large_is_413(batch_client):
    """Whether the body says so before it comes, or not."""
    large = b" " * (MIB + 1)
    answer = post(batch_client, large)
    assert (answer.status_code, answer.json()["error"]) == (
        413,
        "expected at most 1 MiB in a request: send the claims in several",
    )
    unannounced = batch_client.post(
        "/invocations", content=iter([large[:1000]] * 1100), headers={"content-type": "application/json"}
    )
    assert unannounced.status_code == 413
    assert post(batch_client, b" " * (MIB - 1000) + json.dumps(dict(EXAMPLE)).encode()[:1000]).status_code != 413


def test_a_large_body_is_answered_whole(client, scorer):
    """In another thread, so that a ping need not wait for it."""
    many = [{**EXAMPLE, "policy_id": number} for number in range(1, 501)]
    answer = post(client, many)
    assert [one["policy_id"] for one in answer.json()] == list(range(1, 501))
    assert {one["probability"] for one in answer.json()} == {scorer.answers([EXAMPLE])[0].probability}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/invocations", 405), ("POST", "/", 404), ("POST", "/invocations/", 404)]
)
def test_other_places_are_told(client, method, path, status):
    """With those that there are."""
    answer = client.request(method, path)
    assert (answer.status_code, "POST /invocations" in answer.json()["error"]) == (status, True)


def test_a_batch_transform_is_told_how_to_ask(batch_client):
    """SageMaker asks for this before it sends records."""
    assert batch_client.get("/execution-parameters").json() == {
        "MaxConcurrentTransforms": 1,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 1,
    }


def test_the_document_describes_a_claim_as_the_contracts_do(client):
    """Its schema takes the example and refuses what the contracts refuse of single columns."""
    import jsonschema

    document = client.get("/openapi.json").json()
    claim = document["components"]["schemas"]["Claim"]
    jsonschema.validate(dict(EXAMPLE), claim)
    for wrong in (BAD, {**EXAMPLE, "customer_gender": "male"}, {**EXAMPLE, "colour": 1}, {"policy_id": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, claim)
    schema = {"$ref": "#/components/schemas/Answer", "components": document["components"]}
    jsonschema.validate(post(client, dict(EXAMPLE)).json(), schema)
    schema = {"$ref": "#/components/schemas/Error", "components": document["components"]}
    jsonschema.validate(post(client, BAD).json(), schema)


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
@pytest.mark.parametrize(
    "record",
    [
        {**EXAMPLE, "\ud800": 1},
        {"claim": {"\ud800": 1}, "customer": {"\ud800": 2}},
        {**EXAMPLE, "incident_type": "\ud800"},
    ],
    ids=["name", "both-names", "value"],
)
def test_half_a_surrogate_pair_is_told(client, batch_client, kind, record):
    """JSON can hold what UTF-8 cannot: the sentence that repeats it is an answer all the same."""
    assert post(client, record, kind).status_code == 400
    assert post(batch_client, lines(record), "application/jsonlines").status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
@pytest.mark.parametrize(
    "around", [b"%s", b"[%s]", b'{"incident_type": %s}', b'{"claim": {"a": %s}, "customer": {"a": %s}}']
)
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
def test_more_claims_than_a_body_can_hold_are_not_looked_at(client, batch_client, line, kind):
    """A sentence for each of two million would take gigabytes; a transform answers each, and so it has fewer."""
    body = line * 2000
    body = b"[" + body[:-1] + b"]" if kind == "application/json" else body
    answer = post(client, body, kind)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "expected at most 1,000 claims in a body of this size, got 2,000",
    )
    assert post(batch_client, body, kind).status_code == 200


@pytest.mark.parametrize("length", [b"-1", b"x", b"", b"9" * 5000, b"\xb2"])
def test_an_odd_length_is_no_error_of_the_server(scorer, length):
    """Uvicorn refuses it before; other servers hand it on."""
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    body = json.dumps(dict(EXAMPLE)).encode()
    (start, _) = asked(scorer, headers, [{"type": "http.request", "body": body, "more_body": False}])
    assert start["status"] == (413 if length.startswith(b"9") else 200)


def test_a_client_that_hangs_up_is_no_error(scorer):
    """Half a body came, and then nobody was there: nothing is raised, which a server would print with a traceback."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
    (start, _) = asked(
        scorer, headers, [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )
    assert start["status"] == 400


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
