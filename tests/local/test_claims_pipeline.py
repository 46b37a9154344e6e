"""The claims pipeline under the SDK's own local executor, as a user runs it: from the command line, to the end."""

import json
import re

import pandas as pd
import pytest

from model.artifact import load_artifact
from model.score import predict
from step_scripts.contracts import Quarantine
from steps.evaluate import evaluate
from steps.preprocess import preprocess
from steps.train import train

ORDER = ["Preprocess", "Train", "Evaluate", "Gate", "Register", "CreateModel", "Score", "Reject"]


@pytest.fixture(scope="module")
def good(claims_run, target):
    """The run on the shipped tables, with all settings at their defaults."""
    return claims_run("shipped tables", target)


@pytest.fixture(scope="module")
def plain(claims, customers):
    """What the functions return for the shipped tables in this process: the prepared tables, the trained model."""
    prepared = preprocess(claims, customers, Quarantine())
    return prepared, train(prepared.train)


def test_the_shipped_tables_pass_to_the_end(good):
    """Every step but the rejection runs, in order, and the record has it."""
    assert (good.code, good.err) == (0, "")
    assert good.record["status"] == "Succeeded"
    ran = sorted((step for step in good.record["steps"] if step["order"]), key=lambda step: step["order"])
    assert [step["name"] for step in ran] == ORDER[:-1]
    assert good.statuses["Reject"] == "Skipped"
    for name in ORDER:
        assert re.search(rf"^  {name} ", good.out, re.MULTILINE)


def test_every_output_is_where_the_table_says(good):
    """Tables with their seals, report, plots and model are below the execution's folder, and no partial file is."""
    for step in good.record["steps"]:
        for output in step["outputs"].values():
            assert any((good.folder / output).iterdir())
    names = {path.relative_to(good.folder).as_posix() for path in good.folder.rglob("*") if path.is_file()}
    assert {
        "Preprocess/train/train.parquet",
        "Preprocess/train/train.parquet.seal.json",
        "Preprocess/summary/summary.json",
        "Train/output/model.tar.gz",
        "Evaluate/evaluation/evaluation.json",
        "Score/output/records.jsonl.out",
        "run.json",
    } <= names
    assert not [name for name in names if "partial" in name]


def test_plain_functions_give_the_same_results(good, plain):
    """The same tables through the three functions, in this process: equal features, equal metrics, to the last bit."""
    prepared, trained = plain
    for side in ("train", "test"):
        ours, theirs = getattr(prepared, side), pd.read_parquet(good.folder / f"Preprocess/{side}/{side}.parquet")
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=True)
    artifact = load_artifact(good.folder / "Train/output/model.tar.gz")
    assert trained.artifact.model.save_raw("ubj") == artifact.model.save_raw("ubj")
    report = json.loads((good.folder / "Evaluate/evaluation/evaluation.json").read_text())
    assert evaluate(artifact, prepared.test) == report


def test_the_server_answers_what_the_functions_find(good, plain):
    """Each held-out claim through the batch transform, in order: equal probability and decision, to a billionth."""
    prepared, _ = plain
    artifact = load_artifact(good.folder / "Train/output/model.tar.gz")
    answers = [json.loads(line) for line in (good.folder / "Score/output/records.jsonl.out").read_text().splitlines()]
    assert [answer["policy_id"] for answer in answers] == prepared.test["policy_id"].tolist()
    expected = predict(artifact, prepared.test)
    assert [answer["probability"] for answer in answers] == pytest.approx(expected.tolist(), rel=0, abs=1e-9)
    assert [answer["decision"] for answer in answers] == (expected >= artifact.threshold).astype(int).tolist()
    assert good.reports["Score"] == {"rows": len(answers), "refused": 0}


@pytest.fixture(scope="module")
def rejected(claims_run):
    """A run with one bad row, with parameters that are not the defaults, and with a bound that no model reaches."""
    return claims_run("bad row and high bound")


def test_a_model_below_the_bound_is_rejected(rejected):
    """The gate's other branch: exit code 1, the two numbers in the message, nothing registered."""
    assert rejected.code == 1
    assert rejected.record["status"] == "Failed"
    assert rejected.record["failure"]["step"] == "Reject"
    assert re.search(r"lower confidence bound of the test AUC is 0\.\d+, below MinAucLowerBound = 0\.99", rejected.out)
    assert rejected.statuses["Register"] == rejected.statuses["CreateModel"] == "Skipped"
    assert not [*rejected.folder.parent.glob("registry/claims-fraud/*")]


def test_a_bad_row_is_quarantined_and_the_run_goes_on(rejected):
    """How many and why: in the table, below it, in run.json; the row itself is an output."""
    assert re.search(r"^  Preprocess .* 4999 +frauds=164 quarantined=1 ", rejected.out, re.MULTILINE)
    assert "\n  Preprocess quarantined_for: authorities_contacted_category 1" in rejected.out
    report = rejected.reports["Preprocess"]
    assert (report["rows"], report["quarantined"]) == (4999, 1)
    assert {"authorities_contacted_category": 1, "claims_quarantined": 1}.items() <= report["quarantined_for"].items()
    quarantine = rejected.folder / rejected.record["steps"][0]["outputs"]["quarantine"]
    assert "Sheriff" in (quarantine / "claims.csv").read_text()


def test_parameters_reach_the_steps(rejected):
    """A parameter of the pipeline is a flag of the script."""
    summary = json.loads((rejected.folder / "Preprocess/summary/summary.json").read_text())
    assert summary["settings"] == {"max_quarantine_share": 0.01, "split": "sequential", "test_fraction": 0.3}
    assert len(pd.read_parquet(rejected.folder / "Preprocess/test/test.parquet")) == 1500


def test_a_broken_table_ends_the_run_with_the_contracts_message(claims_run, target):
    """Which step, which table, which rule, which policy: in the summary, without a traceback; no table is written."""
    run = claims_run("bad row forbidden", target)
    assert run.code == 1
    assert "Preprocess failed: exit code 1" in run.out
    for word in ("claims", "authorities_contacted", "Sheriff", "policy_id", "at most 0 % may go to quarantine"):
        assert word in run.out
    assert "Traceback" not in run.out + run.err
    assert "Sheriff" in run.record["failure"]["message"]
    assert not list(run.folder.rglob("*.parquet"))
