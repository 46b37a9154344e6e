"""What is asked and what is answered, over a Unix socket; over ports and SageMaker's API: tests/local."""

import json
import socketserver
import sys
import tempfile
import threading
from argparse import ArgumentTypeError
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pandas as pd
import pytest

from model.endpoint import http as _endpoint_http
from model.endpoint.ask import address, answers_by, records_of
from model.endpoint.http import UnixConnection, over_http
from model.endpoint.sagemaker import in_sagemaker
from model.endpoint.server import serving
from model.records import EXAMPLE, record_contract
from step_scripts.step import StepError

GOOD = b'{"policy_id": 1, "probability": 0.25, "decision": 0}'


@pytest.fixture
def endpoint():
    """A function of status and body: a connection to a server that answers so, and what it was asked."""
    with tempfile.TemporaryDirectory() as folder:
        servers, connections = [], []

        def start(status=200, body=GOOD):
            asked = []

            class Handler(BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do_POST(self):
                    claim = self.rfile.read(int(self.headers["Content-Length"]))
                    asked.append((self.path, self.headers["Content-Type"], claim))
                    if status is None:
                        self.close_connection = True
                        return
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *_):
                    pass

            path = Path(folder, str(len(servers)))
            server = socketserver.UnixStreamServer(str(path), Handler)
            servers.append(server)
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            connections.append(UnixConnection(path))
            return connections[-1], asked

        yield start
        for connection in connections:  # or its handler would wait for another claim
            connection.close()
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8080", "https://model.example/claims", "http://[::1]:80", "claims-fraud", "a" * 63]
)
def test_a_url_or_a_name_is_an_endpoint(text):
    """As it was typed."""
    assert address(text) == text


@pytest.mark.parametrize(
    "text", ["localhost:8080", "127.0.0.1", "ftp://host", "http://", "http://h:99999", "http://[", "-a", "a" * 64, ""]
)
def test_what_is_neither_is_refused(text):
    """With an example of what is expected."""
    with pytest.raises(ArgumentTypeError, match=r"expected a URL such as http://127\.0\.0\.1:8080, or the name"):
        address(text)


def test_records_are_what_a_client_has(project):
    """In the order that is asked for, each as the record contract wants it; and no label among them."""
    records = records_of(project / "fixtures" / "preprocess" / "records", pd.Series([18, 3, 10]))
    assert [record["policy_id"] for record in records] == [18, 3, 10]
    for record in records:
        assert list(record_contract().broken(record)) == []
        assert "fraud" not in record


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"7", b'{"policy": 7}', b'{"policy_id": "7"}', b'{"policy_id": true}']
)
def test_a_line_that_is_no_record_is_an_error(tmp_path, line):
    """With its file, its number and its text."""
    (tmp_path / "records.jsonl").write_bytes(b'{"policy_id": 7}\n' + line + b"\n")
    with pytest.raises(
        StepError, match=r"records\.jsonl, line 2: expected a JSON object with a policy_id, got .*; fix: "
    ):
        records_of(tmp_path, pd.Series([7]))


def test_records_of_other_hosts_are_read_too(tmp_path):
    """Each host of the preprocess step writes a file of its own."""
    for host in (0, 1):
        (tmp_path / f"records-{host}.jsonl").write_text(json.dumps({"policy_id": host}) + "\n")
    assert records_of(tmp_path, pd.Series([1, 0])) == [{"policy_id": 1}, {"policy_id": 0}]


def test_answers_are_a_table(endpoint):
    """One row a claim, and each call took some time."""
    connection, asked = endpoint()
    found = answers_by(over_http(connection, "", "it"), [dict(EXAMPLE)] * 2)
    assert found[["policy_id", "probability", "decision"]].to_numpy().tolist() == [[1, 0.25, 0]] * 2
    assert (found["seconds"] > 0).all()
    assert [(path, kind, json.loads(claim)) for path, kind, claim in asked] == [
        ("/invocations", "application/json", dict(EXAMPLE))
    ] * 2


