import copy
import json

import pytest
from jsonschema import Draft202012Validator

from model.reports.evaluation import evaluation
from step_scripts.contracts import ContractError
from step_scripts.contracts.report import check_report, read_report, report_schema


@pytest.fixture
def report():
    """A sound report."""
    return evaluation([0, 1, 0], [0.1, 0.9, 0.2], threshold=0.5, bootstrap_samples=10) | {"contracts": {"claims": "1"}}


def _without(report, *path):
    *parents, last = path
    altered = place = copy.deepcopy(report)
    for name in parents:
        place = place[name]
    del place[last]
    return altered


def _altered(report, value, *path):
    *parents, last = path
    result = place = copy.deepcopy(report)
    for name in parents:
        place = place[name]
    place[last] = value
    return result


AUC = ("binary_classification_metrics", "auc")
MATRIX = ("binary_classification_metrics", "confusion_matrix")


def test_a_sound_report_passes(report):
    """Nothing is raised, and the schema itself is one."""
    check_report("evaluation", report)
    check_report("evaluation", json.loads(json.dumps(report)))
    Draft202012Validator.check_schema(report_schema("evaluation"))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (float("nan"), (*AUC, "value")),
        (float("inf"), (*AUC, "standard_deviation")),
        ("NaN", (*AUC, "standard_deviation")),
        (None, (*AUC, "confidence_interval", "lower")),
        (1.5, (*AUC, "confidence_interval", "upper")),
        (-1, (*MATRIX, "0", "1")),
        (0.5, (*MATRIX, "1", "1")),
        (0.1, ("binary_classification_metrics", "prevalence", "standard_deviation")),
        (True, ("threshold",)),
        ([], ("calibration_curve", "predicted")),
        (3, ("binary_classification_metrics", "roc_auc")),
    ],
)
def test_a_wrong_value_is_named_by_its_place(report, value, path):
    """The message says where, what was expected and what came."""
    with pytest.raises(ContractError) as caught:
        check_report("evaluation", _altered(report, value, *path))
    (broken,) = caught.value.broken
    assert broken.rule in ".".join(("report", *path))
    assert broken.remedy in str(caught.value)


@pytest.mark.parametrize("path", [AUC, (*AUC, "confidence_interval"), (*AUC, "confidence_interval", "lower"), MATRIX])
def test_an_absent_name_is_missed(report, path):
    """What the pipeline's gate reads cannot be left out."""
    with pytest.raises(ContractError, match=f"it has .*{path[-1]}"):
        check_report("evaluation", _without(report, *path))


def test_every_break_is_told_at_once():
    """One message for a report that is wrong in several places."""
    with pytest.raises(ContractError) as caught:
        check_report("evaluation", {"threshold": 2, "dataset": {"item_count": 0, "positives": 1}})
    assert {broken.rule for broken in caught.value.broken} == {
        "report",
        "report.threshold",
        "report.dataset.item_count",
    }


def test_a_long_value_is_cut():
    """A message never holds a whole curve."""
    with pytest.raises(ContractError) as caught:
        check_report("evaluation", {"threshold": list(range(10_000))})
    assert len(str(caught.value)) < 2000


def test_a_report_is_read_from_its_file(report, tmp_path):
    """And is what was written."""
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(report))
    assert read_report("evaluation", path) == report


@pytest.mark.parametrize(("content", "told"), [(b"{", "is JSON"), (b"\xff", "is JSON"), (b"[]", "of type 'object'")])
def test_a_file_that_is_no_report_is_told(content, told, tmp_path):
    """By its path where it is no JSON, by its schema where it is another kind."""
    path = tmp_path / "evaluation.json"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=told):
        read_report("evaluation", path)
