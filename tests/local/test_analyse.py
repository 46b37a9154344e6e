"""The step asks what serves already: a server at a URL, and an endpoint in SageMaker, whose API is played on loopback.

What is played speaks the API as botocore reads it (moto's endpoints answer with canned texts), and passes each claim
on to a real server of the model.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from model.artifact import load_artifact
from model.endpoint.sagemaker import in_sagemaker
from model.endpoint.server import serving
from step_scripts import contracts
from step_scripts.step import StepError
from steps.analyse import main
from steps.evaluate import evaluate

NAME = "claims-fraud"


@pytest.fixture(scope="module")
def port(project):
    """The port of a server of the shipped model."""
    command = [sys.executable, "-m", "step_scripts", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as server:
        yield int(server.stdout.readline().split(": POST")[0].rpartition(":")[2])
        server.terminate()


@pytest.fixture
def sagemaker(port, socket_enabled, monkeypatch):
    """SageMaker's runtime API on loopback, with one endpoint, and what it was asked; the environment leads to it."""
    assert socket_enabled is None
    asked = []

    class Runtime(BaseHTTPRequestHandler):
        protocol_version, wbufsize = "HTTP/1.1", -1  # an answer is one packet, or the next call waits for it

        def do_POST(self):
            claim = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, self.headers["Content-Type"], self.headers["Authorization"] or ""))
            if self.path != f"/endpoints/{NAME}/invocations":
                return self.answer(
                    400, b'{"Message": "Endpoint of account 123456789012 not found."}', "ValidationError"
                )
            container = http.client.HTTPConnection("127.0.0.1", port)
            container.request("POST", "/invocations", claim, {"Content-Type": self.headers["Content-Type"]})
            response = container.getresponse()
            body = response.read()
            container.close()
            if response.status == 200:
                return self.answer(200, body)
            error = {"OriginalStatusCode": response.status, "OriginalMessage": body.decode(), "Message": "Received ..."}
            return self.answer(424, json.dumps(error).encode(), "ModelError")

        def answer(self, status, body, error=None):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "of-a-test",
        "AWS_SECRET_ACCESS_KEY": "of-a-test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    yield SimpleNamespace(asked=asked)
    server.shutdown()
    server.server_close()


@pytest.fixture
def analyse(tmp_path, capsys, socket_enabled):
    """A function that runs the step in this process: exit code, stderr, the evaluation that it wrote."""
    assert socket_enabled is None

    def run(*flags):
        try:
            code = main([*flags, "--output-dir", str(tmp_path / "out")]) or 0
        except SystemExit as wrong_usage:
            code = wrong_usage.code
        written = tmp_path / "out" / "evaluation" / "evaluation.json"
        return code, capsys.readouterr().err, json.loads(written.read_text()) if written.is_file() else None

    return run


@pytest.fixture
def offline(project):
    """The shipped evaluation."""
    return json.loads((project / "fixtures" / "evaluate" / "evaluation" / "evaluation.json").read_text())


def test_a_server_at_a_url_is_worth_what_was_evaluated(port, analyse, offline):
    """The same figures as offline, over a port."""
    assert analyse("--endpoint", f"http://127.0.0.1:{port}") == (0, "", offline)


def test_a_model_that_was_not_evaluated_ends_the_step_and_nothing_is_written(port, analyse, project, tmp_path):
    """The evaluation of the same model with another threshold: exit code 1, both matrices, and no report."""
    model = load_artifact(project / "fixtures" / "train" / "model")
    features = contracts.read_checked(
        project / "fixtures" / "preprocess" / "test", contracts.load("features"), pattern="test"
    )
    folder = tmp_path / "evaluation"
    folder.mkdir()
    (folder / "evaluation.json").write_text(json.dumps(evaluate(replace(model, threshold=0.5), features)))
    code, errors, written = analyse("--endpoint", f"http://127.0.0.1:{port}", "--evaluation-dir", str(folder))
    assert (code, written) == (1, None)
    assert "confusion_matrix: [[988, 0], [39, 0]] offline, [[949, 39], [31, 8]] online" in errors
    assert not (tmp_path / "out").exists()


