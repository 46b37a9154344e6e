"""The small objects of a definition: parameters, and the options of a step besides its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagemaker.core.workflow import parameters
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow import retry, steps
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS = {
    "String": parameters.ParameterString,
    "Integer": parameters.ParameterInteger,
    "Float": parameters.ParameterFloat,
    "Boolean": parameters.ParameterBoolean,
}
# The name of a member in the definition, and in Python.
PARAMETER = {"Name": "name", "DefaultValue": "default_value", "EnumValues": "enum_values"}
STEP = {"Name": "name", "DisplayName": "display_name", "Description": "description", "DependsOn": "depends_on"}
CACHE = {"Enabled": "enable_caching", "ExpireAfter": "expire_after"}
FILE = {"PropertyFileName": "name", "OutputName": "output_name", "FilePath": "path"}
POLICY = {
    "BackoffRate": "backoff_rate",
    "IntervalSeconds": "interval_seconds",
    "MaxAttempts": "max_attempts",
    "ExpireAfterMin": "expire_after_mins",
    "ExceptionType": "exception_types",
}
EXCEPTIONS = {one.value: one for one in (*retry.StepExceptionTypeEnum, *retry.SageMakerJobExceptionTypeEnum)}


class CannotBeWrittenError(Exception):
    """The definition cannot be written with the SDK's objects."""


class NotReplayedError(Exception):
    """The SDK has a class for this, but the replay does not use it: the SDK's answer is unknown."""


def parameter(raw: Any) -> parameters.Parameter:
    """Return a parameter.

    Examples
    --------
    >>> parameter({"Name": "Folds", "Type": "Integer", "DefaultValue": 5}).default_value
    5
    """
    given = named(raw, PARAMETER)
    kind = raw.get("Type")
    if kind not in PARAMETERS:
        raise CannotBeWrittenError(f"there is no class for parameters of type {kind}")
    return PARAMETERS[kind](**given)


def options(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a step besides its arguments, for its class to take or to refuse.

    Examples
    --------
    >>> options({"Name": "A", "Type": "Training", "CacheConfig": {"Enabled": True}})
    {'name': 'A', 'cache_config': CacheConfig(enable_caching=True, expire_after=None)}
    """
    given = named(raw, STEP)
    if isinstance(given.get("depends_on"), list):
        given["depends_on"] = [_after(one) if isinstance(one, dict) else one for one in given["depends_on"]]
    if "CacheConfig" in raw:
        given["cache_config"] = steps.CacheConfig(**named(raw["CacheConfig"], CACHE))
    if "RetryPolicies" in raw:
        given["retry_policies"] = [_policy(named(one, POLICY)) for one in listed(raw, "RetryPolicies")]
    if "PropertyFiles" in raw:
        given["property_files"] = [PropertyFile(**named(one, FILE)) for one in listed(raw, "PropertyFiles")]
    return given


def _after(raw: Mapping[str, Any]) -> StepDependency:
    if raw.get("Trigger") not in [one.value for one in TriggerCondition]:
        raise CannotBeWrittenError(f"there is no trigger {raw.get('Trigger')}")
    return StepDependency(raw.get("Step"), TriggerCondition(raw["Trigger"]))


def _policy(given: dict[str, Any]) -> retry.RetryPolicy:
    types = [EXCEPTIONS.get(one, one) for one in given.get("exception_types", [])]  # a text if it is unknown
    of_job = any(isinstance(one, retry.SageMakerJobExceptionTypeEnum) for one in types)
    policy = retry.SageMakerJobStepRetryPolicy if of_job else retry.StepRetryPolicy
    return policy(**given | {"exception_types": types})


def named(raw: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the members that have a name in Python, under that name.

    The others are dropped here; the comparison of the whole definition finds them.
    """
    if not isinstance(raw, dict):
        raise CannotBeWrittenError(f"expected an object with {', '.join(names)}, got {raw!r}")
    return {names[member]: value for member, value in raw.items() if member in names}


def listed(holder: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list of objects; an empty one if it is absent."""
    value = holder.get(name, [])
    if not isinstance(value, list):
        raise CannotBeWrittenError(f"{name}: expected a list of objects, got {value!r}")
    return value
