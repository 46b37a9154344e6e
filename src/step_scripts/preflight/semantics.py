"""Check values that have a valid shape and are still wrong: caches, time limits, empty words, metrics, names."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from step_scripts.preflight.companions import JOBS
from step_scripts.preflight.definition import Definition, Step, found_at
from step_scripts.preflight.finding import Finding, nearest, pointer, shown

# From the developer guide, and from the classes of SDK v3 that take a CacheConfig.
CACHED = frozenset(
    {
        *("AutoML", "ClarifyCheck", "EMR", "Processing", "QualityCheck", "Training", "Transform", "Tuning"),
        *("Callback", "EMRServerless", "Endpoint", "EndpointConfig", "Job", "Lambda"),
    }
)
MAX_TRAINING_S = 28 * 24 * 3600  # seconds: the documentation of MaxRuntimeInSeconds
# ISO 8601, in upper or lower case, and the shorter form that the developer guide shows.
_DURATION = re.compile(
    r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?"
    r"|(?=.)(\d+y)?(\d+w)?(\d+d)?(T(?=\d)(\d+h)?(\d+m)?(\d+s)?)?"
)
# Lists whose entries have unique names: the list, and the member with the name.
_NAMED = {
    "ProcessingInputs": "InputName",
    "Outputs": "OutputName",
    "InputDataConfig": "ChannelName",
    "MetricDefinitions": "Name",
    "ProductionVariants": "VariantName",
    "Containers": "ContainerHostname",
    "Tags": "Key",
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what the service refuses although each value has a valid type."""
    for step in definition.steps:
        yield from _cache(step)
        for path in JOBS.get(step.type, ()):
            for where, job in found_at(step.arguments, path, f"{step.where}/Arguments"):
                if isinstance(job, Mapping):
                    yield from _stopping(step, job, where)
        yield from _empty_words(step)
        if step.type != "Condition":
            yield from _lists(step, step.arguments, f"{step.where}/Arguments")
        files = step.raw.get("PropertyFiles")
        if isinstance(files, list):
            names = [file.get("PropertyFileName") for file in files if isinstance(file, Mapping)]
            yield from _duplicates(step, names, f"{step.where}/PropertyFiles", "PropertyFileName")


def _finding(step: Step, rule: str, where: str, message: str) -> Finding:
    return Finding(where, rule, "error", step.name, message)


def _cache(step: Step) -> Iterator[Finding]:
    config = step.raw.get("CacheConfig")
    if config is None:
        return
    where = f"{step.where}/CacheConfig"
    if not isinstance(config, Mapping) or not isinstance(config.get("Enabled"), bool):
        yield _finding(step, "cache", where, f'expected {{"Enabled": true or false, …}}, got {shown(config)}')
        return
    if config["Enabled"] and step.type not in CACHED:
        yield _finding(step, "cache", where, f"a {step.type} step cannot have a cache: remove CacheConfig")
    for name in set(config) - {"Enabled", "ExpireAfter"}:
        message = f"CacheConfig has no {name}: {nearest(str(name), ['Enabled', 'ExpireAfter'])}"
        yield _finding(step, "cache", pointer(where, name), message)
    after = config.get("ExpireAfter")
    if after is not None and not (
        isinstance(after, str) and _DURATION.fullmatch(after.upper() if after[:1] in "pP" else after)
    ):
        message = (
            f"expected a duration in ISO 8601, such as 'P30D' for 30 days or 'PT6H' for 6 hours, got {shown(after)}"
        )
        yield _finding(step, "cache", f"{where}/ExpireAfter", message)


def _empty_words(step: Step) -> Iterator[Finding]:
    """Yield empty words on a container's command line; local mode accepts them, the service refuses them."""
    for holder in ("AppSpecification", "AlgorithmSpecification"):
        specification = step.arguments.get(holder)
        for member in ("ContainerArguments", "ContainerEntrypoint"):
            words = specification.get(member) if isinstance(specification, Mapping) else None
            for number, word in enumerate(words if isinstance(words, list) else []):
                if word == "":
                    where = pointer(f"{step.where}/Arguments/{holder}/{member}", number)
                    message = f"{member} has an empty word: remove it, together with the flag before it"
                    yield _finding(step, "empty-argument", where, message)


def _stopping(step: Step, job: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Check the time limits of a training job: to run, and to wait for a spot instance."""
    condition = job.get("StoppingCondition")
    if not isinstance(condition, Mapping):
        return
    where = f"{where}/StoppingCondition"
    run, wait = condition.get("MaxRuntimeInSeconds"), condition.get("MaxWaitTimeInSeconds")
    spot = job.get("EnableManagedSpotTraining")
    if isinstance(run, int) and run > MAX_TRAINING_S:
        message = f"expected at most {MAX_TRAINING_S} s (28 days), got {run} s"
        yield _finding(step, "stopping-condition", f"{where}/MaxRuntimeInSeconds", message)
    if wait is None and spot is True:
        message = "spot training needs MaxWaitTimeInSeconds, which is absent: add it, at least MaxRuntimeInSeconds"
        yield _finding(step, "stopping-condition", where, message)
    elif wait is not None and (spot is None or spot is False):
        message = "MaxWaitTimeInSeconds is only for spot training: remove it, or set EnableManagedSpotTraining"
        yield _finding(step, "stopping-condition", f"{where}/MaxWaitTimeInSeconds", message)
    elif isinstance(run, int) and isinstance(wait, int) and wait < run:
        message = f"expected at least MaxRuntimeInSeconds ({run} s), got {wait} s"
        yield _finding(step, "stopping-condition", f"{where}/MaxWaitTimeInSeconds", message)


def _lists(step: Step, value: object, where: str) -> Iterator[Finding]:
    """Yield repeated names in every list of named entries, and invalid expressions of metrics."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _lists(step, item, pointer(where, number))
    if not isinstance(value, Mapping):
        return
    for name, member in value.items():
        place = pointer(where, name)
        if name in _NAMED and isinstance(member, list):
            entries = [entry for entry in member if isinstance(entry, Mapping)]
            yield from _duplicates(step, [entry.get(_NAMED[name]) for entry in entries], place, _NAMED[name])
            paths = [
                source["LocalPath"].rstrip("/")
                for entry in entries
                for source in entry.values()
                if isinstance(source, Mapping) and isinstance(source.get("LocalPath"), str)
            ]
            yield from _duplicates(step, paths, place, "LocalPath")
            if name == "MetricDefinitions":
                yield from _regexes(step, entries, place)
        yield from _lists(step, member, place)


def _duplicates(step: Step, names: list[Any], where: str, what: str) -> Iterator[Finding]:
    texts = [name for name in names if isinstance(name, str)]
    for name in sorted({name for name in texts if texts.count(name) > 1}):
        yield _finding(step, "duplicate-entry", where, f"there are two entries with the {what} {name!r}: change one")


def _regexes(step: Step, entries: list[Mapping[str, Any]], where: str) -> Iterator[Finding]:
    for number, entry in enumerate(entries):
        regex = entry.get("Regex")
        if isinstance(regex, str):
            place = pointer(pointer(where, number), "Regex")
            try:
                groups = re.compile(regex).groups
            except (re.error, OverflowError, RecursionError) as error:
                yield _finding(step, "metric-regex", place, f"{shown(regex)} is not a regular expression: {error}")
                continue
            if not groups:
                yield _finding(
                    step, "metric-regex", place, f"{shown(regex)} has no group (…) around the number: add it"
                )
