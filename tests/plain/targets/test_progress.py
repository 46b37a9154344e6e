"""What a person reads at the end of a failed run: the step's own words, and the end of its log."""

from datetime import UTC, datetime

import pytest

from targets import progress
from targets.execution import Execution, Failure


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
