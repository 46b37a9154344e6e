import json
import platform
import re
import sys

import pytest

from model.artifact import load_artifact
from model.score import predict
from step_scripts import contracts
from step_scripts.step import StepError
from steps.train import main, parser, train, write_outputs

QUICK = {"num_boost_round": 5, "folds": 2}
QUICK_FLAGS = ["--num-boost-round", "5", "--folds", "2"]


@pytest.fixture(scope="module")
def features(project):
    """The shipped training table."""
    return contracts.read_checked(
        project / "fixtures" / "preprocess" / "train", contracts.load("features"), pattern="train"
    )


@pytest.fixture
def container(project, tmp_path, monkeypatch):
    """A training container's base folder, with the shipped table in its channel."""
    channel = tmp_path / "input" / "data" / "train"
    channel.parent.mkdir(parents=True)
    channel.symlink_to(project / "fixtures" / "preprocess" / "train")
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return tmp_path


def test_the_artifact_says_where_it_comes_from(features):
    """Features in the contract's order, versions, settings, and what the run found."""
    artifact, metrics = train(features, **QUICK, max_depth=2)
    assert artifact.features == tuple(features.columns.drop(["policy_id", "fraud"]))
    assert artifact.contracts["features"] == contracts.load("features").version
    assert "xgboost" in artifact.libraries
    assert artifact.settings["max_depth"] == 2
    assert artifact.settings["num_boost_round"] == 5
    assert artifact.threshold == metrics["threshold"]
    assert metrics == artifact.training | {"settings": artifact.settings}
    assert metrics["rows"] == len(features)
    assert predict(artifact, features).shape == (len(features),)


def test_neither_the_order_of_columns_nor_the_policy_id_is_learnt(features):
    """No contract fixes the order of columns, and a key has no information about fraud."""
    altered = features[features.columns[::-1]].assign(policy_id=0)
    one, other = train(features, **QUICK), train(altered, **QUICK)
    assert one.artifact.model.save_raw("ubj") == other.artifact.model.save_raw("ubj")
    assert one.metrics == other.metrics


def test_frauds_are_not_weighted_by_default(features):
    """Probabilities keep the scale of the data: their mean is the share of frauds; a weight lifts it."""
    share = features["fraud"].mean()
    assert predict(train(features, **QUICK).artifact, features).mean() == pytest.approx(share, rel=0.1)
    assert predict(train(features, **QUICK, scale_pos_weight=29).artifact, features).mean() > 5 * share


def test_every_hyperparameter_reaches_the_model(features):
    """Each one has an effect: it changes the model or its metrics."""
    few = features[:2000]
    plain = train(few, **QUICK)
    changes = {
        "max_depth": 3,
        "eta": 0.01,
        "num_boost_round": 2,
        "folds": 3,
        "alpha": 20.0,
        "min_child_weight": 40.0,
        "scale_pos_weight": 3.0,
        "base_score": 0.5,
        "tree_method": "exact",
        "seed": 1,
    }
    for name, value in changes.items():
        changed = train(few, **QUICK | {name: value})
        same = changed.artifact.model.save_raw("ubj") == plain.artifact.model.save_raw("ubj")
        same &= changed.metrics["out_of_fold"] == plain.metrics["out_of_fold"]
        assert not same, name
    patient, hasty = (
        train(features, folds=2, eta=1.0, max_depth=4, num_boost_round=8, early_stopping_rounds=rounds, seed=2)
        for rounds in (8, 1)
    )
    assert hasty.metrics["rounds"] < patient.metrics["rounds"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_depth": 0}, "max_depth is 0: expected a whole number from 1 to 32"),
        ({"eta": 1.5}, "eta is 1.5: expected a number from 0.0001 to 1"),
        ({"eta": float("nan")}, "eta is nan"),
        ({"alpha": -1.0}, "alpha is -1.0"),
        ({"tree_method": "gpu_hist"}, "tree_method is 'gpu_hist': expected one of hist, approx, exact"),
        ({"folds": 1, "seed": -1}, "(?s)folds is 1.*seed is -1"),
    ],
)
def test_a_hyperparameter_out_of_range_is_refused(features, options, message):
    """Before anything is trained, by name, with what was expected."""
    with pytest.raises(StepError, match=message):
        train(features, **options)


