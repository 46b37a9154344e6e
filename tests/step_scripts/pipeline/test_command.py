"""The command line itself: what it refuses before anything is built, what it leaves on disk, and its exit codes."""

import json
from datetime import UTC, datetime

import pytest

from step_scripts.local import execution as records
from step_scripts.local import launch
from step_scripts.local.containers import Containers
from step_scripts.local.interrupt import InterruptedRunError
from step_scripts.local.processes import Processes
from step_scripts.local.target import TargetError
from step_scripts.pipeline import command as cli

DEFINITION = {
    "Parameters": [{"Name": "Eta", "Type": "Float", "DefaultValue": 0.2}],
    "Steps": [
        {"Name": "Prepare", "Type": "Processing", "Arguments": {}},
        {"Name": "Train", "Type": "Training", "Arguments": {"X": {"Get": "Steps.Prepare.Y"}}},
        {"Name": "Other", "Type": "Processing", "Arguments": {}},
    ],
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one table, whose definition is at hand without the SDK."""
    (tmp_path / "data").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]")
    (tmp_path / "data/claims.csv").write_text("policy_id\n1\n")
    monkeypatch.setattr(cli, "_compile", lambda _: ("tiny", json.loads(json.dumps(DEFINITION))))
    return cli.Project(
        build=lambda _: None, root=tmp_path, scripts=(), input_dir=tmp_path / "data", input_patterns=("claims*",)
    )


@pytest.fixture
def runs(monkeypatch):
    """What was asked of a run; it answers as it is told to."""

    class Runs(list):
        outcome = None

        def __call__(self, _build, **options):
            self.append(options)
            if isinstance(self.outcome, BaseException):
                raise self.outcome
            return self.outcome

    asked = Runs()
    monkeypatch.setattr(launch, "run", asked)
    return asked


def execution(folder, status):
    """Make the record of a run that ended in some way."""
    return records.Execution("ID", "tiny", "process", folder, datetime(2026, 1, 1, tzinfo=UTC), status=status)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--input-dir", "data"], "--input-dir: for a run only"),
        (["--fresh", "--runs-dir", "r"], "--runs-dir, --fresh: for a run only"),
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
def test_what_would_be_ignored_or_cannot_be_done_is_refused(project, runs, capsys, argv, says):
    """Exit code 2 and a sentence, before anything is run."""
    assert cli.main(project, argv) == 2
    assert says in capsys.readouterr().err
    assert runs == []


def test_the_target_is_chosen_and_told(project, runs, capsys, tmp_path):
    """Child processes unless told otherwise; containers with the options that they shall have."""
    runs.outcome = execution(tmp_path, "Succeeded")
    assert cli.main(project, ["--execute", "--fresh"]) == 0
    assert "Running the pipeline as processes, on the tables" in capsys.readouterr().out
    assert cli.main(project, ["--execute", "--target", "docker", "--docker-option=--memory=1g"]) == 0
    assert "Running the pipeline in Docker containers, on the tables" in capsys.readouterr().out
    assert [run["target"] for run in runs] == [Processes(preload=(), fresh=True), Containers(options=["--memory=1g"])]


def test_a_target_that_cannot_take_the_jobs(project, runs, capsys):
    """Exit code 1, and its sentence."""
    runs.outcome = TargetError("There is no image a:1 on this machine. Build it: docker build")
    assert cli.main(project, ["--execute", "--target", "docker"]) == 1
    assert capsys.readouterr().err == "pipeline.py: There is no image a:1 on this machine. Build it: docker build\n"


def test_flags_are_not_abbreviated(project, runs):
    """`--exec` is a slip of the finger, not a run."""
    with pytest.raises(SystemExit) as refused:
        cli.main(project, ["--exec"])
    assert refused.value.code == 2
    assert runs == []


def test_places_that_cannot_hold_a_run_are_refused(project, runs, tmp_path, capsys):
    """A file where the runs should go, and a folder where a table should be, are told before the SDK is imported."""
    (tmp_path / "file").write_text("")
    assert cli.main(project, ["--execute", "--runs-dir", str(tmp_path / "file/below")]) == 2
    assert "expected a folder that can be written" in capsys.readouterr().err
    (tmp_path / "data/claims2.csv").mkdir()
    assert cli.main(project, ["--execute"]) == 2
    assert "claims2.csv cannot be read" in capsys.readouterr().err
    assert runs == []


def test_the_preview_shows_the_step_and_what_it_needs(project, capsys):
    """`--to train --param Eta=0.5`: no other step, and the value beside the default."""
    assert cli.main(project, ["--to", "train", "--param", "Eta=0.5"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Train", "Training", "Prepare"] in rows
    assert ["parameter", "type", "value", "default"] in rows
    assert ["Eta", "Float", "0.5", "0.2"] in rows
    assert not [row for row in rows if row[:1] == ["Other"]]


def test_a_definition_appears_whole_and_alone(project, tmp_path, capsys):
    """The file is there, parses, and nothing partial lies beside it; `-` writes the same to stdout."""
    target = tmp_path / "out" / "definition.json"
    target.parent.mkdir()
    assert cli.main(project, ["--definition", str(target)]) == 0
    assert json.loads(target.read_text()) == DEFINITION
    assert list(target.parent.iterdir()) == [target]
    assert cli.main(project, ["--definition", "-"]) == 0
    assert capsys.readouterr().out == target.read_text()


def test_a_definition_that_cannot_be_moved_into_place_leaves_nothing(project, tmp_path, monkeypatch, capsys):
    """Exit code 2, and no partial file."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(cli.Path, "replace", refuse)
    assert cli.main(project, ["--definition", str(tmp_path / "definition.json")]) == 2
    assert "Permission denied" in capsys.readouterr().err
    assert not list(tmp_path.glob("*definition*"))
    assert not list(tmp_path.glob(".*partial"))


@pytest.mark.parametrize(("status", "code"), [(records.SUCCEEDED, 0), (records.FAILED, 1)])
def test_the_exit_code_is_the_runs(project, runs, tmp_path, status, code):
    """0 for a run that succeeded, 1 for one that failed."""
    runs.outcome = execution(tmp_path / "runs/ID", status)
    assert cli.main(project, ["--execute", "--to", "Train"]) == code
    assert runs[0]["stop_after"] == "Train"


def test_an_interrupt_is_said_and_is_130(project, runs, tmp_path, capsys):
    """Ctrl-C: what became of the children, what was done so far, and the shell's code for it."""
    runs.outcome = InterruptedRunError("interrupted during Train")
    runs.outcome.execution = execution(tmp_path / "runs/ID", records.INTERRUPTED)
    assert cli.main(project, ["--execute"]) == 130
    said = capsys.readouterr().err
    assert "interrupted during Train: the jobs are stopped." in said
    assert "Interrupted in" in said


def test_a_full_disk_is_a_sentence(project, runs, capsys):
    """What the system said, where, and what to do; exit code 1."""
    runs.outcome = OSError(28, "No space left on device", "runs/ID/x")
    assert cli.main(project, ["--execute"]) == 1
    said = capsys.readouterr().err
    assert "No space left on device (runs/ID/x): make room below" in said


@pytest.mark.parametrize("value", ["nonsense", "s3://", "s3://UPPER/x", "s3://bucket", "s3://bucket/"])
def test_input_data_must_be_a_folder_in_s3(value):
    """Anything else would end deep inside the SDK."""
    with pytest.raises(cli.ParameterError, match="expected s3://bucket/folder"):
        cli.in_s3("InputData", value, folder=True)
