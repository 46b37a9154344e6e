"""Check a step's arguments with the SDK's own request classes (``ProcessingJob.create`` and the shapes it takes).

The SDK does not call them on the way to a definition: Processor and ModelTrainer pass most arguments on unchecked. A
user who writes every argument through `sagemaker.core.shapes` would get these checks. So this is the upper bound of
what the SDK can find.
"""

from __future__ import annotations

import functools
import inspect
import json
import typing
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model
from sagemaker.core import resources
from sagemaker.core.utils.code_injection.shape_dag import SHAPE_DAG
from sagemaker.core.utils.utils import pascal_to_snake

REQUESTS = {  # by step type: the class whose `create` takes the arguments, and the name of its request
    "Processing": (resources.ProcessingJob, "CreateProcessingJobRequest"),
    "Training": (resources.TrainingJob, "CreateTrainingJobRequest"),
    "Transform": (resources.TransformJob, "CreateTransformJobRequest"),
    "Tuning": (resources.HyperParameterTuningJob, "CreateHyperParameterTuningJobRequest"),
    "Model": (resources.Model, "CreateModelInput"),
    "RegisterModel": (resources.ModelPackage, "CreateModelPackageInput"),
}


class CorrectedError(Exception):
    """The class corrected a wrong value: the mistake would not have reached the definition."""


def check(kind: str, arguments: dict[str, Any]) -> None:
    """Check a step's arguments.

    Raises
    ------
    pydantic.ValidationError
        If the classes refuse them.
    CorrectedError
        If the classes correct a value, as ``"1"`` to 1.

    Examples
    --------
    >>> check("Model", {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/a", "PrimaryContainer": {"Image": "a"}})
    >>> check("Model", {"PrimaryContainer": {"ImageUri": "a"}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: 1 validation error for CreateModelInput...
    """
    expected = request_class(kind)
    given = spelt(arguments, expected)
    taken = expected.model_validate(given).model_dump(exclude_unset=True, warnings=False)
    if _text(taken) != _text(given):
        raise CorrectedError("a value of another type became the right one")


def _text(request: dict[str, Any]) -> str:
    return json.dumps(request, sort_keys=True, default=id)  # references are the same objects before and after


@functools.cache
def request_class(kind: str) -> type[BaseModel]:
    """Return a class of what the step type's ``create`` takes, without the name, which the service makes.

    Examples
    --------
    >>> list(request_class("Processing").model_fields)[:3]
    ['processing_resources', 'app_specification', 'role_arn']
    """
    resource, request = REQUESTS[kind]
    create = inspect.unwrap(resource.create.__func__)
    types = typing.get_type_hints(create)
    _cls, _name, *members = inspect.signature(create).parameters.values()
    fields = {
        member.name: (types[member.name], ... if member.default is member.empty else member.default)
        for member in members
        if member.name not in ("session", "region")
    }
    config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", protected_namespaces=())
    return create_model(request, __config__=config, **fields)


def spelt(value: Any, expected: Any) -> Any:
    """Spell the known members of a request as their classes do; the keys of a map stay unchanged.

    Examples
    --------
    >>> spelt({"RoleArn": "a", "Rolearn": "b", "Environment": {"MyLevel": "1"}}, request_class("Processing"))
    {'role_arn': 'a', 'Rolearn': 'b', 'environment': {'MyLevel': '1'}}
    """
    if inspect.isclass(expected) and issubclass(expected, BaseModel) and isinstance(value, dict):
        spellings = _spellings(expected)
        names = {name: spellings.get(name, name) for name in value}
        types = {name: field.annotation for name, field in expected.model_fields.items()}
        return {names[name]: spelt(member, types.get(names[name])) for name, member in value.items()}
    inside = typing.get_args(expected)
    if typing.get_origin(expected) is list and isinstance(value, list):
        return [spelt(member, inside[0]) for member in value]
    if typing.get_origin(expected) is typing.Union:
        # Mostly Optional: the one alternative that has members to spell.
        return next((changed for one in inside if (changed := spelt(value, one)) != value), value)
    return value


@functools.cache
def _spellings(shape: type[BaseModel]) -> dict[str, str]:
    """Return the members of a shape as the service names them, and as its class does."""
    if shape.__name__ not in SHAPE_DAG:  # a class that the service's model does not have, such as ContainersItem
        return {"".join(word.capitalize() for word in name.split("_")): name for name in shape.model_fields}
    return {member["name"]: pascal_to_snake(member["name"]) for member in SHAPE_DAG[shape.__name__]["members"]}
