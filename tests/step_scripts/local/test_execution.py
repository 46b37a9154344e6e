import json
from datetime import UTC, datetime

import pytest

from step_scripts.local.execution import Execution, Failure, Step


@pytest.fixture
def execution(tmp_path):
    """A failed execution of two steps."""
    first = Step(
        "First",
        "Processing",
        status="Succeeded",
        order=1,
        seconds=0.12345,
        outputs={"train": tmp_path / "First" / "train"},
        report={"rows": "3"},
        log=tmp_path / "First" / "log.txt",
    )
    return Execution(
        id="2DRR2511NGO3",
        pipeline="tiny",
        target="process",
        folder=tmp_path,
        started=datetime(2026, 1, 31, 12, tzinfo=UTC),
        parameters={"Gate": 0.5},
        status="Failed",
        seconds=1.23456,
        timings={"sdk": 1.0},
        steps=[first, Step("Second", "Training")],
        failure=Failure("Second", "exit code 1", "no rows", ("a", "b")),
    )


def test_run_json_holds_the_record(execution):
    """Paths are relative to the folder, seconds are rounded to milliseconds, a skipped step has neither."""
    assert json.loads(execution.write().read_text()) == {
        "schema": 1,
        "execution": "2DRR2511NGO3",
        "pipeline": "tiny",
        "target": "process",
        "status": "Failed",
        "started": "2026-01-31T12:00:00+00:00",
        "seconds": 1.235,
        "timings": {"sdk": 1.0},
        "parameters": {"Gate": 0.5},
        "stop_after": None,
        "failure": {"step": "Second", "reason": "exit code 1", "message": "no rows", "log_tail": ["a", "b"]},
        "steps": [
            {
                "name": "First",
                "type": "Processing",
                "order": 1,
                "status": "Succeeded",
                "seconds": 0.123,
                "outputs": {"train": "First/train"},
                "report": {"rows": 3},
                "outcome": None,
                "log": "First/log.txt",
            },
            {
                "name": "Second",
                "type": "Training",
                "order": None,
                "status": "Skipped",
                "seconds": None,
                "outputs": {},
                "report": {},
                "outcome": None,
                "log": None,
            },
        ],
    }


def test_run_json_appears_whole(execution, tmp_path):
    """No partial file stays beside it."""
    execution.write()
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_step_is_found_by_its_name(execution):
    """An unknown name is a KeyError."""
    assert execution.step("Second").type == "Training"
    with pytest.raises(KeyError):
        execution.step("Third")


@pytest.mark.parametrize("word", ["nan", "inf", "1e5", "12:30", "s3://b/k", "1_000", "a:b"])
def test_a_word_stays_a_word(execution, word):
    """run.json is JSON whatever a step reports: only plain numbers and counts by name are read as such."""
    execution.steps[0].report["where"] = word
    assert execution.as_dict()["steps"][0]["report"]["where"] == word


def test_no_step_seems_to_run_when_the_execution_has_ended(execution):
    """A step that was cut off gets the execution's status; the others keep theirs."""
    execution.steps[1].status = "Executing"
    execution.end("Interrupted")
    assert [execution.status, *(step.status for step in execution.steps)] == ["Interrupted", "Succeeded", "Interrupted"]
