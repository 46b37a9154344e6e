import re
from pathlib import Path

import pytest

from step_scripts.local.execution import Trial
from step_scripts.local.executors.tuning import lines, objective
from step_scripts.local.executors.tuning.request import Objective

ERROR = Objective("error", re.compile(r"error=(\S+)"), maximize=False)
SCORE = Objective("score", re.compile(r"score=(\S+)"), maximize=True)


def trial(number, value, status="Completed"):
    """A trial with an objective."""
    return Trial(f"job-{number:03d}", number, status, value, {"n": "1"}, 0.5, Path("log.txt"))


@pytest.mark.parametrize(
    ("log", "value"),
    [
        ("error=0.5\nerror=0.25\n", 0.25),
        ("error=0.5 error=0.25\n", 0.25),
        ("begin\nerror=-1.5e-3\nend\n", -0.0015),
        ("error=3\n", 3.0),
        ("error=\n0.5\n", None),  # the service reads line by line
        ("error=0.5\nerror=nan\n", None),  # it diverged, and the last value decides
        ("error=1_000\n", None),
        ("nothing\n", None),
        ("", None),
    ],
)
def test_the_last_value_of_a_log_is_the_objective(tmp_path, log, value):
    """As in the service, where the metric's last value decides."""
    (tmp_path / "log.txt").write_text(log)
    assert objective.final(tmp_path / "log.txt", ERROR) == value


def test_a_log_that_is_no_text(tmp_path):
    """Bytes that are no UTF-8 do not hide the objective."""
    (tmp_path / "log.txt").write_bytes(b"\xff\xfe\nerror=2\n")
    assert objective.final(tmp_path / "log.txt", ERROR) == 2.0
    assert objective.final(tmp_path / "absent.txt", ERROR) is None


@pytest.mark.parametrize(("wanted", "order"), [(SCORE, [4, 2, 5, 3, 1]), (ERROR, [3, 2, 5, 4, 1])])
def test_trials_are_ranked_by_their_objective(wanted, order):
    """The best is first, of equal ones the earlier, and one without an objective is last."""
    trials = [trial(1, None, "Failed"), trial(2, 0.5), trial(3, 0.1), trial(4, 0.9), trial(5, 0.5)]
    assert [each.number for each in objective.ranked(trials, wanted)] == order


@pytest.mark.parametrize(
    ("found", "options", "over"),
    [
        ([0.5, 0.2], {"target": 0.2, "patience": None}, True),
        ([0.5, 0.21], {"target": 0.2, "patience": None}, False),
        ([0.5, None, 0.6], {"target": None, "patience": 2}, True),
        ([0.5, 0.6, 0.4], {"target": None, "patience": 2}, False),
        ([], {"target": 0.2, "patience": 1}, False),
    ],
)
def test_the_end_of_a_search(found, options, over):
    """It ends at its target, or when it does not become better for some time."""
    assert bool(objective.is_over(found, ERROR, **options)) is over


def test_a_line_a_trial():
    """It says how many have ended, what the trial found with which values, and the best so far."""
    progress = lines.Progress(SCORE, 4)
    assert [progress.line(each) for each in (trial(2, 0.5), trial(1, 0.25), trial(3, None), trial(4, 0.75))] == [
        "1 of 4  trial 2  ✓ score=0.5  n=1  (best so far)",
        "2 of 4  trial 1  ✓ score=0.25  n=1  (best so far: 0.5 of trial 2)",
        "3 of 4  trial 3  ✗ no score in log.txt  n=1  (best so far: 0.5 of trial 2)",
        "4 of 4  trial 4  ✓ score=0.75  n=1  (best so far)",
    ]


def test_of_equal_trials_the_earlier_one_is_the_best_so_far():
    """As in the ranking, although it may end later."""
    progress = lines.Progress(SCORE, 2)
    assert "(best so far)" in progress.line(trial(2, 0.5))
    assert "(best so far)" in progress.line(trial(1, 0.5))
