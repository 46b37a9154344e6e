"""The example's pipeline asks preflight before it is shown, written or run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import pipeline
from step_scripts import preflight
from step_scripts.pipeline import command

REVIEWED = json.loads((Path(__file__).parent / "claims-fraud.json").read_text(encoding="utf-8"))


def test_the_example_has_no_finding(definition):
    """Compiled now and as it was reviewed: no error, and no warning except those that pyproject.toml ignores."""
    assert pipeline.review(definition) == pipeline.review(REVIEWED) == []
    found = {finding.rule for finding in preflight.check(REVIEWED)}
    assert found == set(preflight.ignored(pipeline.ROOT))


@pytest.mark.parametrize("argv", [[], ["--definition", "-"], ["--execute", "--runs-dir", "RUNS"]])
def test_the_pipeline_refuses_what_the_service_would(capsys, tmp_path, argv):
    """The finding and its place on stderr, exit code 1, and nothing is shown, written or run."""

    def review(definition):
        definition["Steps"][0]["Arguments"]["RoleArn"] = {"Get": "Parameters.Rol"}
        return preflight.check(definition)

    assert pipeline.PROJECT.review is pipeline.review
    project = replace(pipeline.PROJECT, review=review)
    code = command.main(project, [str(tmp_path) if word == "RUNS" else word for word in argv])
    printed = capsys.readouterr()
    assert code == 1
    assert "claims-fraud" not in printed.out
    assert "preflight: Preprocess: error unknown-parameter: no parameter is called 'Rol'" in printed.err
    assert "the service would refuse this definition; nothing was written or run" in printed.err
    assert list(tmp_path.iterdir()) == []


def test_the_pipeline_reports_an_invalid_ignore_list(capsys, tmp_path):
    """One sentence and exit code 1, no traceback."""

    def review(definition):
        return preflight.check(definition, ignore=preflight.ignored(tmp_path))

    (tmp_path / "pyproject.toml").write_text('[tool.step-scripts.preflight.ignore]\ncycles = "why"\n')
    assert command.main(replace(pipeline.PROJECT, review=review), []) == 1
    assert "there is no rule 'cycles'; did you mean cycle?" in capsys.readouterr().err
