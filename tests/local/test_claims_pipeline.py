"""The claims pipeline under the SDK's own local executor, as a user runs it: from the command line, to the end."""

import json
import re
import shutil

import pandas as pd
import pytest

from model.artifact import load_artifact
from model.score import predict
from step_scripts.contracts import Quarantine
from steps.evaluate import evaluate
from steps.preprocess import preprocess
from steps.train import train

ORDER = ["Preprocess", "Train", "Evaluate", "Gate", "CreateModel", "Score", "Reject"]


@pytest.fixture(scope="module")
def good(execute, target):
    """One run on the shipped tables, with everything as it is by default."""
    return execute("--target", target)


def test_the_shipped_tables_pass_to_the_end(good):
    """Every step but the rejection runs, in order, and the record says so."""
    out, err, _, record = good
    assert err == ""
    assert record["status"] == "Succeeded"
    ran = sorted((step for step in record["steps"] if step["order"]), key=lambda step: step["order"])
    assert [step["name"] for step in ran] == ORDER[:-1]
    assert {step["name"]: step["status"] for step in record["steps"]}["Reject"] == "Skipped"
    for name in ORDER:
        assert re.search(rf"^  {name} ", out, re.MULTILINE)


def test_every_output_lies_where_the_table_says(good):
    """Tables with their seals, report, plots and model are below the execution's folder; nothing partial is."""
    _, _, folder, record = good
    for step in record["steps"]:
        for output in step["outputs"].values():
            assert any((folder / output).iterdir())
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
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


def test_plain_functions_give_the_same_results(good, claims, customers):
    """The same tables through the three functions, in this process: equal features, equal metrics, to the last bit."""
    _, _, folder, _ = good
    prepared = preprocess(claims, customers, Quarantine())
    for side in ("train", "test"):
        ours, theirs = getattr(prepared, side), pd.read_parquet(folder / f"Preprocess/{side}/{side}.parquet")
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=True)
    trained = train(prepared.train)
    artifact = load_artifact(folder / "Train/output/model.tar.gz")
    assert trained.artifact.model.save_raw("ubj") == artifact.model.save_raw("ubj")
    report = json.loads((folder / "Evaluate/evaluation/evaluation.json").read_text())
    assert evaluate(artifact, prepared.test) == report


def test_the_server_answers_what_the_functions_find(good, claims, customers):
    """Each held-out claim through the batch transform, in order: equal probability and decision, to a billionth."""
    _, _, folder, record = good
    prepared = preprocess(claims, customers, Quarantine())
    artifact = load_artifact(folder / "Train/output/model.tar.gz")
    answers = [json.loads(line) for line in (folder / "Score/output/records.jsonl.out").read_text().splitlines()]
    assert [answer["policy_id"] for answer in answers] == prepared.test["policy_id"].tolist()
    expected = predict(artifact, prepared.test)
    assert [answer["probability"] for answer in answers] == pytest.approx(expected.tolist(), rel=0, abs=1e-9)
    assert [answer["decision"] for answer in answers] == (expected >= artifact.threshold).astype(int).tolist()
    score = next(step for step in record["steps"] if step["name"] == "Score")
    assert score["report"] == {"rows": len(answers), "refused": 0}


def test_a_model_below_the_bound_is_rejected(execute):
    """The gate's other branch: exit code 1, the two numbers in the message, no model."""
    out, _, _, record = execute("--param", "MinAucLowerBound=0.99", check=1)
    assert record["status"] == "Failed"
    assert record["failure"]["step"] == "Reject"
    assert re.search(r"lower confidence bound of the test AUC is 0\.\d+, below MinAucLowerBound = 0\.99", out)
    assert {step["name"]: step["status"] for step in record["steps"]}["CreateModel"] == "Skipped"


@pytest.fixture
def one_bad_claim(project, tmp_path):
    """A folder with the shipped tables, in which one claim names authorities that nobody knows."""
    for table in ("claims", "customers"):
        shutil.copy(project / "fixtures" / f"{table}.csv", tmp_path)
    path = tmp_path / "claims.csv"
    path.write_text(path.read_text().replace(",Police,", ",Sheriff,", 1))
    return tmp_path


