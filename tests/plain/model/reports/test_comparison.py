import copy

import pytest

from model.reports.comparison import beyond, compare
from model.reports.evaluation import evaluation


@pytest.fixture
def report():
    """A report of six rows."""
    return evaluation([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.3], threshold=0.5, bootstrap_samples=10)


@pytest.fixture
def other(report):
    """A copy of it, to be changed."""
    return copy.deepcopy(report)


def metrics(report):
    """The report's figures."""
    return report["binary_classification_metrics"]


def test_a_report_is_equal_to_itself(report):
    """Every metric with a value is compared, and nothing differs."""
    found = compare(report, report)
    assert sorted(found["metrics"]) == sorted(
        "accuracy auc average_precision brier_score f1 precision prevalence recall".split()
    )
    assert {metric["difference"] for metric in found["metrics"].values()} == {0.0}
    assert found["largest_difference"] == 0
    assert beyond(found, 0) == []


def test_each_metric_beyond_the_tolerance_is_reported(report, other):
    """With both values, whichever is larger; what is as far as the tolerance is near enough."""
    metrics(report)["auc"]["value"], metrics(other)["auc"]["value"] = 0.5, 0.75
    metrics(report)["recall"]["value"], metrics(other)["recall"]["value"] = 0.5, 0.375
    found = compare(report, other)
    assert found["largest_difference"] == 0.25
    assert [line.partition(":")[0] for line in beyond(found, 0.1)] == ["auc", "recall"]
    assert beyond(found, 0.125) == ["auc: 0.5 offline, 0.75 online"]
    assert [line.partition(":")[0] for line in beyond(compare(other, report), 0.1)] == ["auc", "recall"]


def test_a_value_that_one_lacks_is_a_difference_of_any_size(report, other):
    """Where both lack it, the difference is 0."""
    metrics(other)["precision"]["value"] = None
    found = compare(report, other)
    assert found["largest_difference"] is None
    assert beyond(found, 1) == ["precision: 1 offline, no value online"]
    assert beyond(compare(other, other), 0) == []
    assert compare(other, other)["largest_difference"] == 0


def test_matrices_are_equal_or_not(report, other):
    """One claim with another decision is reported, at any tolerance; rows are actual classes."""
    metrics(other)["confusion_matrix"] = {"1": {"1": 2, "0": 1}, "0": {"0": 3, "1": 0}}
    found = compare(report, other)
    assert found["confusion_matrix"] == {"offline": [[3, 0], [2, 1]], "online": [[3, 0], [1, 2]], "equal": False}
    assert beyond(found, 1) == ["confusion_matrix: [[3, 0], [2, 1]] offline, [[3, 0], [1, 2]] online"]
