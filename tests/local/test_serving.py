"""The server as a program of its own: golden answers, an orderly end, a start after a fall, and no wrong model."""

import http.client
import io
import json
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
from dataclasses import replace

import pandas as pd
import pytest
import xgboost as xgb

from model.artifact import Artifact, load_artifact
from model.encode import encode
from model.packing import save_artifact
from model.records import EXAMPLE
from model.versions import contract_versions, library_versions
from step_scripts import contracts

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
# The workshop's settings: FACTS of the first row of its table, whose matrix and first probability it prints.
GOLDEN = {"max_depth": 3, "eta": 0.2, "tree_method": "exact", "base_score": 0.5, "scale_pos_weight": 29}
ROUNDS = 18


@pytest.fixture
def serve(project):
    """A function that starts the server of a model, and returns the program and its port once it is ready."""
    started = []

    def start(model, *options):
        program = subprocess.Popen(
            [sys.executable, "-m", "step_scripts", "serve", "--port", "0", "--model", str(model), *options],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(program)
        ready = program.stdout.readline()
        found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", ready)
        assert found, ready + program.stdout.read()
        return program, int(found[1])

    yield start
    for program in started:
        program.kill()
        program.wait()
        program.stdout.close()


def ask(port, record, connection=None):
    """Send one claim; return the status and the answer."""
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps(dict(record)).encode()
    connection.request("POST", "/invocations", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def artifact_of(claims, customers, rounds=ROUNDS, **settings):
    """A model of the workshop's settings."""
    features = encode(claims, customers).drop(columns="policy_id")
    settings = {"objective": "binary:logistic", "seed": 0, **GOLDEN, **settings}
    return Artifact(
        model=xgb.train(settings, xgb.DMatrix(features, claims["fraud"].to_numpy()), rounds),
        features=tuple(features),
        threshold=0.5,
        contracts=contract_versions(),
        libraries=library_versions(),
    )


def records_of(claims, customers):
    """Claims with their customers, as a client has them."""
    return claims.drop(columns="fraud").merge(customers, on="policy_id").astype(object).to_dict("records")


def test_the_workshops_matrix_comes_through_the_server(serve, data_dir, tmp_path):
    """Its last 1,000 claims, sent one by one, give the matrix that it printed, and the first probability."""
    claims, customers = (contracts.read_checked(data_dir, contracts.load(name)) for name in ("claims", "customers"))
    save_artifact(artifact_of(claims.head(4000), customers.head(4000)), tmp_path / "model")
    _, port = serve(tmp_path / "model")
    connection = http.client.HTTPConnection("127.0.0.1", port)
    test = claims.tail(1000)
    answers = [ask(port, record, connection) for record in records_of(test, customers)]
    assert {status for status, _ in answers} == {200}
    decisions = [answer["decision"] for _, answer in answers]
    matrix = pd.crosstab(test["fraud"].to_numpy(), pd.Series(decisions)).to_numpy().tolist()
    assert matrix == [[697, 270], [7, 26]]
    assert answers[0][1]["probability"] == pytest.approx(0.10092484, abs=5e-9)


def test_it_ends_when_it_is_told_to(serve, project):
    """At once, as a success, with connections open."""
    program, port = serve(project / "fixtures/train/model")
    connection = http.client.HTTPConnection("127.0.0.1", port)
    assert ask(port, EXAMPLE, connection)[0] == 200
    program.send_signal(signal.SIGTERM)
    assert program.wait(timeout=10) == 0


def test_what_is_killed_during_a_request_serves_when_it_is_started_again(serve, project):
    """A client sees its connection end; the next server knows nothing of it, on the same port."""
    model = project / "fixtures/train/model"
    program, port = serve(model)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        time.sleep(0.1)
        program.kill()
        program.wait()
        client.settimeout(10)
        assert client.recv(100) == b""
    _, again = serve(model, "--port", str(port))
    assert again == port
    assert ask(port, EXAMPLE)[0] == 200


def test_servers_of_different_models_do_not_mix(serve, claims, customers, tmp_path):
    """Side by side, each answers by its own, whoever asks in between."""
    expected = {}
    for name, rounds in (("one", 2), ("other", 12)):
        artifact = artifact_of(claims, customers, rounds)
        save_artifact(artifact, tmp_path / name)
        expected[serve(tmp_path / name)[1]] = artifact
    records = records_of(claims.head(50), customers)
    for record in records:
        for port, artifact in expected.items():
            row = encode(*(table[table["policy_id"] == record["policy_id"]] for table in (claims, customers)))
            probability = artifact.model.predict(xgb.DMatrix(row[list(artifact.features)]))[0]
            assert ask(port, record)[1]["probability"] == pytest.approx(float(probability), abs=1e-9)


def packed(folder, path, extra=None):
    """A folder as SageMaker packs it, and what does not belong there."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=".")
        if extra:
            archive.addfile(*extra)
    return path


def member(name, kind=tarfile.REGTYPE, target="", content=b""):
    """An entry of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(content)
    return info, io.BytesIO(content)


@pytest.fixture
def good_model(project, tmp_path):
    """The shipped model, with its code."""
    save_artifact(load_artifact(project / "fixtures/train/model"), tmp_path / "good")
    return tmp_path / "good"


def _other_contracts(good, folder):
    save_artifact(replace(load_artifact(good), contracts={**contract_versions(), "claims": "1.0.0"}), folder / "old")
    return folder / "old"


def _bomb(good, folder):
    with tarfile.open(folder / "bomb.tar.gz", "w:gz", compresslevel=9) as archive:
        archive.add(good, arcname=".")
        info = tarfile.TarInfo("code/zeros")
        info.size = 600 * 2**20
        archive.addfile(info, _Zeros(info.size))
    return folder / "bomb.tar.gz"


class _Zeros(io.RawIOBase):
    """So many zeros, of which none is kept in memory."""

    def __init__(self, size):
        self._left = size

    def read(self, size):
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


def _truncated(good, folder):
    path = packed(good, folder / "cut.tar.gz")
    path.write_bytes(path.read_bytes()[:-1000])
    return path


REFUSED = {
    "other contracts": (_other_contracts, "trained under other contracts"),
    "cut short": (_truncated, "is not a valid model artifact"),
    "a path that leads out": (
        lambda good, folder: packed(good, folder / "out.tar.gz", member("../../evil", content=b"x")),
        "'../../evil' does not belong there",
    ),
    "a link": (
        lambda good, folder: packed(good, folder / "link.tar.gz", member("code/x", tarfile.SYMTYPE, "/etc/passwd")),
        "'code/x' does not belong there",
    ),
    "a bomb": (_bomb, "holds more data than a model artifact can have"),
    "nothing": (lambda _, folder: folder / "none", "no model artifact at"),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_model_is_refused(project, good_model, tmp_path, make, sentence):
    """With a sentence and exit code 1, before anybody can ask it anything; nothing is unpacked."""
    (tmp_path / "made").mkdir()
    model = make(good_model, tmp_path / "made")
    before = sorted(tmp_path.rglob("*"))
    command = [sys.executable, "-m", "step_scripts", "serve", "--port", "0", "--model", str(model)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("serve: ")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_taken_port_is_told(serve, project):
    """Not a traceback: whoever has it is older."""
    _, port = serve(project / "fixtures/train/model")
    command = [sys.executable, "-m", "step_scripts", "serve", "--port", str(port)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "address already in use" in done.stderr.lower()
    assert "Traceback" not in done.stderr
