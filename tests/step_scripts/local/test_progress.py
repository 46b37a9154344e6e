"""What a person reads at the end of a failed run: the step's own message, and the end of its log."""

from datetime import UTC, datetime

import pytest

from step_scripts.local import progress
from step_scripts.local.execution import Execution, Failure, Step


@pytest.fixture
def summary_of(tmp_path):
    """A function of a message and a log's tail: the summary of a run that failed with them."""

    def write(message, *tail):
        failure = Failure("Train", "exit code 1", message, tail)
        started = datetime(2026, 1, 31, tzinfo=UTC)
        return progress.summary(
            Execution("2DRR2511NGO3", "tiny", "process", tmp_path, started, status="Failed", failure=failure)
        )

    return write


def test_message_and_traceback_are_both_shown(summary_of):
    """A KeyError's name is its message; where it came from is in the log's tail."""
    text = summary_of(
        "KeyError: 'age'", "Traceback (most recent call last):", '  File "train.py", line 1', "last words"
    )
    assert "  KeyError: 'age'\n  the end of " in text
    assert '    Traceback (most recent call last):\n      File "train.py", line 1\n    last words\n' in text


def test_the_message_is_not_repeated(summary_of):
    """The lines before it are shown, at most 15."""
    text = summary_of("no rows\nask again", *(f"line {number}." for number in range(20)), "no rows", "ask again")
    assert text.count("ask again") == 1
    assert "line 4." not in text
    assert "    line 5." in text


def test_without_more_lines_only_the_path_of_the_log_is_shown(summary_of, tmp_path):
    """Without a heading; also for a message that is longer than the tail."""
    for message in ("no rows", "much more\nno rows"):
        text = summary_of(message, "no rows")
        assert f"  log: {tmp_path / 'Train' / 'log.txt'}\n" in text
        assert "the end of" not in text


def test_a_step_without_a_log(summary_of):
    """No log is named."""
    assert "log.txt" not in summary_of(None)


def test_a_list_is_shown_below_the_table(tmp_path, capsys):
    """How many rows are in quarantine is a figure in the table; the reasons have a line of their own."""
    report = {"rows": "4998", "quarantined": "2", "quarantined_for": "price_range:1,rooms_range:1"}
    step = Step("Preprocess", "Processing", status="Succeeded", seconds=1.0, report=report)
    progress.show(step)
    assert capsys.readouterr().out == "✓ Preprocess     1.0 s  rows=4998 quarantined=2\n"
    started = datetime(2026, 1, 31, tzinfo=UTC)
    run = Execution("2DRR2511NGO3", "tiny", "process", tmp_path, started, status="Succeeded", steps=[step])
    assert "  Preprocess  Succeeded  1.0      4998  quarantined=2\n" in progress.summary(run)
    assert "\n\n  Preprocess quarantined_for: price_range 1, rooms_range 1\n\n" in progress.summary(run)
