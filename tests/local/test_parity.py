"""One definition, one result: plain functions, child processes and containers, on the workshop's tables."""

import json
import re
import urllib.request

import pandas as pd
import pytest

from model.artifact import load_artifact
from model.score import score
from step_scripts import contracts
from step_scripts.contracts import Quarantine
from steps.evaluate import evaluate
from steps.preprocess import preprocess
from steps.train import train

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("engine")]
TARGETS = ("process", "docker")


@pytest.fixture(scope="module")
def runs(engine, claims_run, data_dir):  # noqa: ARG001  # without an engine or the tables, a skip
    """What each target printed, and its folder."""
    done = {target: claims_run("real tables", target) for target in TARGETS}
    return {target: (run.out, run.folder) for target, run in done.items()}


@pytest.fixture(scope="module")
def tables(data_dir):
    """Claims and customers."""
    return [contracts.read_checked(data_dir, contracts.load(name)) for name in ("claims", "customers")]


@pytest.fixture(scope="module")
def plain(tables):
    """What the functions return: features, model, report."""
    prepared = preprocess(*tables, Quarantine())
    trained = train(prepared.train)
    return prepared, trained, evaluate(trained.artifact, prepared.test)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("side", ["train", "test"])
def test_equal_feature_tables(runs, plain, target, side):
    """To the last bit, types included."""
    _, folder = runs[target]
    ours, theirs = getattr(plain[0], side), pd.read_parquet(folder / f"Preprocess/{side}/{side}.parquet")
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


@pytest.mark.parametrize("target", TARGETS)
def test_equal_metrics(runs, plain, target):
    """Every number of the report, the intervals' ends included, to a billionth."""
    report = json.loads((runs[target][1] / "Evaluate/evaluation/evaluation.json").read_text())
    numbers, expected = dict(leaves(report)), dict(leaves(plain[2]))
    assert len(numbers) > 50
    assert numbers == pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_equal_probabilities(runs, plain, tables, target):
    """The artifact of each run gives each claim the same probability, to a billionth, and the same decision."""
    artifact = load_artifact(runs[target][1] / "Train/output/model.tar.gz")
    scored = [score(model, *tables) for model in (artifact, plain[1].artifact)]
    pd.testing.assert_frame_equal(*scored, check_exact=False, rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def expected(plain, tables):
    """The probability of each held-out claim by its policy, as the function gives it."""
    scored = score(plain[1].artifact, *tables).set_index("policy_id")["probability"]
    return scored[plain[0].test["policy_id"]].to_dict()


def probabilities(lines):
    """Read the server's answers: each claim's probability by its policy."""
    answers = map(json.loads, lines.splitlines())
    return {answer["policy_id"]: answer["probability"] for answer in answers}


@pytest.mark.parametrize("target", TARGETS)
def test_equal_answers_of_a_transform(runs, expected, target):
    """A claim a line, each with the probability that the function gives it, to a billionth."""
    (answers,) = (runs[target][1] / "Score/output").iterdir()
    assert probabilities(answers.read_text()) == pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.enable_socket
@pytest.mark.parametrize("target", TARGETS)
def test_equal_answers_of_an_endpoint(runs, in_service, expected, engine_traces, target):
    """The artifact that a target has trained, served by the same target: ping, ask, stop. Nothing of it is left."""
    before, (_, folder) = engine_traces(), runs[target]
    (records,) = (folder / "Preprocess/records").glob("*.jsonl")
    with in_service(target, folder / "Train/output") as address:
        assert urllib.request.urlopen(f"{address}/ping").status == 200
        headers = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
        asked = urllib.request.Request(f"{address}/invocations", records.read_bytes(), headers)
        answers = urllib.request.urlopen(asked).read().decode()
    assert probabilities(answers) == pytest.approx(expected, rel=0, abs=1e-9)
    assert engine_traces() == before


def test_the_same_summary(runs):
    """What a person reads differs in the target's name, in seconds and in the execution's id, and in nothing else."""
    manner = {"process": "as processes", "docker": "in Docker containers"}
    summaries = []
    for target, (out, folder) in runs.items():
        text = out.replace(manner[target], "").replace(folder.name, "")
        text = re.sub(r"\d+\.\d( s|(?=  )|$)", "", text, flags=re.MULTILINE)
        summaries.append([line.split() for line in text.splitlines()])
    assert summaries[0] == summaries[1]
    assert ["✓", "Gate", "outcome=true"] in summaries[0]


def test_equal_ends_on_bad_input(claims_run):
    """A table that breaks its contract ends both with the same exit code and the same message."""
    ends = []
    for target in TARGETS:
        run = claims_run("bad row forbidden", target)
        log = (run.folder / "Preprocess" / "log.txt").read_text()  # the failure's message is cut after 1024 characters
        printed = re.sub(r"/\S+(?=/opt/ml/)", "", log)  # a process has its own /opt/ml
        ends.append((run.record["failure"]["step"], run.record["failure"]["reason"], printed))
    assert ends[0] == ends[1]


def leaves(tree, path=""):
    """List the numbers of nested JSON, each with its path."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in items:
        yield from leaves(value, f"{path}.{name}")
    if isinstance(tree, int | float) and not isinstance(tree, bool):
        yield path, tree
