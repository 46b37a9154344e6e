"""Check retry policies: on a step that can be retried, for known exceptions, with one limit."""

from collections.abc import Iterator, Mapping
from typing import Any

from step_scripts.preflight.definition import Definition, Step
from step_scripts.preflight.finding import Finding, nearest, pointer, shown

RETRIED = frozenset(
    {
        *("AutoML", "ClarifyCheck", "EMR", "Endpoint", "EndpointConfig", "Model", "Processing", "QualityCheck"),
        *("RegisterModel", "Training", "Transform", "Tuning"),
        *("EMRServerless", "Job"),  # their classes in SDK v3 have retry policies
    }
)
EXCEPTIONS = frozenset(
    {
        *("Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"),
        *("SageMaker.RESOURCE_LIMIT", "SageMaker.JOB_FAILED"),
    }
)
MAX = {"MaxAttempts": 20, "ExpireAfterMin": 14_400}  # times, minutes
# Minimum values (retry.py of SDK v3).
MIN = {"BackoffRate": 1, "IntervalSeconds": 1}
MEMBERS = frozenset({*MAX, *MIN, "ExceptionType"})


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what the service refuses in the retry policies of a step."""
    for step in definition.steps:
        retries = step.raw.get("RetryPolicies")
        if not retries:
            continue
        where = f"{step.where}/RetryPolicies"
        if step.type not in RETRIED:
            yield _finding(step, where, f"a {step.type} step cannot be retried: remove RetryPolicies")
        if not isinstance(retries, list):
            yield _finding(step, where, f"RetryPolicies: expected a list, got {shown(retries)}: put it into brackets")
            continue
        for number, retry in enumerate(retries):
            place = pointer(where, number)
            if isinstance(retry, Mapping):
                yield from _bounds(step, retry, place)
                yield from _exceptions(step, retry.get("ExceptionType"), f"{place}/ExceptionType")
            else:
                yield _finding(step, place, f"expected an object, got {shown(retry)}")


def _finding(step: Step, where: str, message: str) -> Finding:
    return Finding(where, "retry", "error", step.name, message)


def _bounds(step: Step, retry: Mapping[str, Any], where: str) -> Iterator[Finding]:
    given = [name for name in MAX if retry.get(name) is not None]
    if len(given) != 1:
        yield _finding(step, where, f"expected one of {' and '.join(MAX)}, got {' and '.join(given) or 'neither'}")
    for name in given:
        value, most = retry[name], MAX[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            yield _finding(step, pointer(where, name), f"expected 1 to {most}, got {shown(value)}")
    for name, least in MIN.items():
        value = retry.get(name, least)
        if not isinstance(value, int | float) or value < least:
            yield _finding(step, pointer(where, name), f"expected a number, at least {least}, got {shown(value)}")
    for name in set(retry) - MEMBERS:
        yield _finding(step, pointer(where, name), f"a retry policy has no {name}: {nearest(str(name), MEMBERS)}")


def _exceptions(step: Step, types: object, where: str) -> Iterator[Finding]:
    if not isinstance(types, list) or not types:
        yield _finding(step, where, f"expected a list of at least one exception, got {shown(types)}")
        return
    for one in types:
        if not isinstance(one, str) or one not in EXCEPTIONS:
            yield _finding(step, where, f"there is no exception {one!r}: {nearest(str(one), EXCEPTIONS)}")
