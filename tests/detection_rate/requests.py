"""What the SDK's own request classes (``ProcessingJob.create`` and the shapes that it takes) say of a step's arguments.

Nothing calls them on the way to a definition: Processor and ModelTrainer take most of what they are given as it is. It
is what a user gets who writes every argument through `sagemaker.core.shapes`, and so the most that the SDK could say.
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

REQUESTS = {  # of a step type: the class whose `create` takes them, and the name of the request that it makes
    "Processing": (resources.ProcessingJob, "CreateProcessingJobRequest"),
    "Training": (resources.TrainingJob, "CreateTrainingJobRequest"),
    "Transform": (resources.TransformJob, "CreateTransformJobRequest"),
    "Tuning": (resources.HyperParameterTuningJob, "CreateHyperParameterTuningJobRequest"),
    "Model": (resources.Model, "CreateModelInput"),
    "RegisterModel": (resources.ModelPackage, "CreateModelPackageInput"),
}


class MendedError(Exception):
    """The class made something right of a wrong value: the mistake would not have reached the definition."""


def check(kind: str, arguments: dict[str, Any]) -> None:
    """Check a step's arguments.

    Raises
    ------
    pydantic.ValidationError
        If the classes refuse them.
    MendedError
        If they take them for something else, as ``"1"`` for 1.

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
        raise MendedError("a value of another type became the right one")


def _text(request: dict[str, Any]) -> str:
    return json.dumps(request, sort_keys=True, default=id)  # references are the same objects before and after


@functools.cache
def request_class(kind: str) -> type[BaseModel]:
    """Return a class of what the step type's ``create`` takes, but for the name, which the service makes.

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
    """Spell a request's members as their classes do, known ones only; the keys of a map stay as they are.

    Examples
    --------
    >>> spelt({"RoleArn": "a", "Rolearn": "b", "Environment": {"MyLevel": "1"}}, request_class("Processing"))
    {'role_arn': 'a', 'Rolearn': 'b', 'environment': {'MyLevel': '1'}}
    """
    if inspect.isclass(expected) and issubclass(expected, BaseModel) and isinstance(value, dict):
        spellings = {one["name"]: pascal_to_snake(one["name"]) for one in SHAPE_DAG[expected.__name__]["members"]}
        names = {name: spellings.get(name, name) for name in value}
        types = {name: field.annotation for name, field in expected.model_fields.items()}
        return {names[name]: spelt(member, types.get(names[name])) for name, member in value.items()}
    inside = typing.get_args(expected)
    if typing.get_origin(expected) is list and isinstance(value, list):
        return [spelt(member, inside[0]) for member in value]
    if typing.get_origin(expected) is typing.Union:
        # Optional, mostly: the one alternative that has members to spell.
        return next((said for one in inside if (said := spelt(value, one)) != value), value)
    return value
