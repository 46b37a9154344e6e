"""Searches for hyperparameters: ranges that are ranges, an objective that is measured, and limits that fit."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from step_scripts.preflight.definition import Definition, Step
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.values import parameters_in, value_of

MOST_RANGES = 30  # SageMaker developer guide, "Resource limits" of automatic model tuning
NUMERIC = {"IntegerParameterRanges": int, "ContinuousParameterRanges": float}
# As the service reads them; no number of it has more digits.
_NUMBER = {
    "IntegerParameterRanges": re.compile(r"[-+]?[0-9]{1,30}"),
    "ContinuousParameterRanges": re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"),
}
RANGES = (*NUMERIC, "CategoricalParameterRanges", "AutoParameters")


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what makes no sense in tuning steps."""
    for step in definition.steps:
        if step.type != "Tuning":
            continue
        where = f"{step.where}/Arguments"
        config = step.arguments.get("HyperParameterTuningJobConfig")
        config = config if isinstance(config, Mapping) else {}
        yield from _limits(definition, step, config, f"{where}/HyperParameterTuningJobConfig")
        one, many = step.arguments.get("TrainingJobDefinition"), step.arguments.get("TrainingJobDefinitions")
        if (one is None) == (many is None) and "WarmStartConfig" not in step.arguments:
            message = f"expected one of TrainingJobDefinition and TrainingJobDefinitions, got {2 * (one is not None)}"
            yield _finding(step, "tuning", where, message)
        jobs = [(one, f"{where}/TrainingJobDefinition")]
        jobs += [
            (job, pointer(f"{where}/TrainingJobDefinitions", number))
            for number, job in enumerate(many if isinstance(many, list) else [])
        ]
        for job, place in jobs:
            if isinstance(job, Mapping):
                yield from _job(step, config, job, place)


def _finding(step: Step, rule: str, where: str, message: str) -> Finding:
    return Finding(where, rule, "error", step.name, message)


def _limits(definition: Definition, step: Step, config: Mapping[str, Any], where: str) -> Iterator[Finding]:
    limits = config.get("ResourceLimits")
    limits = limits if isinstance(limits, Mapping) else {}
    most, parallel = (
        value_of(limits.get(name), definition) for name in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs")
    )
    if isinstance(most, int) and isinstance(parallel, int) and parallel > most:
        defaults = parameters_in(limits)
        told = f" (with the default of {', '.join(defaults)})" if defaults else ""
        message = f"{parallel} jobs at a time of {most} in all{told}: lower MaxParallelTrainingJobs"
        yield _finding(step, "tuning", f"{where}/ResourceLimits/MaxParallelTrainingJobs", message)
    ranges = config.get("ParameterRanges")
    yield from _ranges(step, ranges, f"{where}/ParameterRanges")
    count = combinations(ranges)
    if isinstance(most, int) and count is not None and count < most and config.get("Strategy") != "Grid":
        message = f"{most} jobs of {count} combinations: widen a range, or lower MaxNumberOfTrainingJobs"
        yield _finding(step, "tuning", f"{where}/ParameterRanges", message)
    strategy = config.get("StrategyConfig")
    if (
        isinstance(strategy, Mapping)
        and "HyperbandStrategyConfig" in strategy
        and config.get("Strategy") != "Hyperband"
    ):
        message = f"the strategy is {shown(config.get('Strategy'))}, and these are settings of Hyperband: take them out"
        yield _finding(step, "tuning", f"{where}/StrategyConfig", message)
    if config.get("Strategy") == "Grid" and isinstance(ranges, Mapping):
        for name in NUMERIC:
            if ranges.get(name):
                message = f"the strategy Grid tries listed values only: take {name} out, or list them as categories"
                yield _finding(step, "tuning", f"{where}/ParameterRanges/{name}", message)


def combinations(ranges: object) -> int | None:
    """Return how many combinations of values ranges have, or None where that is without end, or not known.

    Examples
    --------
    >>> depth = {"Name": "depth", "MinValue": "1", "MaxValue": "3"}
    >>> kind = {"Name": "kind", "Values": ["tree", "line"]}
    >>> combinations({"IntegerParameterRanges": [depth], "CategoricalParameterRanges": [kind]})
    6
    """
    if not isinstance(ranges, Mapping) or ranges.get("ContinuousParameterRanges") or ranges.get("AutoParameters"):
        return None
    counts = []
    for kind in ("IntegerParameterRanges", "CategoricalParameterRanges"):
        for entry in ranges[kind] if isinstance(ranges.get(kind), list) else []:
            values = entry.get("Values") if isinstance(entry, Mapping) else None
            try:
                counts.append(
                    len(values) if isinstance(values, list) else int(entry["MaxValue"]) - int(entry["MinValue"]) + 1
                )
            except (KeyError, TypeError, ValueError):
                return None
    return math.prod(counts) if counts and min(counts) > 0 else None


