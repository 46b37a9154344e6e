"""What only a container can show: the image, its limits, its isolation, and an engine that is missing."""

import json
import os
import re
import threading

import pytest

from step_scripts.local.containers import Containers
from step_scripts.local.target import TargetError

pytestmark = [pytest.mark.docker, pytest.mark.parametrize("target", ["docker"], indirect=True, scope="session")]


@pytest.fixture
def facts(tiny_run):
    """What the first step saw of its environment."""
    return json.loads((tiny_run.execution.step("First").outputs["facts"] / "facts.json").read_text())


@pytest.fixture
def leaves_nothing(engine_traces, tmp_path):
    """A function that checks that a run has left nothing: no container, no network, no partial file."""
    before = engine_traces()

    def check(execution, *, outputs=()):
        assert engine_traces() == before
        assert [path.name for path in (execution.folder / "First").iterdir()] == [*outputs, "log.txt"]
        assert "partial" not in " ".join(path.name for path in tmp_path.rglob("*"))

    return check


def test_a_container_sees_the_real_paths(facts):
    """Nothing is rewritten: `/opt/ml` is `/opt/ml`."""
    assert facts["where"] == "--in=/opt/ml/processing/input/data"
    assert facts["argv"][0] == "/opt/ml/processing/input/code/first.py"
    assert facts["environment"]["PYTHONPATH"] == "/opt/ml/processing/input/code"
    assert "SAGEMAKER_BASE_DIR" not in facts["environment"]


def test_a_container_sees_neither_the_working_tree_nor_the_sdk(facts):
    """What a bundle lacks is missing here, as it is in the cloud."""
    assert facts["sees_bundle"]
    assert not facts["sees_working_tree"]


def test_a_job_with_network_isolation_has_no_network(facts):
    """Loopback is all that there is."""
    assert facts["interfaces"] == ["lo"]


def test_what_containers_write_belongs_to_the_user(facts, tiny_run):
    """The jobs run as the user of the pipeline; no file of the run belongs to another user."""
    assert facts["user"] == [os.getuid(), os.getgid()]
    assert {path.stat().st_uid for path in tiny_run.execution.folder.rglob("*")} == {os.getuid()}


def test_a_run_leaves_neither_container_nor_network(run_tiny, engine_traces, tmp_path):
    """After a success with two hosts, which needed a network, the engine has what it had before."""
    before = engine_traces()
    assert run_tiny(tmp_path, Hosts=2, stop_after="Evaluate").status == "Succeeded"
    assert engine_traces() == before


def test_a_step_that_needs_too_much_memory(run_tiny, leaves_nothing, tmp_path):
    """The kernel ends it, and the reason has the limit."""
    execution = run_tiny(tmp_path, Behaviour="eat", target=Containers(options=["--memory=64m"]))
    assert execution.failure.reason == "killed for memory: it needed more than its limit of 64 MiB"
    leaves_nothing(execution)


def test_an_output_that_is_full(run_tiny, leaves_nothing, tmp_path):
    """The step's own error is in the end of the log."""
    small = "--tmpfs=/opt/ml/processing/output/facts/deep:size=16k"
    execution = run_tiny(tmp_path, Behaviour="overfill", target=Containers(options=[small]))
    assert execution.failure.reason == "exit code 1"
    assert "OSError: [Errno 28] No space left on device" in execution.failure.log_tail
    leaves_nothing(execution)


def test_an_output_that_cannot_be_written(run_tiny, leaves_nothing, tmp_path):
    """The step's own error is in the end of the log."""
    closed = "--tmpfs=/opt/ml/processing/output/facts/deep:ro"
    execution = run_tiny(tmp_path, target=Containers(options=[closed]))
    assert execution.failure.reason == "exit code 1"
    assert "Read-only file system" in " ".join(execution.failure.log_tail)
    leaves_nothing(execution)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["kill"], "killed by signal 9, from outside and not for memory"),
        (["stop", "--time", "9"], "killed by signal 15"),
        (["rm", "--force"], "killed by signal 9, from outside and not for memory|the container was lost: .*"),
    ],
    ids=["killed", "stopped", "removed"],
)
def test_a_container_that_is_ended_from_outside(run_tiny, engine, leaves_nothing, wait, tmp_path, words, reason):
    """The run has failed, and the reason says that it was not the step itself."""

    def end(log):
        wait(lambda: "hangs" in log.read_text())
        engine.ask(*words, engine.ask("ps", "--quiet", "--filter", "label=step-scripts"))

    def on_event(step):
        if step.log and step.status == "Executing":
            threading.Thread(target=end, args=[step.log]).start()

    execution = run_tiny(tmp_path, Behaviour="hang", on_event=on_event)
    assert execution.failure.step == "First"
    assert re.fullmatch(reason, execution.failure.reason)
    leaves_nothing(execution)


def test_a_program_that_is_not_in_the_image(run_tiny, leaves_nothing, tmp_path):
    """The reason has the engine's message."""
    execution = run_tiny(tmp_path, target=Containers(options=["--env=PATH=/nowhere"]))
    assert execution.failure.reason.startswith("the container could not be started: ")
    assert "python3" in execution.failure.reason
    leaves_nothing(execution)


def test_an_option_that_docker_does_not_know(run_tiny, leaves_nothing, tmp_path):
    """The run fails, with Docker's message."""
    execution = run_tiny(tmp_path, target=Containers(options=["--memry=64m"]))
    assert execution.failure.reason == "the job could not be started"
    assert execution.failure.message == "Docker cannot create the container: unknown flag: --memry"
    (execution.folder / "First" / "failure.txt").unlink()
    leaves_nothing(execution)


def test_an_image_that_is_missing(run_tiny, engine, tiny, tmp_path):
    """It is reported before anything is run, with the command that builds it, and nothing is pulled."""
    engine.ask("rmi", tiny.IMAGE)
    try:
        with pytest.raises(TargetError, match=rf"no image {tiny.IMAGE},.*\n +docker build .*--tag {tiny.IMAGE}"):
            run_tiny(tmp_path)
    finally:
        engine.ask("tag", "step-scripts", tiny.IMAGE)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_does_not_answer(run_tiny, tmp_path, monkeypatch):
    """The message has the address and what to do. It comes before the SDK is imported."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(TargetError, match=r"no Docker engine answers at DOCKER_HOST=unix://.*: unset DOCKER_HOST"):
        run_tiny(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_is_not_installed(run_tiny, tmp_path, monkeypatch):
    """The message has the command that installs one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TargetError, match=r"needs the program docker.*install Docker: "):
        run_tiny(tmp_path)
    assert list(tmp_path.iterdir()) == []
