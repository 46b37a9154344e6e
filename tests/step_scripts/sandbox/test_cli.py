"""``step-scripts models``, ``approve`` and ``reject``."""

import json

import pytest

from step_scripts import cli
from step_scripts.sandbox.registry import APPROVED, REJECTED, Registry

REPORT = "s3://store/executions/A/Evaluate/evaluation/report.json"
METRICS = {
    "regression_metrics": {
        "mae": {"value": 1.23456, "confidence_interval": {"level": 0.95, "lower": 1.0, "upper": 1.5}},
        "bins": {"0": {"0": 9}},
        "rmse": {"value": 2},
    }
}


@pytest.fixture
def runs(tmp_path):
    """A folder of runs, whose registry has two versions of houses."""
    registry = Registry(tmp_path / "registry")
    registry.add_group("houses")
    package = {"ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": REPORT}}}}
    for _ in range(2):
        registry.add("houses", package, {REPORT: json.dumps(METRICS).encode()})
    return tmp_path


def call(capsys, runs, *words):
    """Call the command; return its exit code and what it printed."""
    code = cli.main([*words, "--runs-dir", str(runs)])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_versions_are_listed_with_their_metrics(capsys, runs):
    """As a table, or as data."""
    assert call(capsys, runs, "reject", "2", "--reason", "too slow")[0] == 0
    code, printed = call(capsys, runs, "models")
    header, first, second = (line.split() for line in printed.splitlines())
    assert (code, header) == (0, ["group", "version", "status", "created", "metrics", "reason"])
    assert first[:3] == ["houses", "1", "PendingManualApproval"]
    assert first[-2:] == ["mae=1.235", "rmse=2"]
    assert second[-4:] == ["mae=1.235", "rmse=2", "too", "slow"]
    code, printed = call(capsys, runs, "models", "houses", "--json")
    assert [each["metrics"] for each in json.loads(printed)] == [{"mae": 1.23456, "rmse": 2}] * 2


def test_a_decision_is_kept(capsys, runs):
    """The only group need not be named."""
    assert call(capsys, runs, "approve", "1") == (0, "houses 1: Approved\n")
    assert call(capsys, runs, "reject", "2", "--reason", "too slow") == (0, "houses 2: Rejected (too slow)\n")
    versions = Registry(runs / "registry").versions("houses")
    assert [each.status for each in versions] == [APPROVED, REJECTED]


@pytest.mark.parametrize("content", [b"no JSON", b"\xff\xfe", b"[1, 2]", b"3", b'{"mae": {"value": "x"}}'])
def test_a_report_without_numbers_has_no_metrics(capsys, tmp_path, content):
    """A script may write anything; the version is listed all the same."""
    registry = Registry(tmp_path / "registry")
    registry.add_group("houses")
    package = {"ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": REPORT}}}}
    registry.add("houses", package, {REPORT: content})
    registry.decide("houses", 1, REJECTED, "two\nlines")
    code, printed = call(capsys, tmp_path, "models")
    assert (code, printed.splitlines()[1].split()[:3]) == (0, ["houses", "1", "Rejected"])
    assert printed.endswith("two lines\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["approve", "3"], "houses: expected: a version 3; got: 1, 2; fix: choose one of them"),
        (["approve", "1", "--group", "flats"], "expected: a group called flats; got: houses"),
        (["models", "flats"], "expected: a group called flats; got: houses"),
        (["reject", "1", "--reason", " "], "--reason: expected: a text; got: an empty one; fix: say why"),
    ],
)
def test_what_is_not_there_is_an_error(capsys, runs, words, message):
    """With what there is, and exit code 1."""
    code, printed = call(capsys, runs, *words)
    assert (code, message in printed) == (1, True)


def test_a_group_has_to_be_named_where_there_are_two(capsys, runs):
    """Or none."""
    Registry(runs / "registry").add_group("flats")
    code, printed = call(capsys, runs, "approve", "1")
    assert (code, "expected: one group; got: flats, houses; fix: name one: --group NAME" in printed) == (1, True)
    code, printed = call(capsys, runs / "nothing", "approve", "1")
    assert (code, "got: no group at all; fix: run a pipeline that registers a model" in printed) == (1, True)
    code, printed = call(capsys, runs / "nothing", "models")
    assert (code, printed.startswith("no version in ")) == (0, True)


def test_a_rejection_needs_a_reason(capsys, runs):
    """Somebody will ask."""
    with pytest.raises(SystemExit):
        call(capsys, runs, "reject", "1")
    assert "--reason" in capsys.readouterr().err


def test_a_registry_that_cannot_be_changed_is_an_error(capsys, runs, monkeypatch):
    """It may be another user's."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied", "registry/.lock")

    monkeypatch.setattr(Registry, "locked", refuse)
    code, printed = call(capsys, runs, "approve", "1")
    assert (code, "got: Permission denied (registry/.lock); fix: correct its permissions" in printed) == (1, True)


def test_the_registry_is_that_of_the_project(capsys, runs, monkeypatch):
    """Wherever in the project the command is given: a pipeline writes into the project's runs, too."""
    project = runs / "project"
    (project / "functions").mkdir(parents=True)
    (project / "pyproject.toml").write_text("[tool.step-scripts]\n")
    (project / "runs").mkdir()
    (runs / "registry").rename(project / "runs" / "registry")
    monkeypatch.delenv("STEP_SCRIPTS_PROJECT", raising=False)
    monkeypatch.chdir(project / "functions")
    assert (cli.main(["approve", "1"]), capsys.readouterr().out) == (0, "houses 1: Approved\n")
