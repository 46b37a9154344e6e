"""What a tuning job searches: ranges of hyperparameters, an objective, and how many trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter

from step_scripts.jobs.errors import JobsError

if TYPE_CHECKING:
    from sagemaker.core.parameter import ParameterRange

    from step_scripts.jobs.settings import Number

SCALES = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")
STRATEGIES = ("Random", "Grid", "Bayesian", "Hyperband")
# SageMaker developer guide, "Resource limits" of automatic model tuning.
MAX_RANGES = 30
MAX_CATEGORIES = 30
MAX_METRICS = 20
MAX_PARALLEL = 100
MAX_JOBS = {"Random": 10_000}  # 750 of any other strategy
MAX_JOBS_OF_OTHERS = 750


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a tuning job searches, and how.

    Attributes
    ----------
    ranges : mapping of str to ParameterRange
        A hyperparameter's name, and the SDK's ``IntegerParameter(1, 6)``, ``ContinuousParameter(0.05, 0.9)`` or
        ``CategoricalParameter(["hist", "exact"])``. Numbers have a ``scaling_type``: ``Auto``, ``Linear``,
        ``Logarithmic`` or ``ReverseLogarithmic``.
    objective : str
        The metric that decides. The step's metrics define it.
    objective_type : str
        ``Maximize`` or ``Minimize``.
    strategy : str
        ``Random``, ``Grid``, ``Bayesian`` or ``Hyperband``. ``Grid`` tries every combination of categories.
    max_jobs : int or PipelineVariable, optional
        Trials in all. Of ``Grid`` it is the number of combinations, and may be left out.
    max_parallel_jobs : int or PipelineVariable
        Trials at a time.
    seed : int or PipelineVariable
        Of the search. The same seed gives the same trials.
    early_stopping : bool
        Whether the service stops trials that are unlikely to become the best.
    resource : tuple of (int, int), optional
        Of ``Hyperband`` alone: the fewest and the most epochs of a trial.

    Raises
    ------
    JobsError
        When a value is not possible: it has another type, a range is empty or reversed, the scale does not fit the
        range, or it is above a limit of the service.

    Examples
    --------
    >>> Search(ranges={"depth": IntegerParameter(1, 6)}, objective="error", objective_type="Minimize", max_jobs=4).seed
    0
    """

    ranges: Mapping[str, ParameterRange]
    objective: str
    objective_type: str = "Maximize"
    strategy: str = "Random"
    max_jobs: Number | None = None
    max_parallel_jobs: Number = 1
    seed: Number = 0
    early_stopping: bool = False
    resource: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Check every value."""
        _one_of("strategy", self.strategy, STRATEGIES)
        _one_of("objective_type", self.objective_type, ("Maximize", "Minimize"))
        _require("objective", self.objective, isinstance(self.objective, str) and self.objective, "a metric's name")
        fits = isinstance(self.ranges, Mapping) and 0 < len(self.ranges) <= MAX_RANGES
        _require("ranges", self.ranges, fits, f"a mapping with 1 to {MAX_RANGES} ranges")
        for name, each in self.ranges.items():
            _check_range(name, each, self.strategy)
        object.__setattr__(self, "ranges", MappingProxyType(dict(self.ranges)))
        self._check_limits()
        _require("seed", self.seed, _is_count(self.seed, least=0), "a whole number from 0, or a pipeline parameter")
        _require("early_stopping", self.early_stopping, isinstance(self.early_stopping, bool), "True or False")
        self._check_hyperband()

    def request(self) -> dict[str, Any]:
        """Return what the service calls HyperParameterTuningJobConfig."""
        limits = {"MaxNumberOfTrainingJobs": self.max_jobs, "MaxParallelTrainingJobs": self.max_parallel_jobs}
        kinds = {"Integer": IntegerParameter, "Continuous": ContinuousParameter, "Categorical": CategoricalParameter}
        config = {
            "Strategy": self.strategy,
            "HyperParameterTuningJobObjective": {"Type": self.objective_type, "MetricName": self.objective},
            "ResourceLimits": {name: value for name, value in limits.items() if value is not None},
            "ParameterRanges": {
                f"{kind}ParameterRanges": [
                    each.as_tuning_range(name) for name, each in self.ranges.items() if isinstance(each, cls)
                ]
                for kind, cls in kinds.items()
            },
            "TrainingJobEarlyStoppingType": "Auto" if self.early_stopping else "Off",
            "RandomSeed": self.seed,
        }
        if self.resource is not None:
            fewest, most = self.resource
            config["StrategyConfig"] = {"HyperbandStrategyConfig": {"MinResource": fewest, "MaxResource": most}}
        return config

    def _check_limits(self) -> None:
        most = MAX_JOBS.get(self.strategy, MAX_JOBS_OF_OTHERS)
        if self.strategy == "Grid":
            count = math.prod(len(each.values) for each in self.ranges.values())
            _require("ranges", f"{count:,}", count <= most, f"at most {most:,} combinations, each of which is a trial")
            if isinstance(self.max_jobs, int):
                _require("max_jobs", self.max_jobs, self.max_jobs == count, f"{count}, the number of combinations")
        if self.strategy != "Grid" or self.max_jobs is not None:
            expected = f"a whole number from 1 to {most:,}, or a pipeline parameter"
            _require("max_jobs", self.max_jobs, _is_count(self.max_jobs, most=most), expected)
        expected = f"a whole number from 1 to {MAX_PARALLEL}, or a pipeline parameter"
        parallel = self.max_parallel_jobs
        _require("max_parallel_jobs", parallel, _is_count(parallel, most=MAX_PARALLEL), expected)
        if isinstance(self.max_jobs, int) and isinstance(parallel, int):
            _require("max_parallel_jobs", parallel, parallel <= self.max_jobs, f"at most max_jobs = {self.max_jobs}")

    def _check_hyperband(self) -> None:
        if self.strategy != "Hyperband":
            _require("resource", self.resource, self.resource is None, f"none with the strategy {self.strategy}")
            return
        _require("early_stopping", self.early_stopping, not self.early_stopping, "False: Hyperband has its own")
        pair = self.resource
        fits = isinstance(pair, tuple) and len(pair) == 2 and all(map(_is_count, pair)) and pair[0] <= pair[1]
        _require("resource", pair, fits, "the fewest and the most epochs of a trial, as (1, 20)")


def _check_range(name: str, each: Any, strategy: str) -> None:  # noqa: ANN401 - it is checked here
    where = f"ranges, {name}"
    _require("ranges", name, isinstance(name, str) and 0 < len(name) <= 256, "names of 1 to 256 characters")
    if isinstance(each, CategoricalParameter):
        expected = f"1 to {MAX_CATEGORIES} categories, each once"
        _require(where, each.values, 0 < len(set(each.values)) == len(each.values) <= MAX_CATEGORIES, expected)
        return
    numeric = isinstance(each, IntegerParameter | ContinuousParameter)
    _require(where, each, numeric, "an IntegerParameter, a ContinuousParameter or a CategoricalParameter")
    # SageMaker developer guide, "Grid search": only categorical parameters.
    _require(where, type(each).__name__, strategy != "Grid", "a CategoricalParameter, which alone Grid takes")
    low, high, scale = each.min_value, each.max_value, each.scaling_type
    _one_of(f"{where}, scaling_type", scale, SCALES)
    if isinstance(low, PipelineVariable) or isinstance(high, PipelineVariable):
        return
    whole = isinstance(each, IntegerParameter)
    numbers = all(_is_number(bound, whole=whole) for bound in (low, high))
    _require(where, f"{low!r} to {high!r}", numbers, "whole numbers" if whole else "finite numbers")
    expected = "a minimum below the maximum; a single value is a hyperparameter"
    _require(where, f"{low} to {high}", low < high, expected)
    if scale == "Logarithmic":
        _require(where, f"{low} to {high}", low > 0, "a minimum above 0 for the scale Logarithmic")
    if scale == "ReverseLogarithmic":
        fits = not whole and low >= 0 and high < 1
        expected = "continuous values from 0 to below 1 for the scale ReverseLogarithmic"
        _require(where, f"{low} to {high}", fits, expected)


def _is_number(value: object, *, whole: bool) -> bool:
    kinds = int if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object, *, least: int = 1, most: int | None = None) -> bool:
    if isinstance(value, PipelineVariable):
        return True
    return _is_number(value, whole=True) and least <= value and (most is None or value <= most)  # type: ignore[operator]


def _one_of(where: str, value: object, known: tuple[str, ...]) -> None:
    _require(where, value, isinstance(value, PipelineVariable) or value in known, f"one of {', '.join(known)}")


def _require(where: str, value: object, fits: object, expected: str) -> None:
    if not fits:
        got = value if isinstance(value, str) else value.expr if isinstance(value, PipelineVariable) else repr(value)
        raise JobsError(f"Search, {where}: expected: {expected}; got: {got}; fix: correct it in the pipeline's file")
