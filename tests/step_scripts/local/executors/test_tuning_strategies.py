import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.local.executors.tuning.ranges import Categorical, Continuous, Integer
from step_scripts.local.executors.tuning.strategies import BayesianSearch, GridSearch, RandomSearch

MIXED = [Integer("n", 1, 9), Continuous("x", 0.0, 1.0, "Linear"), Categorical("kind", ("a", "b"))]


@given(st.integers(0, 2**40))
def test_the_seed_decides_a_random_search(seed):
    """The same seed gives the same points, in whatever portions one asks; another seed gives others."""
    points = RandomSearch(MIXED, seed=seed).ask(6)
    again = RandomSearch(MIXED, seed=seed)
    random.seed(1)  # no other generator has a part in it
    assert [*again.ask(2), *again.ask(4)] == points
    assert RandomSearch(MIXED, seed=seed + 1).ask(6) != points


def test_a_seed_keeps_its_points():
    """The points of a seed are the same in every version: people write down which seed they had."""
    assert RandomSearch([Integer("n", 1, 9), Continuous("x", 0.5, 1.0)], seed=7).ask(2) == [
        {"n": "3", "x": "0.575424586962251"},
        {"n": "6", "x": "0.5362181433337714"},
    ]


@given(st.integers(0, 1000), st.integers(1, 5), st.integers(1, 4))
def test_no_point_comes_twice_before_all_have_come(seed, numbers, words):
    """A finite space is tried out once, and then again."""
    kinds = Categorical("kind", tuple("abcd"[:words]))
    points = RandomSearch([Integer("n", 1, numbers), kinds], seed=seed).ask(2 * numbers * words)
    first, second = points[: numbers * words], points[numbers * words :]
    for half in (first, second):
        assert len({tuple(point.items()) for point in half}) == numbers * words


def test_the_last_points_of_a_scale_are_found():
    """A point that is drawn once in a million comes all the same when the others are tried."""
    search = RandomSearch([Integer("n", 1, 3000, "Logarithmic")], seed=0)
    assert len({point["n"] for point in search.ask(3000)}) == 3000


def test_a_grid_is_every_combination_in_a_fixed_order():
    """The last range varies fastest, in whatever portions one asks."""
    search = GridSearch([Categorical("a", ("1", "2")), Categorical("b", ("x", "y"))])
    points = [*search.ask(3), *search.ask(3)]
    assert points == [{"a": a, "b": b} for a in "12" for b in "xy"]


def distance(point):
    """An objective: how far a point is from the place where it is 0."""
    return abs(float(point["x"]) - 0.3) + abs(int(point["n"]) - 4) + (point["kind"] == "b")


def searched(*, seed, maximize=False, batches=8):
    """The points of a Bayesian search, in batches of 3; the first one fails."""
    search, points = BayesianSearch(MIXED, seed=seed, maximize=maximize, first=4), []
    for batch in range(batches):
        asked = search.ask(3)
        objectives = [None if batch == 0 and not number else distance(point) for number, point in enumerate(asked)]
        search.tell([-value if maximize and value is not None else value for value in objectives])
        points += asked
    return points


def test_a_bayesian_search_learns():
    """Its later points are nearer than its first ones, and it has a seed; to maximize the negative is the same."""
    points = searched(seed=3)
    assert points == searched(seed=3) == searched(seed=3, maximize=True)
    assert points != searched(seed=4)
    runs = [list(map(distance, searched(seed=seed))) for seed in range(4)]
    assert sum(sum(run[-6:]) for run in runs) < 0.75 * sum(sum(run[:6]) for run in runs)


@pytest.mark.parametrize(
    ("range_", "low", "high"),
    [
        (Continuous("x", 0.001, 1.0, "Logarithmic"), 0.001, 1.0),
        (Continuous("x", 0.0, 0.999, "ReverseLogarithmic"), 0.0, 0.999),
        (Continuous("x", -2.0, 2.0), -2.0, 2.0),
        (Integer("x", 1, 1000, "Logarithmic"), 1, 1000),
        (Integer("x", 3, 3), 3, 3),
    ],
)
def test_a_bayesian_search_knows_every_scale(range_, low, high):
    """Values are inside, and on a logarithmic scale half of the first ones are below its middle."""
    points = BayesianSearch([range_], seed=0, maximize=True, first=400).ask(400)
    values = [float(point["x"]) for point in points]
    assert low <= min(values) <= max(values) <= high
    middle = range_.value(0.5) if isinstance(range_, Continuous) else 31.6
    if low < high:
        assert 0.42 < sum(value < middle for value in values) / len(values) < 0.58


def test_optuna_is_imported_by_a_bayesian_search_only():
    """Other pipelines do not wait for it, and need not have it."""
    code = "import sys; from step_scripts.local import executors; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