def test_an_endpoint_in_sagemaker_is_worth_what_was_evaluated(sagemaker, analyse, offline):
    """The same figures through boto3: each claim is one signed call of InvokeEndpoint."""
    assert analyse("--endpoint", NAME) == (0, "", offline)
    assert len(sagemaker.asked) == offline["dataset"]["item_count"]
    (path, kind) = {(path, kind) for path, kind, _ in sagemaker.asked}.pop()
    assert (path, kind) == (f"/endpoints/{NAME}/invocations", "application/json")
    assert all("/eu-west-1/sagemaker/aws4_request" in signature for *_, signature in sagemaker.asked)


def test_an_endpoint_that_does_not_exist_is_reported(sagemaker, analyse):
    """In SageMaker's words, with what was expected."""
    code, errors, written = analyse("--endpoint", "claims-frod")
    assert (code, written) == (1, None)
    assert "endpoint claims-frod of SageMaker: An error occurred (ValidationError)" in errors
    assert "not found.; expected an endpoint that is InService" in errors
    assert len(sagemaker.asked) == 1


@pytest.mark.usefixtures("sagemaker")
def test_a_claim_that_the_container_refuses_is_reported_in_its_words():
    """The status and the contract's sentence, which SageMaker wraps in an error of its own."""
    with pytest.raises(StepError, match=rf"endpoint {NAME} of SageMaker answers 400: .*policy_id"):
        in_sagemaker(NAME)(b'{"policy_id": "seven"}')


@pytest.mark.usefixtures("sagemaker")
@pytest.mark.parametrize(
    ("absent", "sentence"), [("AWS_DEFAULT_REGION", "You must specify a region"), ("AWS_ACCESS_KEY_ID", "credentials")]
)
def test_an_account_that_is_not_set_up_is_reported(absent, sentence, monkeypatch):
    """Which of the two lacks, and where it is looked for."""
    for name in [absent, "AWS_SECRET_ACCESS_KEY"] if "KEY" in absent else [absent, "AWS_REGION"]:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StepError, match=rf"{sentence}.*; expected .* credentials .* AWS_DEFAULT_REGION"):
        in_sagemaker(NAME)(b"{}")


def test_an_unreachable_url_is_reported(project, tmp_path):
    """By the program: the first claim, the URL, and what to start; nothing is written."""
    flags = ["--endpoint", "http://127.0.0.1:1", "--output-dir", tmp_path / "out"]
    command = [sys.executable, project / "steps" / "analyse.py", *flags]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("policy_id 3: http://127.0.0.1:1 does not answer (")
    assert "step-scripts serve" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_neither_a_url_nor_a_name_is_wrong_usage(analyse):
    """Before anything is read."""
    code, errors, written = analyse("--endpoint", "127.0.0.1:8080")
    assert (code, written) == (2, None)
    assert "--endpoint: expected a URL such as http://127.0.0.1:8080, or the name" in errors


def test_a_refused_model_is_reported_in_the_servers_own_words(tmp_path):
    """And neither the server nor its folder stays."""
    with (
        pytest.raises(StepError, match=f"^{tmp_path} holds no model.ubj and no artifact.json: train again"),
        serving(tmp_path),
    ):
        pytest.fail("it serves a model that is not there")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_its_server_ends_with_it(number, code, project, tmp_path):
    """Stopped in the middle, the step leaves no process and no file."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, project / "steps" / "analyse.py", "--output-dir", tmp_path / "out"]
    step = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # As in a terminal, also where this test is a background job, in which an interrupt is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # one thread
    )
    while not list(temporary.glob("*/s")):
        assert step.poll() is None, step.communicate()
        time.sleep(0.01)
    step.send_signal(number)
    step.communicate(timeout=60)
    assert step.returncode == code
    with pytest.raises(ProcessLookupError):  # its group has no process any more
        os.killpg(step.pid, 0)
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "out").exists()
