"""Check tuning steps: their ranges, their objective, their limits."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from step_scripts.preflight.definition import Definition, Step
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.values import parameters_in, value_of

MAX_RANGES = 30  # SageMaker developer guide, "Resource limits" of automatic model tuning
NUMERIC = {"IntegerParameterRanges": int, "ContinuousParameterRanges": float}
# How the service writes numbers; none has more digits.
_NUMBER = {
    "IntegerParameterRanges": re.compile(r"[-+]?[0-9]{1,30}"),
    "ContinuousParameterRanges": re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"),
}
RANGES = (*NUMERIC, "CategoricalParameterRanges", "AutoParameters")


def check(definition: Definition) -> Iterator[Finding]:
    """Yield the problems of tuning steps."""
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
        given = f" (with the default of {', '.join(defaults)})" if defaults else ""
        message = f"expected at most MaxNumberOfTrainingJobs = {most}, got {parallel}{given}: lower it"
        yield _finding(step, "tuning", f"{where}/ResourceLimits/MaxParallelTrainingJobs", message)
    ranges = config.get("ParameterRanges")
    yield from _ranges(step, ranges, f"{where}/ParameterRanges")
    count = combinations(ranges)
    if isinstance(most, int) and count is not None and count < most and config.get("Strategy") != "Grid":
        message = f"{most} jobs, but only {count} combinations: widen a range, or lower MaxNumberOfTrainingJobs"
        yield _finding(step, "tuning", f"{where}/ParameterRanges", message)
    strategy = config.get("StrategyConfig")
    if (
        isinstance(strategy, Mapping)
        and "HyperbandStrategyConfig" in strategy
        and config.get("Strategy") != "Hyperband"
    ):
        message = f"the strategy is {shown(config.get('Strategy'))}, but these are settings of Hyperband: remove them"
        yield _finding(step, "tuning", f"{where}/StrategyConfig", message)
    if config.get("Strategy") == "Grid" and isinstance(ranges, Mapping):
        yield from _grid(step, ranges, most, where)


def _grid(step: Step, ranges: Mapping[str, Any], most: object, where: str) -> Iterator[Finding]:
    """Yield what a grid cannot be made of: a range of numbers, or another number of jobs than of combinations."""
    for name in NUMERIC:
        if ranges.get(name):
            message = f"the strategy Grid needs categories: remove {name}, or list its values as categories"
            yield _finding(step, "tuning", f"{where}/ParameterRanges/{name}", message)
    count = None if any(ranges.get(name) for name in NUMERIC) else combinations(ranges)
    if isinstance(most, int) and count is not None and count != most:
        message = f"expected as many jobs as the grid has combinations: {count}, got {most}: correct it, or remove it"
        yield _finding(step, "tuning", f"{where}/ResourceLimits/MaxNumberOfTrainingJobs", message)


def combinations(ranges: object) -> int | None:
    """Return the number of combinations of the values in ranges, or None if it is infinite or unknown.

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
        yield _finding(step, "tuning-range", where, f"{name} has two ranges: remove one")
    if len(names) > MAX_RANGES:
        yield _finding(step, "too-many", where, f"expected at most {MAX_RANGES} ranges, got {len(names)}")


def _range(step: Step, entry: Mapping[str, Any], kind: str, where: str) -> Iterator[Finding]:
    bounds = []
    for member in ("MinValue", "MaxValue"):
        text = entry.get(member)
        if not isinstance(text, str):
            continue  # a reference, or reported by the service's model
        number = _number(text, kind)
        if number is None:
            word = "a whole number" if kind == "IntegerParameterRanges" else "a finite number"
            yield _finding(step, "tuning-range", f"{where}/{member}", f"expected {word} as a text, got {shown(text)}")
        else:
            bounds.append(number)
    if len(bounds) < 2:
        return
    low, high = bounds
    if low > high:
        message = f"the range of {entry.get('Name')} goes from {low} down to {high}: swap the bounds"
        yield _finding(step, "tuning-range", where, message)
    scale = entry.get("ScalingType")
    if scale == "Logarithmic" and low <= 0:
        yield _finding(step, "tuning-range", where, f"a logarithmic scale needs a minimum above 0, got {low}")
    if scale == "ReverseLogarithmic" and not (kind == "ContinuousParameterRanges" and 0 <= low <= high < 1):
        message = f"a reverse logarithmic scale needs continuous values from 0 to below 1, got {low} to {high}"
        yield _finding(step, "tuning-range", where, message)


def _number(text: str, kind: str) -> float | None:
    """Parse a bound, or return None if the service cannot: NaN, infinity and 1_000 are numbers only in Python."""
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
        message = f"{name} has a range and a fixed value: remove it here, or from the ranges"
        yield _finding(step, "tuning-range", pointer(f"{where}/StaticHyperParameters", name), message)
    member = "TuningObjective" if isinstance(job.get("TuningObjective"), Mapping) else None
    objective = job.get("TuningObjective") if member else config.get("HyperParameterTuningJobObjective")
    place = f"{where}/{member}" if member else f"{step.where}/Arguments/HyperParameterTuningJobConfig"
    metrics = metric_names(job.get("AlgorithmSpecification"))
    wanted = objective.get("MetricName") if isinstance(objective, Mapping) else None
    # Without metrics in the definition it may be a built-in algorithm, which has metrics of its own.
    if metrics and isinstance(wanted, str) and wanted not in metrics:
        yield _finding(step, "tuning-objective", place, f"no metric is called {wanted!r}: {nearest(wanted, metrics)}")
    if objective is None and not has_own_search(step):
        message = "expected the metric to maximize or minimize: add HyperParameterTuningJobObjective"
        yield _finding(step, "tuning-objective", place, message)
    if not searched and not has_own_search(step):
        message = "expected a range for at least one hyperparameter: add ParameterRanges"
        yield _finding(step, "tuning-range", place, message)


def has_own_search(step: Step) -> bool:
    """Return whether the service takes ranges and objective from an earlier tuning job, or from Autotune."""
    return bool(step.arguments.get("WarmStartConfig") or step.arguments.get("Autotune"))


def metric_names(algorithm: object) -> list[str]:
    """Return the names of the metrics that an AlgorithmSpecification defines.

    Examples
    --------
    >>> metric_names({"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]})
    ['loss']
    """
    listed = algorithm.get("MetricDefinitions") if isinstance(algorithm, Mapping) else None
    entries = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return [one["Name"] for one in entries if isinstance(one.get("Name"), str)]


def _names(ranges: object) -> set[str]:
    if not isinstance(ranges, Mapping):
        return set()
    entries = [entry for kind in RANGES if isinstance(ranges.get(kind), list) for entry in ranges[kind]]
    return {entry["Name"] for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("Name"), str)}