@pytest.mark.parametrize("path", ["/claims", "/claims/", "/claims/invocations"])
def test_a_path_comes_before_invocations(endpoint, path):
    """However it was typed."""
    connection, asked = endpoint()
    over_http(connection, path, "it")(b"{}")
    assert [place for place, *_ in asked] == ["/claims/invocations"]


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, b'{"error": "num_injuries is missing"}', "policy_id 1: it answers 400: num_injuries is missing"),
        (502, b"<html>bad gateway", "policy_id 1: it answers 502: <html>bad gateway"),
        (301, b"", "policy_id 1: it answers 301: nothing"),
        (None, b"", "policy_id 1: it does not answer .*: start a server there"),
    ],
)
def test_a_refusal_is_reported_in_the_endpoints_own_words(endpoint, status, body, sentence):
    """With the policy that was asked about."""
    connection, _ = endpoint(status, body)
    with pytest.raises(StepError, match=sentence):
        answers_by(over_http(connection, "", "it"), [dict(EXAMPLE)])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"0.25",
        b"[]",
        b"null",
        b'{"predictions": [0.25]}',
        GOOD.replace(b'"policy_id": 1', b'"policy_id": 2'),
        GOOD.replace(b"0.25", b"1.5"),
        GOOD.replace(b"0.25", b"NaN"),
        GOOD.replace(b"0.25", b"null"),
        GOOD.replace(b'"decision": 0', b'"decision": 2'),
        GOOD.replace(b'"decision": 0', b'"decision": []'),
        GOOD.replace(b'"decision": 0', b'"verdict": 0'),
    ],
)
def test_an_answer_of_another_kind_is_reported(endpoint, body):
    """An endpoint that serves something else is no reason for a traceback, and its numbers are not taken for ours."""
    connection, _ = endpoint(200, body)
    with pytest.raises(StepError, match=r"policy_id 1: expected JSON with this policy_id, .*; got "):
        answers_by(over_http(connection, "", "it"), [dict(EXAMPLE)])


def test_an_error_in_a_batchs_answer_is_reported(endpoint):
    """A server of a batch transform answers 200 to a bad record, and the error is in the answer."""
    connection, _ = endpoint(200, b'{"policy_id": 1, "probability": null, "error": "num_injuries is missing"}')
    with pytest.raises(StepError, match="got num_injuries is missing"):
        answers_by(over_http(connection, "", "it"), [dict(EXAMPLE)])


def test_an_unreachable_endpoint_is_reported(tmp_path):
    """With what to start."""
    ask = over_http(UnixConnection(tmp_path / "s"), "", "http://127.0.0.1:8080")
    with pytest.raises(StepError, match=r"http://127.0.0.1:8080 does not answer .*: start .* step-scripts serve"):
        ask(b"{}")


def test_silence_has_an_end(monkeypatch):
    """An endpoint that accepts a claim and does not answer is reported like an unreachable one."""
    monkeypatch.setattr(_endpoint_http, "ANSWER_TIMEOUT_S", 0.05)
    with tempfile.TemporaryDirectory() as folder:
        server = socketserver.UnixStreamServer(str(Path(folder, "s")), BaseHTTPRequestHandler)  # accepts no connection
        with pytest.raises(StepError, match=r"does not answer .*timed out"):
            over_http(UnixConnection(Path(folder, "s")), "", "it")(b"{}")
        server.server_close()


def test_progress_is_shown_on_a_terminal_alone(monkeypatch, capsys):
    """A line that is written over, and ends when all are answered."""

    def answered():
        answers_by(lambda _: GOOD, [dict(EXAMPLE)] * 3)
        return capsys.readouterr()

    assert answered() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert answered() == ("", "".join(f"\r{n} of 3 claims answered" for n in (1, 2, 3)) + "\n")


def test_a_model_that_is_not_there_is_reported(tmp_path):
    """Before a server is started."""
    with (
        pytest.raises(StepError, match=f"^no model artifact at {tmp_path}/nowhere: expected"),
        serving(tmp_path / "nowhere"),
    ):
        pytest.fail("it serves a model that is not there")


def test_without_boto3_sagemaker_cannot_be_asked(monkeypatch):
    """And a sentence names the package: a step's own requirements do without it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(StepError, match="pip install boto3, or name a URL by --endpoint"):
        in_sagemaker("claims-fraud")
