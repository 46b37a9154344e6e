"""The example's pipeline asks preflight before it is shown, written or run."""

import json
from pathlib import Path

import pytest

import pipeline
from step_scripts import preflight
from step_scripts.pipeline import main

# With a digest of code where the snapshot has none.
SNAPSHOT = (Path(__file__).parent / "claims-fraud.json").read_text(encoding="utf-8")
REVIEWED = json.loads(SNAPSHOT.replace("<sha256>", "0" * 64))


def test_the_example_has_no_finding(definition):
    """Compiled now and as it was reviewed: no error, and no warning except those that pyproject.toml ignores."""
    ignored = preflight.ignored(pipeline.ROOT)
    for each in (definition, REVIEWED):
        assert preflight.check(each, ignore=ignored) == []
        assert {finding.rule for finding in preflight.check(each)} == set(ignored)


@pytest.mark.parametrize("argv", [[], ["--definition", "-"], ["--execute", "--runs-dir", "RUNS"]])
def test_the_pipeline_refuses_what_the_service_would(capsys, tmp_path, argv):
    """The finding and its place on stderr, exit code 1, and nothing is shown, written or run."""

    def broken(session):
        built = pipeline.build(session)
        definition = json.loads(built.definition())
        definition["Steps"][0]["Arguments"]["RoleArn"] = {"Get": "Parameters.Rol"}
        built.definition = lambda: json.dumps(definition)
        return built

    code = main(broken, [str(tmp_path) if word == "RUNS" else word for word in argv])
    printed = capsys.readouterr()
    assert code == 1
    assert "claims-fraud" not in printed.out
    assert "preflight: Preprocess: error unknown-parameter: no parameter is called 'Rol'" in printed.err
    assert "the service would refuse this definition; nothing was written or run" in printed.err
    assert list(tmp_path.iterdir()) == []
