"""The command line of a pipeline: what it shows and writes, what it rejects, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from step_scripts import preflight
from step_scripts.pipeline import main


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--input-dir", "data"], "--input-dir: for a run only"),
        (["--fresh", "--runs-dir", "r"], "--runs-dir, --fresh: for a run only"),
        (["--registry", "r"], "--registry: for a run only"),
        (["--docker-option=--memory=1g"], "--docker-option: for a run only"),
        (["--execute", "--docker-option=--memory=1g"], "--docker-option: for containers only"),
        (["--execute", "--target", "docker", "--fresh"], "--fresh: a container is always a new one"),
        (["--definition", "-", "--to", "Train"], "--to: for a run only"),
        (["--definition", "-", "--param", "Eta=1"], "--param: for a run only"),
        (["--definition", ""], "expected a file in a folder that exists"),
        (["--definition", "."], "expected a file in a folder that exists"),
        (["--definition", "no/such/folder.json"], "expected a file in a folder that exists"),
        (["--to", "Trian"], "Did you mean Train?"),
        (["--param", "Etta=1"], "Did you mean Eta?"),
    ],
)
def test_options_without_effect_are_errors(build, runs, capsys, argv, says):
    """Exit code 2 and a message, before anything is run."""
    assert main(build, argv) == 2
    assert says in capsys.readouterr().err
    assert runs == []


@pytest.mark.parametrize("argv", [[], ["--definition", "-"], ["--definition", "x.json"]])
@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 0)])
def test_preflight_comes_first(build, root, monkeypatch, capsys, argv, severity, code):
    """Its findings are on stderr; after an error nothing is shown or written."""
    finding = preflight.Finding("/Steps/0", "cycle", severity, "Prepare", "takes itself")
    monkeypatch.setattr("step_scripts.preflight.check", lambda *_, **__: [finding])
    monkeypatch.chdir(root)
    assert main(build, argv) == code
    printed = capsys.readouterr()
    assert f"preflight: Prepare: {severity} cycle: takes itself\n  at /Steps/0\n" in printed.err
    refused = "the service would refuse this definition; nothing was written or run" in printed.err
    assert refused == (not printed.out and not (root / "x.json").exists()) == (severity == "error")


def test_preflight_leaves_out_what_the_project_ignores(build, root, monkeypatch, capsys):
    """The list is in the project's pyproject.toml; a wrong one is an error."""
    asked = []
    monkeypatch.setattr("step_scripts.preflight.check", lambda _, *, ignore: asked.append([*ignore]) or [])
    table = "[tool.step-scripts.preflight.ignore]\n"
    (root / "pyproject.toml").write_text(f'{table}cycle = "known"\n')
    assert main(build, []) == 0
    assert asked == [["cycle"]]
    (root / "pyproject.toml").write_text(f'{table}cycles = "known"\n')
    assert main(build, []) == 1
    assert "there is no rule 'cycles'; did you mean cycle?" in capsys.readouterr().err


def test_a_pipeline_outside_of_a_project_is_an_error(build, root, capsys):
    """It says what makes a project."""
    (root / "pyproject.toml").unlink()
    assert main(build, []) == 1
    assert "no project: expected a pyproject.toml with the table [tool.step-scripts]" in capsys.readouterr().err


def test_help_shows_how_it_is_started_and_which_tables_it_reads(build, capsys):
    """Both follow from the project."""
    with pytest.raises(SystemExit, match="0"):
        main(build, ["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "usage: pipelines/tiny.py " in shown
    assert "folder with the input tables: houses* (fixtures/)" in shown


def test_flags_are_not_abbreviated(build, runs):
    """`--exec` is an error, not a run."""
    with pytest.raises(SystemExit) as exited:
        main(build, ["--exec"])
    assert exited.value.code == 2
    assert runs == []


def test_the_preview_shows_the_step_and_what_it_needs(build, capsys):
    """`--to train --param Eta=0.5`: no other step, and the value beside the default."""
    assert main(build, ["--to", "train", "--param", "Eta=0.5"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Train", "Training", "Prepare"] in rows
    assert ["parameter", "type", "value", "default"] in rows
    assert ["Eta", "Float", "0.5", "0.2"] in rows
    assert not [row for row in rows if row[:1] == ["Other"]]


def test_a_definition_appears_whole_and_alone(build, definition, tmp_path, capsys):
    """The file is there, parses, and nothing partial lies beside it; `-` writes the same to stdout."""
    target = tmp_path / "out" / "definition.json"
    target.parent.mkdir()
    assert main(build, ["--definition", str(target)]) == 0
    assert json.loads(target.read_text()) == definition
    assert list(target.parent.iterdir()) == [target]
    assert main(build, ["--definition", "-"]) == 0
    assert capsys.readouterr().out == target.read_text()


def test_a_definition_that_cannot_be_moved_into_place_leaves_nothing(build, tmp_path, monkeypatch, capsys):
    """Exit code 2, and no partial file."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    assert main(build, ["--definition", str(tmp_path / "definition.json")]) == 2
    assert "Permission denied" in capsys.readouterr().err
    assert not list(tmp_path.glob("*definition*"))
    assert not list(tmp_path.glob(".*partial"))


def test_a_pipeline_in_a_folder_of_its_own_finds_the_modules_of_the_project(root):
    """Python looks into the folder of the file that it runs, and not into the project's."""
    (root / "first.py").write_text("")
    (root / "pipelines/second.py").write_text("import step_scripts.pipeline, first; print(first.__name__)\n")
    command = [sys.executable, "pipelines/second.py"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "first\n", done.stderr
