"""What a person reads at the end of a failed run: the step's own words, and the end of its log."""

from datetime import UTC, datetime

import pytest

from step_scripts.local import progress
from step_scripts.local.execution import Execution, Failure, Step


@pytest.fixture
def told(tmp_path):
    """A function of a message and a log's tail: the summary of a run that failed with them."""

    def tell(message, *tail):
        failure = Failure("Train", "exit code 1", message, tail)
        started = datetime(2026, 1, 31, tzinfo=UTC)
        return progress.summary(
            Execution("2DRR2511NGO3", "tiny", "process", tmp_path, started, status="Failed", failure=failure)
        )

    return tell


def test_message_and_traceback_are_both_shown(told):
    """A KeyError's name is its message; where it came from is in the log's tail."""
    text = told("KeyError: 'age'", "Traceback (most recent call last):", '  File "train.py", line 1', "last words")
    assert "  KeyError: 'age'\n  the end of " in text
    assert '    Traceback (most recent call last):\n      File "train.py", line 1\n    last words\n' in text


def test_what_the_message_said_is_not_said_twice(told):
    """The lines before it are shown, at most 15."""
    text = told("no rows\nask again", *(f"line {number}." for number in range(20)), "no rows", "ask again")
    assert text.count("ask again") == 1
    assert "line 4." not in text
    assert "    line 5." in text


def test_where_nothing_is_left_the_log_is_named(told, tmp_path):
    """The path alone, without a heading over nothing; also for a message longer than the tail."""
    for message in ("no rows", "much more\nno rows"):
        text = told(message, "no rows")
        assert f"  log: {tmp_path / 'Train' / 'log.txt'}\n" in text
        assert "the end of" not in text


def test_a_step_without_a_log_names_none(told):
    """Nor is one invented."""
    assert "log.txt" not in told(None)


def test_a_list_is_told_below_the_table(tmp_path, capsys):
    """How many rows were set apart is a figure in the table; why is a line of its own, however many reasons."""
    report = {"rows": "4998", "quarantined": "2", "quarantined_for": "month_range:1,hour_range:1"}
    step = Step("Preprocess", "Processing", status="Succeeded", seconds=1.0, report=report)
    progress.show(step)
    assert capsys.readouterr().out == "✓ Preprocess     1.0 s  rows=4998 quarantined=2\n"
    started = datetime(2026, 1, 31, tzinfo=UTC)
    run = Execution("2DRR2511NGO3", "tiny", "process", tmp_path, started, status="Succeeded", steps=[step])
    assert "  Preprocess  Succeeded  1.0      4998  quarantined=2\n" in progress.summary(run)
    assert "\n\n  Preprocess quarantined_for: month_range 1, hour_range 1\n\n" in progress.summary(run)