def _ranges(step: Step, ranges: object, where: str) -> Iterator[Finding]:
    if not isinstance(ranges, Mapping):
        return
    names: list[str] = []
    for kind in RANGES:
        for number, entry in enumerate(ranges[kind] if isinstance(ranges.get(kind), list) else []):
            if isinstance(entry, Mapping):
                names += [entry["Name"]] if isinstance(entry.get("Name"), str) else []
                if kind in NUMERIC:
                    yield from _range(step, entry, kind, pointer(f"{where}/{kind}", number))
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _finding(step, "tuning-range", where, f"{name} has two ranges: take one out")
    if len(names) > MOST_RANGES:
        yield _finding(step, "too-many", where, f"{len(names)} ranges: at most {MOST_RANGES} are taken")


def _range(step: Step, entry: Mapping[str, Any], kind: str, where: str) -> Iterator[Finding]:
    bounds = []
    for member in ("MinValue", "MaxValue"):
        text = entry.get(member)
        if not isinstance(text, str):
            continue  # a reference, or told by the model
        number = _number(text, kind)
        if number is None:
            word = "a whole number" if kind == "IntegerParameterRanges" else "a finite number"
            yield _finding(step, "tuning-range", f"{where}/{member}", f"{shown(text)}: expected {word}, as text")
        else:
            bounds.append(number)
    if len(bounds) < 2:
        return
    low, high = bounds
    if low > high:
        message = f"the range of {entry.get('Name')} goes from {low} to {high}: exchange the two"
        yield _finding(step, "tuning-range", where, message)
    scale = entry.get("ScalingType")
    if scale == "Logarithmic" and low <= 0:
        yield _finding(step, "tuning-range", where, f"a logarithmic scale begins above 0, and this one at {low}")
    if scale == "ReverseLogarithmic" and not (kind == "ContinuousParameterRanges" and 0 <= low <= high < 1):
        message = (
            f"a reverse logarithmic scale is of continuous values from 0 to below 1, and this one of {low} to {high}"
        )
        yield _finding(step, "tuning-range", where, message)


def _number(text: str, kind: str) -> float | None:
    """Read a bound, or return None where it is none: NaN, infinity and 1_000 are numbers to Python only."""
    if not _NUMBER[kind].fullmatch(text):
        return None
    number: float = NUMERIC[kind](text)
    return number if isinstance(number, int) or math.isfinite(number) else None


def _job(step: Step, config: Mapping[str, Any], job: Mapping[str, Any], where: str) -> Iterator[Finding]:
    ranges = job.get("HyperParameterRanges")
    yield from _ranges(step, ranges, f"{where}/HyperParameterRanges")
    searched = _names(ranges) | _names(config.get("ParameterRanges"))
    static = job.get("StaticHyperParameters")
    for name in sorted(searched.intersection(static if isinstance(static, Mapping) else ())):
        message = f"{name} is searched and fixed as well: take it out here, or out of the ranges"
        yield _finding(step, "tuning-range", pointer(f"{where}/StaticHyperParameters", name), message)
    member = "TuningObjective" if isinstance(job.get("TuningObjective"), Mapping) else None
    objective = job.get("TuningObjective") if member else config.get("HyperParameterTuningJobObjective")
    place = f"{where}/{member}" if member else f"{step.where}/Arguments/HyperParameterTuningJobConfig"
    metrics = metric_names(job.get("AlgorithmSpecification"))
    wanted = objective.get("MetricName") if isinstance(objective, Mapping) else None
    # A built-in algorithm has metrics of its own, and none in the definition.
    if metrics and isinstance(wanted, str) and wanted not in metrics:
        yield _finding(step, "tuning-objective", place, f"no metric is called {wanted!r}: {nearest(wanted, metrics)}")
    if objective is None and not told_elsewhere(step):
        message = "nothing says which metric the search is to raise or lower: add HyperParameterTuningJobObjective"
        yield _finding(step, "tuning-objective", place, message)
    if not searched and not told_elsewhere(step):
        message = "no hyperparameter has a range, so there is nothing to search: add ParameterRanges"
        yield _finding(step, "tuning-range", place, message)


def told_elsewhere(step: Step) -> bool:
    """Return whether the service finds ranges or an objective by itself: of an earlier search, or by Autotune."""
    return bool(step.arguments.get("WarmStartConfig") or step.arguments.get("Autotune"))


def metric_names(algorithm: object) -> list[str]:
    """Return the names of the metrics that an AlgorithmSpecification defines.

    Examples
    --------
    >>> metric_names({"MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*)"}]})
    ['auc']
    """
    listed = algorithm.get("MetricDefinitions") if isinstance(algorithm, Mapping) else None
    entries = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return [one["Name"] for one in entries if isinstance(one.get("Name"), str)]


def _names(ranges: object) -> set[str]:
    if not isinstance(ranges, Mapping):
        return set()
    entries = [entry for kind in RANGES if isinstance(ranges.get(kind), list) for entry in ranges[kind]]
    return {entry["Name"] for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("Name"), str)}
