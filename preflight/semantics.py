"""What follows the shapes and still makes no sense: caches, retries, conditions, metrics, repeated names."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from preflight.definition import Definition, Step, function_of
from preflight.finding import Finding, nearest, pointer, shown

CACHED = frozenset({"AutoML", "ClarifyCheck", "EMR", "Processing", "QualityCheck", "Training", "Transform", "Tuning"})
RETRIED = frozenset(
    {
        *("AutoML", "ClarifyCheck", "EMR", "Endpoint", "EndpointConfig", "Model", "Processing", "QualityCheck"),
        *("RegisterModel", "Training", "Transform", "Tuning"),
    }
)
EXCEPTIONS = frozenset(
    {
        *("Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"),
        *("SageMaker.RESOURCE_LIMIT", "SageMaker.JOB_FAILED"),
    }
)
# The operands of each condition.
CONDITIONS = {
    **dict.fromkeys(
        ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"), ("LeftValue", "RightValue")
    ),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
MOST_ATTEMPTS, LONGEST_RETRY = 20, 14_400  # minutes
# ISO 8601, and the shorter form that the developer guide shows.
_DURATION = re.compile(
    r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?"
    r"|(?=.)(\d+y)?(\d+w)?(\d+d)?(T(?=\d)(\d+h)?(\d+m)?(\d+s)?)?"
)
# Lists whose entries have a name of their own, by the member that holds it.
_NAMED = {
    "ProcessingInputs": "InputName",
    "Outputs": "OutputName",
    "InputDataConfig": "ChannelName",
    "MetricDefinitions": "Name",
    "ProductionVariants": "VariantName",
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what the service refuses although each value is of its type."""
    for step in definition.steps:
        yield from _cache(step)
        yield from _retries(step)
        if step.type == "Condition":
            conditions = step.arguments.get("Conditions")
            for number, one in enumerate(conditions if isinstance(conditions, list) else []):
                yield from _condition(step, one, pointer(f"{step.where}/Arguments/Conditions", number))
        else:
            yield from _lists(step, step.arguments, f"{step.where}/Arguments")


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
        yield _finding(step, "cache", where, f"a {step.type} step has no cache: take it out")
    after = config.get("ExpireAfter")
    if after is not None and not (isinstance(after, str) and _DURATION.fullmatch(after)):
        message = f"{shown(after)} is no duration: expected ISO 8601, such as 'P30D' for 30 days or 'PT6H' for 6 hours"
        yield _finding(step, "cache", f"{where}/ExpireAfter", message)


def _retries(step: Step) -> Iterator[Finding]:
    policies = step.raw.get("RetryPolicies")
    if not policies:
        return
    where = f"{step.where}/RetryPolicies"
    if step.type not in RETRIED:
        yield _finding(step, "retry", where, f"a {step.type} step is not retried: take the policies out")
    for number, policy in enumerate(policies if isinstance(policies, list) else [policies]):
        place = pointer(where, number)
        if not isinstance(policy, Mapping):
            yield _finding(step, "retry", place, f"a policy is an object, not {shown(policy)}")
            continue
        bounds = [name for name in ("MaxAttempts", "ExpireAfterMin") if policy.get(name) is not None]
        if len(bounds) != 1:
            yield _finding(step, "retry", place, f"expected one of MaxAttempts and ExpireAfterMin, got {len(bounds)}")
        for name, most in (("MaxAttempts", MOST_ATTEMPTS), ("ExpireAfterMin", LONGEST_RETRY)):
            value = policy.get(name)
            if value is not None and not (
                isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
            ):
                yield _finding(step, "retry", pointer(place, name), f"{shown(value)}: expected 1 to {most}")
        types = policy.get("ExceptionType")
        for one in types if isinstance(types, list) else [types]:
            if not isinstance(one, str) or one not in EXCEPTIONS:
                yield _finding(
                    step,
                    "retry",
                    pointer(place, "ExceptionType"),
                    f"{one!r} is no exception: {nearest(str(one), EXCEPTIONS)}",
                )


def _condition(step: Step, condition: object, where: str) -> Iterator[Finding]:
    kind = condition.get("Type") if isinstance(condition, Mapping) else None
    if not isinstance(condition, Mapping) or not isinstance(kind, str) or kind not in CONDITIONS:
        message = f"there is no condition {kind!r}: {nearest(str(kind), CONDITIONS)}"
        yield _finding(step, "condition", where, message)
        return
    for operand in CONDITIONS[kind]:
        if operand not in condition:
            yield _finding(step, "condition", where, f"{kind} needs {operand}, and it is absent: add it")
    if kind == "Or":
        parts = condition.get("Conditions")
        for number, part in enumerate(parts if isinstance(parts, list) else []):
            yield from _condition(step, part, pointer(f"{where}/Conditions", number))
    elif kind == "Not" and "Condition" in condition:
        yield from _condition(step, condition["Condition"], f"{where}/Condition")
    elif len(CONDITIONS[kind]) == 2 and kind not in {"Equals", "In"}:
        for operand in CONDITIONS[kind]:
            value = condition.get(operand)
            if isinstance(value, str | bool) and function_of(value) is None:
                message = f"{kind} compares numbers, and {shown(value)} is none"
                yield _finding(step, "condition", pointer(where, operand), message)


def _lists(step: Step, value: object, where: str) -> Iterator[Finding]:
    """Look at every list of named entries, wherever it stands, and at what its entries hold."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _lists(step, item, pointer(where, number))
    if not isinstance(value, Mapping):
        return
    for name, member in value.items():
        place = pointer(where, name)
        if name in _NAMED and isinstance(member, list):
            entries = [entry for entry in member if isinstance(entry, Mapping)]
            yield from _twice(step, [entry.get(_NAMED[name]) for entry in entries], place, _NAMED[name])
            paths = [
                source.get("LocalPath") for entry in entries for source in entry.values() if isinstance(source, Mapping)
            ]
            yield from _twice(step, paths, place, "LocalPath")
            if name == "MetricDefinitions":
                yield from _regexes(step, entries, place)
        yield from _lists(step, member, place)


def _twice(step: Step, names: list[Any], where: str, what: str) -> Iterator[Finding]:
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
            except re.error as error:
                yield _finding(step, "metric-regex", place, f"{shown(regex)} is no regular expression: {error}")
                continue
            if not groups:
                yield _finding(
                    step, "metric-regex", place, f"{shown(regex)} has no group (…) around the number: add it"
                )