def test_a_bad_row_is_quarantined_and_the_run_goes_on(execute, one_bad_claim):
    """How many and why: in the table, below it, in run.json; the row itself is an output."""
    out, _, folder, record = execute("--input-dir", str(one_bad_claim), "--to", "Preprocess")
    assert re.search(r"^  Preprocess .* 4999 +frauds=164 quarantined=1 ", out, re.MULTILINE)
    assert "\n  Preprocess quarantined_for: authorities_contacted_category 1" in out
    report = record["steps"][0]["report"]
    assert (report["rows"], report["quarantined"]) == (4999, 1)
    assert {"authorities_contacted_category": 1, "claims_quarantined": 1}.items() <= report["quarantined_for"].items()
    assert "Sheriff" in (folder / record["steps"][0]["outputs"]["quarantine"] / "claims.csv").read_text()


def test_a_broken_table_ends_the_run_with_the_contracts_words(execute, one_bad_claim):
    """Which step, which table, which rule, which policy: in the summary, without a traceback."""
    none = ("--param", "MaxQuarantineShare=0")
    out, err, folder, record = execute("--input-dir", str(one_bad_claim), *none, check=1)
    assert "Preprocess failed: exit code 1" in out
    for word in ("claims", "authorities_contacted", "Sheriff", "policy_id", "at most 0 % may go to quarantine"):
        assert word in out
    assert "Traceback" not in out + err
    assert "Sheriff" in record["failure"]["message"]
    assert not list(folder.rglob("*.parquet"))


def test_the_run_stops_after_the_step_that_one_works_on(execute):
    """`--to train`, in any case of letters: Train and what it needs run, the rest is passed over."""
    out, _, _, record = execute("--to", "train")
    assert {step["name"] for step in record["steps"] if step["status"] == "Succeeded"} == {"Preprocess", "Train"}
    assert record["stop_after"] == "Train"
    assert "Skipped" in out


def test_parameters_reach_the_steps(execute):
    """A parameter of the pipeline is a flag of the script."""
    _, _, folder, _ = execute("--to", "Preprocess", "--param", "Split=sequential", "--param", "TestFraction=0.3")
    summary = json.loads((folder / "Preprocess/summary/summary.json").read_text())
    assert summary["settings"] == {"max_quarantine_share": 0.01, "split": "sequential", "test_fraction": 0.3}
    assert len(pd.read_parquet(folder / "Preprocess/test/test.parquet")) == 1500


@pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
def test_fresh_interpreters_give_the_same_bytes(execute, good):
    """Forked children save seconds, and change nothing."""
    _, _, folder, _ = execute("--to", "Preprocess", "--fresh")
    for name in ("train/train.parquet", "test/test.parquet", "summary/summary.json"):
        assert (folder / "Preprocess" / name).read_bytes() == (good[2] / "Preprocess" / name).read_bytes()


def test_two_runs_at_once_do_not_disturb_each_other(start_claims, tmp_path):
    """Same results, a folder each."""
    running = [start_claims(tmp_path, "--to", "Preprocess") for _ in range(2)]
    assert [done.wait(timeout=120) for done in running] == [0, 0]
    for done in running:
        done.communicate()
    first, second = (path / "Preprocess/train/train.parquet" for path in tmp_path.iterdir())
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--param", "TestFracton=0.3"], "Did you mean TestFraction?"),
        (["--param", "MaxDepth=two"], "MaxDepth is of type Integer"),
        (["--to", "Trian"], "Did you mean Train?"),
        (["--input-dir", "/nowhere"], "there is no such folder"),
        (["--input-dir", "."], "expected at least one file claims*"),
        (["--target", "mars"], "invalid choice: 'mars'"),
    ],
)
def test_a_wrong_command_line_is_refused(execute, options, says):
    """Exit code 2, a sentence with the way out, and no run's folder."""
    out, err, folder, _ = execute(*options, check=2)
    assert says in err
    assert "Traceback" not in out + err
    assert folder is None


def test_real_tables_pass_to_the_end(execute, data_dir):
    """On the workshop's tables the AUC is the one to expect: about .80 out of fold."""
    _, _, _, record = execute("--input-dir", str(data_dir))
    report = {step["name"]: step["report"] for step in record["steps"]}
    assert record["status"] == "Succeeded"
    assert report["Train"]["auc"] == pytest.approx(0.80, abs=0.02)
