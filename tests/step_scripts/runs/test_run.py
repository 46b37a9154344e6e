import json
import logging
import tarfile

import pytest

from step_scripts.local import scheduler


@pytest.fixture(scope="module")
def facts(tiny_run):
    """What the first step saw of its environment."""
    return json.loads((tiny_run.execution.step("First").outputs["facts"] / "facts.json").read_text())


def test_a_run_succeeds(tiny_run):
    """All steps of the taken branch run, in an order that respects the edges; the other branch is skipped."""
    statuses = {step.name: step.status for step in tiny_run.execution.steps}
    assert statuses == {
        "First": "Succeeded",
        "Train": "Succeeded",
        "Evaluate": "Succeeded",
        "Decide": "Succeeded",
        "Model": "Succeeded",
        "Reject": "Skipped",
    }
    orders = [tiny_run.execution.step(name).order for name in ("First", "Train", "Evaluate", "Decide", "Model")]
    assert orders == [1, 2, 3, 4, 5]
    assert tiny_run.execution.step("Reject").order is None
    assert tiny_run.execution.step("Decide").outcome is True
    assert (tiny_run.execution.status, tiny_run.execution.failure) == ("Succeeded", None)


def test_events_come_in_pairs(tiny_run):
    """One when a step starts, and one when it ends."""
    assert tiny_run.events[:4] == [
        ("First", "Executing"),
        ("First", "Succeeded"),
        ("Train", "Executing"),
        ("Train", "Succeeded"),
    ]


def test_outputs_are_copied_to_the_run_folder(tiny_run):
    """A processing output is a folder with its sub-folders, and no partial file is left beside it."""
    step = tiny_run.execution.step("First")
    assert step.outputs == {"facts": tiny_run.execution.folder / "First" / "facts"}
    assert (step.outputs["facts"] / "deep" / "table.csv").read_text() == "1\n2\n3\n"
    assert sorted(path.name for path in (tiny_run.execution.folder / "First").iterdir()) == ["facts", "log.txt"]


def test_training_outputs_are_archives(tiny_run):
    """A training job leaves model.tar.gz and output.tar.gz, as the service does."""
    folder = tiny_run.execution.step("Train").outputs["output"]
    assert sorted(path.name for path in folder.iterdir()) == ["model.tar.gz", "output.tar.gz"]
    with tarfile.open(folder / "model.tar.gz") as archive:
        assert json.load(archive.extractfile("model.json")) == {"mean": 2.0}


def test_hyperparameters_become_flags(tiny_run):
    """The train verb passes numbers, text and pipeline parameters to the script as flags."""
    with tarfile.open(tiny_run.execution.step("Train").outputs["output"] / "output.tar.gz") as archive:
        argv = json.load(archive.extractfile("data/metrics.json"))["argv"]
    assert dict(zip(argv[::2], argv[1::2], strict=True)) == {"--max-depth": "3", "--eta": "1.5", "--name": "mean"}


def test_a_job_does_not_see_the_users_account(facts):
    """Neither profile nor credentials nor endpoint of the user reach a job."""
    seen = facts["environment"]
    assert "of-the-user" not in json.dumps(seen)
    assert {"AWS_PROFILE", "AWS_ENDPOINT_URL", "STEP_SCRIPTS_JOB_SPEC"}.isdisjoint(seen)


def test_a_run_leaves_nothing_behind(tiny_run):
    """The temporary folder is empty; this process's environment, signals and logging are as before."""
    assert tiny_run.left == []
    assert tiny_run.environment_kept
    assert tiny_run.signals_kept
    assert not [handler for handler in logging.getLogger("sagemaker").handlers if hasattr(handler, "baseFilename")]


def test_the_report_line_and_the_log_are_kept(tiny_run):
    """What a step prints is in its log, and its report line is data."""
    step = tiny_run.execution.step("First")
    assert step.report == {"rows": "3", "key": "value"}
    # An engine transports the two streams side by side, and may change the order of lines.
    assert sorted(step.log.read_text().splitlines())[:2] == ["first prints on stderr", "first prints on stdout"]


def test_a_logs_lines_are_whole(run_tiny, tmp_path):
    """Lines that a step prints on two streams at once are not mixed, and none is lost."""
    execution = run_tiny(tmp_path, Behaviour="chatter", stop_after="First")
    lines = execution.step("First").log.read_text().splitlines()
    assert [lines.count(f"on {name} " * 5) for name in ("stdout", "stderr")] == [3000, 3000]
    assert execution.step("First").report["rows"] == "3"


def test_run_json_has_the_same_content(tiny_run):
    """`run.json` holds the record as data, with paths relative to itself."""
    written = json.loads((tiny_run.execution.folder / "run.json").read_text())
    assert written == tiny_run.execution.as_dict()
    assert written["status"] == "Succeeded"
    assert written["parameters"] == {"Behaviour": "work", "Hosts": 1, "Gate": 1.5}
    assert written["steps"][0]["outputs"] == {"facts": "First/facts"}
    assert set(written["timings"]) == {"sdk", "compile", "upload"}


def test_a_run_prints_nothing(run_tiny, tmp_path, capfd):
    """The console belongs to the caller: neither the SDK nor a job writes to it."""
    run_tiny(tmp_path, stop_after="First")
    assert capfd.readouterr() == ("", "")


def test_stop_after_runs_what_the_step_needs(run_tiny, tmp_path):
    """A run that stops after a step runs that step and those before it, and succeeds."""
    execution = run_tiny(tmp_path, stop_after="Train")
    assert [step.name for step in execution.steps if step.order] == ["First", "Train"]
    assert (execution.status, execution.stop_after) == ("Succeeded", "Train")


def test_stop_after_an_unknown_step_is_rejected(run_tiny, tmp_path):
    """The message has the nearest step, and there is no folder of the run."""
    with pytest.raises(scheduler.UnknownStepError, match=r"no step is called Trian\. Did you mean Train\?"):
        run_tiny(tmp_path, stop_after="Trian")
    assert list(tmp_path.iterdir()) == []


def test_two_hosts_of_a_job_know_each_other(run_tiny, tmp_path):
    """A job on two instances is two processes, or containers, whose names are those in the resource configuration."""
    execution = run_tiny(tmp_path, stop_after="Evaluate", Hosts=2)
    written = {
        path.stem: json.loads(path.read_text()) for path in execution.step("Evaluate").outputs["evaluation"].iterdir()
    }
    del written["evaluation"]
    assert sorted(written) == written[min(written)] == written[max(written)]
    assert [name[:6] for name in sorted(written)] == ["algo-1", "algo-2"]
