import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reports.evaluation import evaluation
from step_scripts.contracts.report import check_report


def strict(report):
    """The report as a reader sees it who knows no NaN."""
    return json.loads(json.dumps(report, allow_nan=False))


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 1e-9, 0.25, 0.5, 1.0])), max_size=20),
    st.sampled_from([0.0, 0.25, 0.7, 1.0]),
)
def test_every_report_keeps_its_schema(rows, threshold):
    """Constant scores, one positive, a threshold that flags nothing or everything: numbers or null, never NaN."""
    labels, scores = zip((True, 0.5), (False, 0.5), *rows, strict=True)
    report = evaluation(labels, scores, threshold=threshold, bootstrap_samples=10)
    assert check_report("evaluation", strict(report | {"contracts": {}})) is None
    matrix = report["binary_classification_metrics"]["confusion_matrix"]
    assert sum(matrix["0"].values()) + sum(matrix["1"].values()) == len(labels)


def test_the_confusion_matrix_is_by_actual_class_then_decision():
    """As in SageMaker's reports: ["1"]["0"] are the frauds that passed."""
    report = evaluation([0, 0, 0, 1, 1], [0.1, 0.2, 0.9, 0.3, 0.8], threshold=0.8, bootstrap_samples=10)
    assert report["binary_classification_metrics"]["confusion_matrix"] == {"0": {"0": 2, "1": 1}, "1": {"0": 1, "1": 1}}


def test_a_precision_without_flagged_rows_is_null():
    """Nothing flagged is no precision of 0."""
    metrics = evaluation([0, 1], [0.1, 0.2], threshold=0.5, bootstrap_samples=10)["binary_classification_metrics"]
    assert metrics["precision"] == {
        "value": None,
        "standard_deviation": None,
        "confidence_interval": {"level": 0.95, "lower": None, "upper": None},
    }
    assert metrics["recall"]["value"] == 0


def test_prevalence_stands_beside_average_precision():
    """What chance would reach is in the same report."""
    metrics = evaluation([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.4], threshold=0.4, bootstrap_samples=10)[
        "binary_classification_metrics"
    ]
    assert metrics["prevalence"] == {"value": 0.25, "standard_deviation": None}
    assert metrics["average_precision"]["value"] == 1


def test_the_report_is_small_enough_for_a_property_file():
    """With a hundred thousand rows it is far below the 2 MB that JsonGet reads."""
    random = np.random.default_rng(0)
    report = evaluation(random.random(100_000) < 0.03, random.random(100_000), threshold=0.5, bootstrap_samples=2)
    assert len(json.dumps(report, indent=2)) < 100_000


def test_a_wider_level_is_a_wider_interval():
    """The level is the caller's, and it is written beside the bounds."""
    random = np.random.default_rng(0)
    labels, scores = random.random(200) < 0.3, random.random(200)
    narrow, wide = (
        evaluation(labels, scores, threshold=0.5, confidence=level)["binary_classification_metrics"]["auc"][
            "confidence_interval"
        ]
        for level in (0.5, 0.95)
    )
    assert (narrow["level"], wide["level"]) == (0.5, 0.95)
    assert wide["lower"] < narrow["lower"] < narrow["upper"] < wide["upper"]


def test_labels_of_another_kind_are_refused():
    """A report about something else than two classes is not written."""
    with pytest.raises(ValueError, match="labels are 0 or 1"):
        evaluation([0, 1, 2], [0.1, 0.2, 0.3], threshold=0.5)
