"""The server of claims as a program: golden answers, and only by a model of the same contracts."""

import http.client
import json
import re
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
import xgboost as xgb

from model.artifact import Artifact, load_artifact
from model.encode import encode
from model.packing import save_artifact
from model.versions import CONTRACTS, library_versions
from step_scripts import contracts
from step_scripts.cli import main

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
        contracts=contracts.contract_versions(CONTRACTS),
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


def test_servers_of_different_models_do_not_mix(serve, claims, customers, tmp_path):
    """Side by side, each answers by its own, in any order of requests."""
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


def test_a_model_of_other_contracts_is_refused(project, tmp_path, capsys):
    """With a sentence and exit code 1, before the server listens."""
    known = load_artifact(project / "fixtures/train/model")
    save_artifact(replace(known, contracts={**contracts.contract_versions(CONTRACTS), "claims": "1.0.0"}), tmp_path)
    assert main(["serve", "--port", "0", "--model", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("step-scripts serve: ")
    assert "trained under other contracts" in printed.err
