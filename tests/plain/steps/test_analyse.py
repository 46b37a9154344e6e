"""An endpoint that serves the evaluated model passes; any other one is an error with the metrics that differ."""

import re

import pytest

from model.artifact import load_artifact
from model.score import predict
from step_scripts import contracts
from step_scripts.contracts.report import check_report, read_report
from step_scripts.step import StepError
from steps.analyse import analyse, main
from steps.evaluate import evaluate


@pytest.fixture(scope="module")
def features(project):
    """The shipped test table."""
    return contracts.read_checked(
        project / "fixtures" / "preprocess" / "test", contracts.load("features"), pattern="test"
    )


@pytest.fixture(scope="module")
def offline(project):
    """The shipped evaluation."""
    return read_report("evaluation", project / "fixtures" / "evaluate" / "evaluation" / "evaluation.json")


@pytest.fixture(scope="module")
def answers(project, features):
    """The shipped model's answers to the shipped test table, each in a millisecond."""
    artifact = load_artifact(project / "fixtures" / "train" / "model")
    probability = predict(artifact, features)
    decision = (probability >= artifact.threshold).astype(int)
    return features[["policy_id"]].assign(probability=probability, decision=decision, seconds=0.001)


def test_the_same_probabilities_have_the_same_metrics(answers, features, offline):
    """Metrics, intervals, curves and matrix equal those of the offline evaluation, in any order of the answers."""
    found = analyse(answers.sample(frac=1, random_state=0), features, offline)
    assert found.evaluation == offline
    assert found.comparison["largest_difference"] == 0
    assert found.comparison["confusion_matrix"]["online"] == found.comparison["confusion_matrix"]["offline"]
    assert found.latency["calls"] == len(features)
    assert (found.latency["p50_ms"], found.latency["max_ms"]) == (1, 1)
    for name, report in found._asdict().items():
        check_report(name, report)


def test_another_model_is_an_error_with_its_metrics(answers, features, offline):
    """The message has each metric with both values, and a fix."""
    worse = answers.assign(probability=answers["probability"].sample(frac=1, random_state=0).to_numpy())
    with pytest.raises(StepError) as error:
        analyse(worse, features, offline)
    message = str(error.value)
    assert message.startswith("the endpoint's answers to 1,027 claims give other metrics than the offline evaluation")
    assert f"auc: {offline['binary_classification_metrics']['auc']['value']:.12g} offline, 0." in message
    assert "fix: deploy the model that was evaluated, or name the evaluation of the one that serves" in message


def test_one_other_decision_is_an_error(answers, features, offline):
    """The matrix uses the endpoint's own decisions: another threshold is found although the probabilities are equal."""
    decision = answers["decision"].copy()
    decision.iloc[decision.argmax()] = 0
    with pytest.raises(StepError, match=r"confusion_matrix: \[\[949, 39\], \[31, 8\]\] offline") as error:
        analyse(answers.assign(decision=decision), features, offline)
    flagged = decision.to_numpy() == 1
    precision = features["fraud"].to_numpy()[flagged].mean()
    assert f"precision: 0.170212765957 offline, {precision:.12g} online" in str(error.value)
    assert not {"auc", "average_precision", "brier_score"} & set(re.findall(r"\w+(?=:)", str(error.value)))


def test_one_other_probability_is_an_error_above_the_tolerance(answers, features, offline):
    """A hundredth of one probability is far more than a rounding error, even in the mean of a thousand claims."""
    moved = answers.copy()
    moved.loc[0, "probability"] *= 1.01
    with pytest.raises(StepError, match="brier_score: "):
        analyse(moved, features, offline)
    assert 1e-9 < analyse(moved, features, offline, tolerance=1e-4).comparison["largest_difference"] < 1e-4


def test_an_evaluation_of_other_rows_is_an_error(answers, features, offline):
    """It is found before the metrics are compared, because all of them would differ."""
    with pytest.raises(StepError, match=r"answered 1,000 claims with \d+ frauds, .* has 1,027 with 39: name"):
        analyse(answers[:1000], features[:1000], offline)


@pytest.mark.parametrize("tolerance", [-1e-9, 2, float("nan"), "0"])
def test_a_tolerance_out_of_range_is_an_error(answers, features, offline, tolerance):
    """By name, with what was expected."""
    with pytest.raises(StepError, match=r"tolerance is .*: expected a number from 0 to 1"):
        analyse(answers, features, offline, tolerance=tolerance)


def test_it_takes_the_threshold_and_the_bootstrap_of_the_offline_evaluation(answers, features, project):
    """An evaluation with other settings is compared with the same settings, interval by interval."""
    artifact = load_artifact(project / "fixtures" / "train" / "model")
    other = evaluate(artifact, features, bootstrap_samples=20, confidence=0.8, seed=3)
    assert analyse(answers, features, other).evaluation == other


def test_policies_without_a_record_are_an_error(project, tmp_path, capsys):
    """The test table belongs to another run: no endpoint is asked, and the message names some policies."""
    lines = (project / "fixtures" / "preprocess" / "records" / "records.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "records.jsonl").write_text("".join(lines[:100]))
    assert main(["--records-dir", str(tmp_path), "--output-dir", str(tmp_path / "out")]) == 1
    assert "927 of 1,027 policies of the test table have no record in " in capsys.readouterr().err
