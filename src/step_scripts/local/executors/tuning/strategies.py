"""How the points of a search are chosen: ``Random``, ``Grid`` and ``Bayesian``."""

from __future__ import annotations

import itertools
import math
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from step_scripts.local.executors.tuning.ranges import Continuous, Integer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from step_scripts.local.executors.tuning.ranges import Range

Point = dict[str, str]  # a hyperparameter's name and its value, as a training job receives it
MAX_DRAWS = 1_000  # of a point that was tried already, before the next untried one is looked up


class Strategy(Protocol):
    """Chooses points.

    Attributes
    ----------
    learns
        Whether its choices depend on earlier results.
    """

    learns: bool

    def ask(self, count: int) -> list[Point]:
        """Return the next points."""

    def tell(self, objectives: Sequence[float | None]) -> None:
        """Take the objectives of the points that the last `ask` returned, in the same order."""


class RandomSearch:
    """Independent draws. No point comes twice before all have come.

    Examples
    --------
    >>> RandomSearch([Integer("rooms", 1, 6)], seed=7).ask(6)
    [{'rooms': '2'}, {'rooms': '1'}, {'rooms': '4'}, {'rooms': '3'}, {'rooms': '5'}, {'rooms': '6'}]
    """

    learns = False

    def __init__(self, ranges: Sequence[Range], *, seed: int) -> None:
        self._ranges, self._random = ranges, Random(seed)  # noqa: S311  # no secret
        self._seen: set[tuple[str, ...]] = set()
        self._size = size(ranges)

    def ask(self, count: int) -> list[Point]:
        """Draw the next points."""
        return [self._next() for _ in range(count)]

    def tell(self, objectives: Sequence[float | None]) -> None:
        """Learn nothing."""

    def _next(self) -> Point:
        if self._size is not None and len(self._seen) >= self._size:
            self._seen.clear()  # all have come: begin again
        for _ in range(MAX_DRAWS):
            drawn = tuple(each.draw(self._random) for each in self._ranges)
            if drawn not in self._seen:
                break
        else:
            drawn = next((point for point in _combinations(self._ranges) if point not in self._seen), drawn)
        self._seen.add(drawn)
        return _named(self._ranges, drawn)


class GridSearch:
    """Every combination of categories once, in the order of the definition; the last range varies fastest."""

    learns = False

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._ranges, self._points = ranges, _combinations(ranges)

    def ask(self, count: int) -> list[Point]:
        """Return the next combinations."""
        return [_named(self._ranges, point) for point in itertools.islice(self._points, count)]

    def tell(self, objectives: Sequence[float | None]) -> None:
        """Learn nothing."""


class BayesianSearch:
    """A search by Optuna's tree-structured Parzen estimator; the service has another algorithm of the same kind.

    It learns at the end of each batch, in the order of the points. So the outcome does not depend on which of the
    parallel trials ended first.

    Parameters
    ----------
    ranges, seed
        What is searched, and where it starts.
    maximize
        Whether a higher objective is better.
    first
        Points that are drawn at random before it starts to learn.
    """

    learns = True

    def __init__(self, ranges: Sequence[Range], *, seed: int, maximize: bool, first: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges = ranges
        self._distributions = {each.name: _distribution(each) for each in ranges}
        # The seed of Optuna is NumPy's: it has 32 bits.
        sampler = optuna.samplers.TPESampler(seed=seed % 2**32, n_startup_trials=first)
        self._study = optuna.create_study(sampler=sampler, direction="maximize" if maximize else "minimize")
        self._asked: list[Any] = []
        self._failed = optuna.trial.TrialState.FAIL

    def ask(self, count: int) -> list[Point]:
        """Ask Optuna for the next points."""
        self._asked = [self._study.ask(self._distributions) for _ in range(count)]
        return [{each.name: _text(each, trial.params[each.name]) for each in self._ranges} for trial in self._asked]

    def tell(self, objectives: Sequence[float | None]) -> None:
        """Report the objectives to Optuna."""
        for trial, objective in zip(self._asked, objectives, strict=True):
            if objective is None:
                self._study.tell(trial, state=self._failed)
            else:
                self._study.tell(trial, objective)


def size(ranges: Sequence[Range]) -> int | None:
    """Return how many points there are, or None where they cannot be counted.

    Examples
    --------
    >>> size([Integer("rooms", 1, 6), Integer("floors", 1, 2)]), size([Continuous("share", 0.0, 1.0)])
    (12, None)
    """
    counts = [each.count for each in ranges if each.count is not None]
    return math.prod(counts) if len(counts) == len(ranges) else None


def _combinations(ranges: Sequence[Range]) -> Iterator[tuple[str, ...]]:
    return itertools.product(*(each.values() for each in ranges))


def _named(ranges: Sequence[Range], values: Sequence[str]) -> Point:
    return {each.name: value for each, value in zip(ranges, values, strict=True)}


def _distribution(each: Range) -> Any:  # noqa: ANN401  # Optuna is imported lazily
    from optuna import distributions

    if isinstance(each, Integer):
        return distributions.IntDistribution(each.low, each.high, log=each.scale == "Logarithmic")
    if isinstance(each, Continuous):
        if each.scale == "ReverseLogarithmic":  # the distance from 1, on a logarithmic scale
            return distributions.FloatDistribution(1 - each.high, 1 - each.low, log=True)
        return distributions.FloatDistribution(each.low, each.high, log=each.scale == "Logarithmic")
    return distributions.CategoricalDistribution(tuple(each.values()))


def _text(each: Range, value: Any) -> str:  # noqa: ANN401
    if isinstance(each, Continuous):
        if each.scale == "ReverseLogarithmic":
            value = 1 - value
        return repr(min(max(float(value), each.low), each.high))
    return str(value)