def test_too_few_frauds_are_refused(features):
    """A table without frauds trains no model."""
    with pytest.raises(StepError, match=r"0 of .* training rows are frauds"):
        train(features[features["fraud"] == 0])


def test_in_a_container_it_reads_its_channel_and_writes_what_the_service_collects(container, capsys):
    """Model and code for model.tar.gz, metrics for output.tar.gz, and lines that metric definitions can read."""
    assert main([*QUICK_FLAGS, "--max-depth", "2"]) == 0
    metrics = json.loads((container / "output" / "data" / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert metrics["settings"]["max_depth"] == 2
    assert load_artifact(container / "model").threshold == metrics["threshold"]
    assert (container / "model" / "code" / "model" / "predictor.py").is_file()
    *lines, last = capsys.readouterr().out.splitlines()
    found = {
        side: re.search(rf"^{side}:auc=([0-9.]+);$", "\n".join(lines), re.MULTILINE) for side in ("train", "validation")
    }
    for side, auc in metrics["cross_validation"].items():
        assert float(found[side][1]) == pytest.approx(auc["mean"], abs=1e-7)
    assert last == f"report: rows={metrics['rows']} auc={metrics['cross_validation']['validation']['mean']:.4f}"
    assert not (container / "output" / "failure").exists()


def test_the_services_own_variables_win(container, tmp_path, monkeypatch):
    """SM_MODEL_DIR and SM_CHANNEL_TRAIN are used when they are set."""
    channel = container / "input" / "data" / "train"
    moved = channel.rename(tmp_path / "moved")
    monkeypatch.setenv("SM_CHANNEL_TRAIN", str(moved))
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "elsewhere"))
    assert main(QUICK_FLAGS) == 0
    assert load_artifact(tmp_path / "elsewhere")
    assert not (container / "model").exists()


def test_in_a_container_an_error_is_the_jobs_failure_reason(container, capsys):
    """One message on stderr and in output/failure, exit code 1, no model."""
    assert main(["--max-depth", "99"]) == 1
    message = "max_depth is 99: expected a whole number from 1 to 32 (levels of a tree)"
    assert capsys.readouterr().err == f"{message}\n"
    assert (container / "output" / "failure").read_text() == message
    assert not (container / "model").exists()


def test_an_unknown_hyperparameter_is_answered_with_the_nearest_one(capsys):
    """As a hyperparameter of a training job arrives: as a flag."""
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(["--max_depht", "3"])
    assert "unknown option --max_depht. Did you mean --max-depth? There are: --alpha, " in capsys.readouterr().err


def test_a_word_that_belongs_to_no_option_is_not_taken_for_one(capsys):
    """It is not a misspelt flag, so no flag is suggested."""
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(["extra"])
    said = capsys.readouterr().err
    assert "unexpected argument extra: each value follows its option" in said
    assert "Did you mean" not in said


def test_the_shipped_artifact_is_fresh(features, project, tmp_path):
    """What is shipped is what train writes today on the shipped table; on another build, its scores are."""
    shipped = project / "fixtures" / "train"
    args = parser().parse_args(["--model-dir", str(tmp_path / "model"), "--output-dir", str(tmp_path / "output")])
    write_outputs(train(features), args)
    ours, theirs = load_artifact(tmp_path / "model"), load_artifact(shipped / "model")
    remedy = "run python -m fixtures refresh"
    if ours.libraries == theirs.libraries and (sys.platform, platform.machine()) == ("linux", "x86_64"):
        for name in ("model/artifact.json", "model/model.ubj", "output/metrics.json"):
            assert (tmp_path / name).read_bytes() == (shipped / name).read_bytes(), f"{name} is stale: {remedy}"
    assert ours.threshold == pytest.approx(theirs.threshold, abs=1e-6), remedy
    assert predict(ours, features) == pytest.approx(predict(theirs, features), abs=1e-6), remedy
