"""What a Tuning step asks for, read from its request; and what cannot be had on this machine."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.base import StepError
from step_scripts.local.executors.tuning import ranges, strategies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from step_scripts.local.executors.tuning.ranges import Range
    from step_scripts.local.executors.tuning.strategies import Strategy

MAX_FIRST = 10  # points that a Bayesian search draws before it learns


@dataclass(frozen=True)
class Objective:
    """What decides which trial is the best.

    Attributes
    ----------
    metric
        Its name.
    pattern
        Finds its value in a line of a trial's log: the first group.
    maximize
        Whether higher is better.
    """

    metric: str
    pattern: re.Pattern[str]
    maximize: bool

    @property
    def type(self) -> str:
        """``Maximize`` or ``Minimize``."""
        return "Maximize" if self.maximize else "Minimize"

    def better(self, one: float, other: float) -> bool:
        """Tell whether the first value is better than the second."""
        return one > other if self.maximize else one < other


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A search, as the request asks for it.

    Attributes
    ----------
    job
        What the service calls TrainingJobDefinition.
    config
        What the service calls HyperParameterTuningJobConfig.
    max_jobs, max_parallel_jobs
        Trials in all, and at a time.
    target, patience
        The search ends when the best objective has reached the one, or has not become better for the other's number of
        trials; None for no such end.
    notes
        What a person has to know: where this machine differs from the service.
    """

    job: Mapping[str, Any]
    config: Mapping[str, Any]
    objective: Objective
    ranges: tuple[Range, ...]
    max_jobs: int
    max_parallel_jobs: int
    seed: int
    target: float | None
    patience: int | None
    notes: tuple[str, ...]

    def strategy(self) -> Strategy:
        """Return a new search, at its beginning."""
        kind = self.config["Strategy"]
        if kind == "Grid":
            return strategies.GridSearch(self.ranges)
        if kind == "Bayesian":
            first = max(self.max_parallel_jobs, min(MAX_FIRST, self.max_jobs // 2))
            return strategies.BayesianSearch(self.ranges, seed=self.seed, maximize=self.objective.maximize, first=first)
        return strategies.RandomSearch(self.ranges, seed=self.seed)


def read(request: Mapping[str, Any], *, fallback_seed: str) -> Plan:
    """Read the arguments of a Tuning step.

    Parameters
    ----------
    request
        As CreateHyperParameterTuningJob takes it.
    fallback_seed
        A text from which the seed is made, if there is no RandomSeed.

    Raises
    ------
    StepError
        If the request is not possible, or not on this machine.
    """
    refuse_what_is_missing(request)
    config, job = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    objective = _objective(config, job)
    found = ranges.read(config.get("ParameterRanges") or job.get("HyperParameterRanges") or {})
    limits, criteria = config["ResourceLimits"], config.get("TuningJobCompletionCriteria") or {}
    target = criteria.get("TargetObjectiveMetricValue")
    patience = (criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
    seed = config.get("RandomSeed")
    if seed is None:
        seed = int(hashlib.sha256(fallback_seed.encode()).hexdigest()[:7], 16)
    return Plan(
        job=job,
        config=config,
        objective=objective,
        ranges=found,
        max_jobs=_max_jobs(config, found),
        max_parallel_jobs=int(limits.get("MaxParallelTrainingJobs", 1)),
        seed=int(seed),
        target=None if target is None else float(target),
        patience=None if patience is None else int(patience),
        notes=tuple(_notes(config, int(seed))),
    )


def refuse_what_is_missing(request: Mapping[str, Any]) -> None:
    """Raise a StepError for what only the service has. References may have no values yet."""
    strategy = (request.get("HyperParameterTuningJobConfig") or {}).get("Strategy")
    if isinstance(strategy, str) and strategy not in {"Random", "Grid", "Bayesian"}:
        instead = "Random, Grid or Bayesian"
        why = f"{strategy} ends trials by the metrics that they report meanwhile, which only the service can do"
        raise StepError(f"Strategy: expected: {instead}; got: {strategy}; fix: {why}, so choose one of these here")
    if request.get("TrainingJobDefinitions"):
        got = f"TrainingJobDefinitions with {len(request['TrainingJobDefinitions'])} of them"
        raise StepError(f"expected: one TrainingJobDefinition; got: {got}; fix: make each of them a Tuning step here")
    if request.get("WarmStartConfig"):
        fix = "remove it here, because an earlier tuning job is in the service only"
        raise StepError(f"expected: a search of its own; got: WarmStartConfig; fix: {fix}")
    if (request.get("Autotune") or {}).get("Mode") == "Enabled":
        fix = "give the ranges, the objective and the limits here, because Autotune runs in the service only"
        raise StepError(f"expected: a search of its own; got: Autotune; fix: {fix}")


def _objective(config: Mapping[str, Any], job: Mapping[str, Any]) -> Objective:
    wanted = config.get("HyperParameterTuningJobObjective") or job.get("TuningObjective")
    if not wanted:
        raise StepError(
            "expected: a metric to maximize or minimize; got: none; fix: add HyperParameterTuningJobObjective"
        )
    metrics = {each["Name"]: each["Regex"] for each in job["AlgorithmSpecification"].get("MetricDefinitions") or []}
    if (name := wanted["MetricName"]) not in metrics:
        known = ", ".join(metrics) or "none"
        fix = "define it with its regular expression in MetricDefinitions"
        raise StepError(f"the objective: expected: a metric that is defined ({known}); got: {name}; fix: {fix}")
    try:
        pattern = re.compile(metrics[name])
    except re.error as error:
        got = f"{metrics[name]} ({error})"
        raise StepError(f"{name}, Regex: expected: a regular expression; got: {got}; fix: correct it") from None
    if not pattern.groups:
        fix = "put the number in parentheses"
        raise StepError(f"{name}, Regex: expected: a group around the number; got: {metrics[name]}; fix: {fix}")
    return Objective(name, pattern, wanted["Type"] == "Maximize")


def _max_jobs(config: Mapping[str, Any], found: tuple[Range, ...]) -> int:
    given = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] == "Grid":
        # SageMaker developer guide, "Grid search": categories only; the number may be left out, and has to be right.
        if numeric := [each.name for each in found if not isinstance(each, ranges.Categorical)]:
            fix = "list its values as categories"
            raise StepError(f"Grid: expected: categories only; got: a numeric range of {numeric[0]}; fix: {fix}")
        count = strategies.size(found) or 0
        if given is not None and int(given) != count:
            expected = f"MaxNumberOfTrainingJobs = {count}, the number of combinations"
            raise StepError(f"Grid: expected: {expected}; got: {given}; fix: leave it out, or correct it")
        return count
    if given is None or int(given) < 1:
        raise StepError(f"expected: MaxNumberOfTrainingJobs from 1; got: {given}; fix: add it to ResourceLimits")
    return int(given)


def _notes(config: Mapping[str, Any], seed: int) -> Iterator[str]:
    if config["Strategy"] == "Bayesian":
        yield "Bayesian: here a seeded TPE search by Optuna; the service has an algorithm of its own"
    if config["Strategy"] != "Grid" and config.get("RandomSeed") is None:
        yield f"no RandomSeed is set: here it is {seed}"
    not_applied = {
        "TrainingJobEarlyStoppingType Auto": str(config.get("TrainingJobEarlyStoppingType", "Off")).lower() == "auto",
        "MaxRuntimeInSeconds": config["ResourceLimits"].get("MaxRuntimeInSeconds") is not None,
        "ConvergenceDetected": ((config.get("TuningJobCompletionCriteria") or {}).get("ConvergenceDetected") or {}).get(
            "CompleteOnConvergence"
        )
        == "Enabled",
    }
    if names := [name for name, is_set in not_applied.items() if is_set]:
        yield f"not applied here: {', '.join(names)}"
