import json
import tarfile

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from model.artifact import load_artifact
from model.score import predict
from model.versions import library_versions
from step_scripts import contracts
from step_scripts.contracts.report import check_report
from step_scripts.step import StepError
from steps.evaluate import evaluate, main

QUICK_FLAGS = ["--bootstrap-samples", "20"]


@pytest.fixture(scope="module")
def artifact(project):
    """The shipped model."""
    return load_artifact(project / "fixtures" / "train" / "model")


@pytest.fixture(scope="module")
def features(project):
    """The shipped test table."""
    return contracts.read_checked(
        project / "fixtures" / "preprocess" / "test", contracts.load("features"), pattern="test"
    )


@pytest.fixture(scope="module")
def report(artifact, features):
    """The report of the shipped model on the shipped test table."""
    return evaluate(artifact, features)


@pytest.fixture
def container(project, tmp_path, monkeypatch):
    """A processing container's base folder, with the shipped table and model as its inputs, the model packed."""
    inputs = tmp_path / "processing" / "input"
    (inputs / "model").mkdir(parents=True)
    with tarfile.open(inputs / "model" / "model.tar.gz", "w:gz") as archive:
        for name in ("artifact.json", "model.ubj"):
            archive.add(project / "fixtures" / "train" / "model" / name, name)
    (inputs / "test").symlink_to(project / "fixtures" / "preprocess" / "test")
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return tmp_path


def test_the_figures_are_scikit_learns(report, artifact, features):
    """On the shipped table, AUC and average precision are scikit-learn's of the same probabilities."""
    metrics, scores = report["binary_classification_metrics"], predict(artifact, features)
    assert metrics["auc"]["value"] == pytest.approx(roc_auc_score(features["fraud"], scores), abs=1e-12)
    expected = average_precision_score(features["fraud"], scores)
    assert metrics["average_precision"]["value"] == pytest.approx(expected, abs=1e-12)
    assert metrics["prevalence"]["value"] == pytest.approx(features["fraud"].mean())


def test_decisions_are_the_artifacts(report, artifact, features):
    """The confusion matrix is at the threshold that travels with the model."""
    flagged = predict(artifact, features) >= artifact.threshold
    matrix = report["binary_classification_metrics"]["confusion_matrix"]
    assert report["threshold"] == artifact.threshold
    assert matrix["0"]["1"] + matrix["1"]["1"] == flagged.sum() > 0
    assert matrix["1"]["1"] == (flagged & (features["fraud"] == 1)).sum()
    assert report["contracts"] == artifact.contracts


def test_the_gates_figure_lies_below_the_value(report):
    """The pipeline compares the lower bound of the AUC's interval; the shipped model is better than chance."""
    auc = report["binary_classification_metrics"]["auc"]
    assert 0.5 < auc["confidence_interval"]["lower"] < auc["value"] < auc["confidence_interval"]["upper"]
    assert 0 < auc["standard_deviation"] < 0.1


def test_options_reach_the_intervals(artifact, features, report):
    """Samples, level and seed are the caller's, and are written down."""
    other = evaluate(artifact, features, bootstrap_samples=50, confidence=0.8, seed=7)
    assert other["bootstrap"] == {"method": "stratified, percentile", "samples": 50, "seed": 7}
    wide, narrow = (one["binary_classification_metrics"]["auc"]["confidence_interval"] for one in (report, other))
    assert narrow["level"] == 0.8
    assert narrow["upper"] - narrow["lower"] < wide["upper"] - wide["lower"]


@pytest.mark.parametrize("fraud", [0, 1])
def test_a_table_of_one_class_is_refused(artifact, features, fraud):
    """Without an AUC the gate has no value; the message says what to do."""
    alone = features[features["fraud"] == fraud]
    with pytest.raises(StepError, match=f"{fraud * len(alone)} of {len(alone)} test rows are frauds: .* larger test"):
        evaluate(artifact, alone)


def test_constant_scores_make_a_sound_report(artifact, features):
    """A model with the same probability for every row has an AUC of one half, with an interval of no width."""
    level = features.assign(**{name: features[name].iloc[0] for name in artifact.features})
    report = evaluate(artifact, level, bootstrap_samples=20)
    check_report("evaluation", report)
    assert report["binary_classification_metrics"]["auc"] == {
        "value": 0.5,
        "standard_deviation": 0,
        "confidence_interval": {"level": 0.95, "lower": 0.5, "upper": 0.5},
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bootstrap_samples": 0}, "bootstrap_samples is 0: expected a whole number from 10 to 100000"),
        ({"confidence": 95}, "confidence is 95: expected a number from 0.5 to 0.999"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_an_option_out_of_range_is_refused(artifact, features, options, message):
    """By name, with what was expected."""
    with pytest.raises(StepError, match=message):
        evaluate(artifact, features, **options)


def test_in_a_container_it_reads_its_inputs_and_writes_its_outputs(container, report, capsys):
    """The packed model and the test table in; a report that keeps its schema, four plots and a last line out."""
    assert main([]) == 0
    output = container / "processing" / "output"
    written = json.loads((output / "evaluation" / "evaluation.json").read_text(), parse_constant=pytest.fail)
    check_report("evaluation", written)
    assert written == report
    assert sorted(path.relative_to(output).as_posix() for path in output.rglob("*.*")) == [
        "evaluation/evaluation.json",
        "plots/calibration.png",
        "plots/confusion_matrix.png",
        "plots/precision_recall.png",
        "plots/roc.png",
    ]
    auc = written["binary_classification_metrics"]["auc"]
    lower = auc["confidence_interval"]["lower"]
    last = f"report: rows={written['dataset']['item_count']} auc={auc['value']:.4f} lower={lower:.4f}"
    assert capsys.readouterr().out == f"{last}\n"


def test_the_shipped_report_is_fresh(project, report):
    """What is shipped is what evaluate makes of the shipped model and table; on another build, its figures are."""
    shipped = json.loads((project / "fixtures" / "evaluate" / "evaluation" / "evaluation.json").read_bytes())
    assert flat(report) == pytest.approx(flat(shipped), abs=1e-6), "run python -m fixtures refresh"
    if load_artifact(project / "fixtures" / "train" / "model").libraries == library_versions():
        assert report == shipped


def flat(report, path=""):
    """The numbers and texts of nested JSON, by their paths."""
    if not isinstance(report, dict | list):
        return {path: report}
    items = report.items() if isinstance(report, dict) else enumerate(report)
    return {place: leaf for key, value in items for place, leaf in flat(value, f"{path}/{key}").items()}


def test_nothing_is_written_when_a_plot_fails(container, monkeypatch, capsys):
    """The report and its plots appear together or not at all."""

    def fail(_report):
        raise OSError("no space left")

    monkeypatch.setattr("steps.evaluate.draw", fail)
    assert main(QUICK_FLAGS) == 1
    assert capsys.readouterr().err == "no space left\n"
    assert not [path for path in (container / "processing" / "output").rglob("*") if path.is_file()]


def test_a_report_that_breaks_its_schema_is_not_written(container, monkeypatch, capsys):
    """The step checks its own report: no NaN reaches the gate."""
    real = evaluate

    def broken(*args, **options):
        report = real(*args, **options)
        report["binary_classification_metrics"]["auc"]["value"] = np.nan
        return report

    monkeypatch.setattr("steps.evaluate.evaluate", broken)
    monkeypatch.setattr("step_scripts.step.given", lambda *_: {"bootstrap_samples": 20})
    assert main([]) == 1
    assert "report.binary_classification_metrics.auc.value" in capsys.readouterr().err
    assert not (container / "processing" / "output").exists()
