import json
import re

import pytest


def test_a_step_that_explains_itself(run_tiny, tmp_path):
    """The record has a failed step's exit code, its own message and the end of its log; later steps are skipped."""
    execution = run_tiny(tmp_path, Behaviour="fail")
    assert execution.status == "Failed"
    assert execution.failure.step == "First"
    assert execution.failure.reason == "exit code 3"
    assert execution.failure.message == "the table has no rows"
    assert sorted(execution.failure.log_tail[-2:]) == ["first prints on stderr", "first prints on stdout"]
    assert [step.status for step in execution.steps] == ["Failed", *["Skipped"] * 5]
    assert json.loads((execution.folder / "run.json").read_text())["failure"]["message"] == "the table has no rows"


def test_a_step_that_crashes(run_tiny, tmp_path):
    """A traceback is that of the script alone, as `python3 script` would print it."""
    execution = run_tiny(tmp_path, Behaviour="crash")
    log = execution.step("First").log.read_text()
    assert execution.failure.reason == "exit code 1"
    assert execution.failure.message is None
    assert "ValueError: an unexpected value" in execution.failure.log_tail
    assert log.count("  File ") == 1


@pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
def test_a_step_that_is_killed(run_tiny, tmp_path):
    """The reason has the signal, and the usual cause of SIGKILL."""
    execution = run_tiny(tmp_path, Behaviour="kill")
    assert execution.failure.reason == "killed by signal 9, as the system does when memory runs out"


def test_exit_code_130_is_a_failure(run_tiny, tmp_path):
    """The SDK takes 130 for success; here a step that exits with it has failed."""
    execution = run_tiny(tmp_path, Behaviour="interrupt-code")
    assert (execution.status, execution.failure.reason) == ("Failed", "exit code 130")


def test_a_closed_gate(run_tiny, tmp_path):
    """The other branch is taken, and the message of the Fail step is the reason."""
    execution = run_tiny(tmp_path, Gate=2.5)
    assert execution.status == "Failed"
    assert (execution.failure.step, execution.failure.reason) == ("Reject", "the score is only 2.0")
    assert execution.step("Decide").outcome is False
    assert execution.step("Model").status == "Skipped"


def test_a_missing_input_is_recorded(run_tiny, tmp_path):
    """The run ends with an error, and the record has it."""
    with pytest.raises(FileNotFoundError, match="expected a file or a folder"):
        run_tiny(tmp_path, uploads={"s3://tiny/data": tmp_path / "absent"})
    (record,) = tmp_path.glob("*/run.json")
    assert json.loads(record.read_text())["failure"]["reason"].startswith("FileNotFoundError: cannot upload")


def test_a_script_that_is_not_in_its_bundle(run_tiny, tiny, tmp_path):
    """The log has Python's message about the missing file, and the exit code is Python's."""
    execution = run_tiny(tmp_path, uploads={f"{tiny.STORE}/code/first": {"unrelated.py": b""}})
    assert execution.failure.reason == "exit code 2"
    assert re.search(r"can't open file '\S*/first.py': \[Errno 2\]", execution.failure.log_tail[-1])
