"""Retry policies: of a step that is retried, for exceptions that there are, with one end."""

from collections.abc import Iterator, Mapping
from typing import Any

from step_scripts.preflight.definition import Definition, Step
from step_scripts.preflight.finding import Finding, nearest, pointer, shown

RETRIED = frozenset(
    {
        *("AutoML", "ClarifyCheck", "EMR", "Endpoint", "EndpointConfig", "Model", "Processing", "QualityCheck"),
        *("RegisterModel", "Training", "Transform", "Tuning"),
        *("EMRServerless", "Job"),  # SDK v3's classes take policies
    }
)
EXCEPTIONS = frozenset(
    {
        *("Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"),
        *("SageMaker.RESOURCE_LIMIT", "SageMaker.JOB_FAILED"),
    }
)
MOST = {"MaxAttempts": 20, "ExpireAfterMin": 14_400}  # times, minutes
# The least of each, of a policy (retry.py of SDK v3).
LEAST = {"BackoffRate": 1, "IntervalSeconds": 1}
MEMBERS = frozenset({*MOST, *LEAST, "ExceptionType"})


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what the service refuses in the policies of a step."""
    for step in definition.steps:
        policies = step.raw.get("RetryPolicies")
        if not policies:
            continue
        where = f"{step.where}/RetryPolicies"
        if step.type not in RETRIED:
            yield _finding(step, where, f"a {step.type} step is not retried: take the policies out")
        if not isinstance(policies, list):
            yield _finding(step, where, f"RetryPolicies is a list, not {shown(policies)}: put it into brackets")
            continue
        for number, policy in enumerate(policies):
            place = pointer(where, number)
            if isinstance(policy, Mapping):
                yield from _bounds(step, policy, place)
                yield from _exceptions(step, policy.get("ExceptionType"), f"{place}/ExceptionType")
            else:
                yield _finding(step, place, f"a policy is an object, not {shown(policy)}")


def _finding(step: Step, where: str, message: str) -> Finding:
    return Finding(where, "retry", "error", step.name, message)


def _bounds(step: Step, policy: Mapping[str, Any], where: str) -> Iterator[Finding]:
    given = [name for name in MOST if policy.get(name) is not None]
    if len(given) != 1:
        yield _finding(step, where, f"expected one of {' and '.join(MOST)}, got {' and '.join(given) or 'neither'}")
    for name in given:
        value, most = policy[name], MOST[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            yield _finding(step, pointer(where, name), f"{shown(value)}: expected 1 to {most}")
    for name, least in LEAST.items():
        value = policy.get(name, least)
        if not isinstance(value, int | float) or value < least:
            yield _finding(step, pointer(where, name), f"{shown(value)}: expected a number, at least {least}")
    for name in set(policy) - MEMBERS:
        yield _finding(step, pointer(where, name), f"a policy has no {name}: {nearest(str(name), MEMBERS)}")


def _exceptions(step: Step, types: object, where: str) -> Iterator[Finding]:
    if not isinstance(types, list) or not types:
        yield _finding(step, where, f"expected a list of at least one exception, got {shown(types)}")
        return
    for one in types:
        if not isinstance(one, str) or one not in EXCEPTIONS:
            yield _finding(step, where, f"{one!r} is no exception: {nearest(str(one), EXCEPTIONS)}")
