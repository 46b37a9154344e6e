"""Check the service's limits that are not in its model of requests.

Source of the bounds: "Amazon SageMaker AI endpoints and quotas" and "Pipelines" in the developer guide.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sized
from typing import Any

from step_scripts.preflight.definition import PARAMETER_TYPES, Definition, references
from step_scripts.preflight.finding import Finding, nearest, pointer, shown

MAX_STEPS = 50
MAX_PARAMETERS = 200
MAX_ENUM_VALUES = 16
MAX_VALUE_LENGTH = 2048  # characters of a default or of an enum value
MAX_CONDITIONS = 200
MAX_IN_BRANCH = 20
MAX_PROPERTY_FILES = 10
MAX_JSON_GETS = 200
MAX_DEFINITION_BYTES = 2**20  # bytes
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")


def check(definition: Definition, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield names and counts outside their limits, and contradictory parameters."""
    size = len(json.dumps(document).encode())
    if size > MAX_DEFINITION_BYTES:
        message = f"expected at most {MAX_DEFINITION_BYTES:,} bytes, got {size:,}: split the pipeline"
        yield Finding("", "too-many", "error", None, message)
    yield from _count(definition.steps, MAX_STEPS, "/Steps", "steps")
    yield from _count(definition.parameters, MAX_PARAMETERS, "/Parameters", "parameters")
    gets = [where for where, function, _ in references(document.get("Steps"), "/Steps") if function == "Std:JsonGet"]
    yield from _count(gets, MAX_JSON_GETS, "/Steps", "uses of Std:JsonGet")
    for name, parameter in definition.parameters.items():
        yield from _parameter(name, parameter, definition.where_of[name])
    for step in definition.steps:
        if not STEP_NAME.fullmatch(step.name):
            message = f"expected 1 to 64 letters, digits, hyphens and underscores, got {shown(step.name)}"
            yield Finding(pointer(step.where, "Name"), "name", "error", step.name, message)
        yield from _count(
            step.raw.get("PropertyFiles"),
            MAX_PROPERTY_FILES,
            f"{step.where}/PropertyFiles",
            "property files",
            step.name,
        )
        if step.type == "Condition":
            for member, most in (
                ("Conditions", MAX_CONDITIONS),
                ("IfSteps", MAX_IN_BRANCH),
                ("ElseSteps", MAX_IN_BRANCH),
            ):
                yield from _count(
                    step.arguments.get(member), most, f"{step.where}/Arguments/{member}", member, step.name
                )


def _count(items: object, most: int, where: str, what: str, step: str | None = None) -> Iterator[Finding]:
    if isinstance(items, Sized) and len(items) > most:
        yield Finding(where, "too-many", "error", step, f"expected at most {most} {what}, got {len(items)}")


def _parameter(name: str, parameter: Mapping[str, Any], where: str) -> Iterator[Finding]:
    def finding(rule: str, member: str, message: str) -> Finding:
        return Finding(pointer(where, member), rule, "error", None, message)

    if not PARAMETER_NAME.fullmatch(name):
        yield finding("name", "Name", f"expected 1 to 64 letters, digits, hyphens and underscores, got {shown(name)}")
    kind = parameter.get("Type")
    if not isinstance(kind, str) or kind not in PARAMETER_TYPES:
        yield finding(
            "parameter-type", "Type", f"{name}: there is no type {kind!r}: {nearest(str(kind), PARAMETER_TYPES)}"
        )
        return
    yield from _values(name, parameter, kind, where)


def _values(name: str, parameter: Mapping[str, Any], kind: str, where: str) -> Iterator[Finding]:
    """Yield invalid enum values and defaults of a parameter."""

    def finding(rule: str, member: str, message: str) -> Finding:
        return Finding(pointer(where, member), rule, "error", None, message)

    enum = parameter.get("EnumValues")
    if enum is not None and not isinstance(enum, list):
        yield finding("structure", "EnumValues", f"{name}: expected a list of EnumValues, got {shown(enum)}")
        enum = None
    if enum == []:
        yield finding(
            "parameter-default",
            "EnumValues",
            f"{name} can have no value, because EnumValues is empty: list some, or remove EnumValues",
        )
    yield from _count(enum, MAX_ENUM_VALUES, pointer(where, "EnumValues"), f"values of {name}")
    default = parameter.get("DefaultValue")
    for value, member in [(default, "DefaultValue"), *((one, "EnumValues") for one in enum or ())]:
        if value is None:
            continue
        if not _is_a(value, kind):
            yield finding("parameter-default", member, f"{name}: expected a value of type {kind}, got {shown(value)}")
        elif isinstance(value, str) and len(value) > MAX_VALUE_LENGTH:
            yield finding(
                "too-many", member, f"{name}: expected at most {MAX_VALUE_LENGTH} characters, got {len(value)}"
            )
    if enum and default is not None and default not in enum:
        message = f"{name}: the default {default!r} is not one of EnumValues: {nearest(str(default), map(str, enum))}"
        yield finding("parameter-default", "DefaultValue", message)


def _is_a(value: object, kind: str) -> bool:
    if isinstance(value, bool) or kind == "Boolean":
        return isinstance(value, bool) and kind == "Boolean"
    return isinstance(value, int | float) if kind == "Float" else isinstance(value, PARAMETER_TYPES[kind])
