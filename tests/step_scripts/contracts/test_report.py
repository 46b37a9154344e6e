import copy
import json

import pytest
from jsonschema import Draft202012Validator

from step_scripts.contracts import ContractError, UnknownContractError
from step_scripts.contracts.report import check_report, read_report, report_schema


@pytest.fixture
def report():
    """A valid report."""
    mean = {"value": 1200.5, "bounds": [800.0, 1600]}
    return {"dataset": {"houses": 3}, "errors": {"mean": mean, "unit": "EUR"}, "share": 0.25}


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


MEAN = ("errors", "mean")


def test_a_sound_report_passes(report):
    """Nothing is raised, and the schema itself is one."""
    assert check_report("valuation", report) is None
    assert check_report("valuation", json.loads(json.dumps(report))) is None
    assert Draft202012Validator.check_schema(report_schema("valuation")) is None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (float("nan"), (*MEAN, "value")),
        (float("inf"), (*MEAN, "value")),
        ("NaN", (*MEAN, "value")),
        (None, (*MEAN, "value")),
        (1.5, ("share",)),
        (-1, ("share",)),
        (2.5, ("dataset", "houses")),
        (0, ("dataset", "houses")),
        ("USD", ("errors", "unit")),
        (True, ("share",)),
        ([], (*MEAN, "bounds")),
        (3, ("errors", "median")),
    ],
)
def test_a_wrong_value_is_named_by_its_place(report, value, path):
    """The message says where, what was expected and what came."""
    with pytest.raises(ContractError) as caught:
        check_report("valuation", _altered(report, value, *path))
    (broken,) = caught.value.broken
    assert broken.rule in ".".join(("report", *path))
    assert broken.remedy in str(caught.value)


@pytest.mark.parametrize("path", [MEAN, (*MEAN, "bounds"), ("errors", "unit"), ("dataset",)])
def test_an_absent_name_is_missed(report, path):
    """What a pipeline's condition reads cannot be left out."""
    with pytest.raises(ContractError, match=f"the value has .*{path[-1]}"):
        check_report("valuation", _without(report, *path))


def test_every_break_is_reported_at_once():
    """One message for a report that is wrong in several places."""
    with pytest.raises(ContractError) as caught:
        check_report("valuation", {"share": 2, "dataset": {"houses": 0}})
    assert {broken.rule for broken in caught.value.broken} == {
        "report",
        "report.share",
        "report.dataset.houses",
    }


def test_a_long_value_is_cut():
    """A message never holds a whole curve."""
    with pytest.raises(ContractError) as caught:
        check_report("valuation", {"share": list(range(10_000))})
    assert len(str(caught.value)) < 2000


def test_a_report_is_read_from_its_file(report, tmp_path):
    """And is what was written."""
    path = tmp_path / "valuation.json"
    path.write_text(json.dumps(report))
    assert read_report("valuation", path) == report


@pytest.mark.parametrize(("content", "says"), [(b"{", "is JSON"), (b"\xff", "is JSON"), (b"[]", "of type 'object'")])
def test_a_file_that_is_no_report_is_named(content, says, tmp_path):
    """By its path where it is no JSON, by its schema where it is another kind."""
    path = tmp_path / "valuation.json"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=says):
        read_report("valuation", path)


def test_an_unknown_schema_is_named_with_the_known_ones():
    """The error for a schema that does not exist lists those that do."""
    with pytest.raises(UnknownContractError, match=r"no schema called 'valuatoin' in .*did you mean valuation\?"):
        report_schema("valuatoin")
