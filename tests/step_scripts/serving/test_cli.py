"""`step-scripts serve` and `score`: which model they take where none is named."""

import pytest

from step_scripts.serving import cli


@pytest.fixture
def project_of(tmp_path, monkeypatch):
    """A function that makes a project with models at some places below its fixtures."""

    def make(*places):
        (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
        for place in places:
            (tmp_path / "fixtures" / place).mkdir(parents=True)
            (tmp_path / "fixtures" / place / "artifact.json").write_text("{}")
        monkeypatch.setenv("STEP_SCRIPTS_PROJECT", str(tmp_path))
        return tmp_path

    return make


def test_the_only_model_below_the_fixtures_is_taken(project_of, monkeypatch):
    """Whatever the training step is called."""
    asked = []
    monkeypatch.setattr(cli, "_score", lambda *paths: asked.append(paths) or 0)
    folder = project_of("fit/model")
    assert cli.main(["score", "in.jsonl", "out.jsonl"]) == 0
    assert asked[0][0] == folder / "fixtures" / "fit" / "model"


@pytest.mark.parametrize("places", [(), ("fit/a", "fit/b")])
def test_no_model_is_guessed(project_of, capsys, places):
    """None, or several: exit code 1, and the message lists them and names the option."""
    project_of(*places)
    assert cli.main(["score", "in.jsonl", "out.jsonl"]) == 1
    printed = capsys.readouterr().err
    assert ("found none" in printed) == (not places)
    assert all(place in printed for place in places)
    assert printed.endswith("add --model\n")
