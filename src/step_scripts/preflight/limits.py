"""Names and numbers that the service bounds and its model of requests does not carry.

Source of the bounds: "Amazon SageMaker AI endpoints and quotas" and "Pipelines" in the developer guide.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sized
from typing import Any

from step_scripts.preflight.definition import PARAMETER_TYPES, Definition, references
from step_scripts.preflight.finding import Finding, nearest, pointer, shown

MOST_STEPS = 50
MOST_PARAMETERS = 200
MOST_ENUM_VALUES = 16
LONGEST_VALUE = 2048  # characters of a default or of a value of an enum
MOST_CONDITIONS = 200
MOST_IN_BRANCH = 20
MOST_PROPERTY_FILES = 10
MOST_JSON_GETS = 200
LARGEST_DEFINITION = 2**20  # bytes
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")


def check(definition: Definition, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield names and counts outside their bounds, and parameters that contradict themselves."""
    size = len(json.dumps(document).encode())
    if size > LARGEST_DEFINITION:
        message = f"the definition has {size:,} bytes, at most {LARGEST_DEFINITION:,} are taken: split the pipeline"
        yield Finding("", "too-many", "error", None, message)
    yield from _count(definition.steps, MOST_STEPS, "/Steps", "steps")
    yield from _count(definition.parameters, MOST_PARAMETERS, "/Parameters", "parameters")
    gets = [where for where, function, _ in references(document.get("Steps"), "/Steps") if function == "Std:JsonGet"]
    yield from _count(gets, MOST_JSON_GETS, "/Steps", "uses of Std:JsonGet")
    for name, parameter in definition.parameters.items():
        yield from _parameter(name, parameter, definition.where_of[name])
    for step in definition.steps:
        if not STEP_NAME.fullmatch(step.name):
            message = f"{shown(step.name)}: expected 1 to 64 letters, digits, hyphens and underscores"
            yield Finding(pointer(step.where, "Name"), "name", "error", step.name, message)
        yield from _count(
            step.raw.get("PropertyFiles"),
            MOST_PROPERTY_FILES,
            f"{step.where}/PropertyFiles",
            "property files",
            step.name,
        )
        if step.type == "Condition":
            for member, most in (
                ("Conditions", MOST_CONDITIONS),
                ("IfSteps", MOST_IN_BRANCH),
                ("ElseSteps", MOST_IN_BRANCH),
            ):
                yield from _count(
                    step.arguments.get(member), most, f"{step.where}/Arguments/{member}", member, step.name
                )


def _count(items: object, most: int, where: str, what: str, step: str | None = None) -> Iterator[Finding]:
    if isinstance(items, Sized) and len(items) > most:
        yield Finding(where, "too-many", "error", step, f"{len(items)} {what}: at most {most} are taken")


def _parameter(name: str, parameter: Mapping[str, Any], where: str) -> Iterator[Finding]:
    def finding(rule: str, member: str, message: str) -> Finding:
        return Finding(pointer(where, member), rule, "error", None, message)

    if not PARAMETER_NAME.fullmatch(name):
        yield finding("name", "Name", f"{shown(name)}: expected 1 to 64 letters, digits, hyphens and underscores")
    kind = parameter.get("Type")
    if not isinstance(kind, str) or kind not in PARAMETER_TYPES:
        yield finding(
            "parameter-type", "Type", f"{name}: there is no type {kind!r}: {nearest(str(kind), PARAMETER_TYPES)}"
        )
        return
    yield from _values(name, parameter, kind, where)


def _values(name: str, parameter: Mapping[str, Any], kind: str, where: str) -> Iterator[Finding]:
    """Look at the values that a parameter may have, and at the one that it has when nobody says otherwise."""

    def finding(rule: str, member: str, message: str) -> Finding:
        return Finding(pointer(where, member), rule, "error", None, message)

    enum = parameter.get("EnumValues")
    if enum is not None and not isinstance(enum, list):
        yield finding("structure", "EnumValues", f"{name}: EnumValues is a list, not {shown(enum)}")
        enum = None
    if enum == []:
        yield finding("parameter-default", "EnumValues", f"{name} may have no value at all: list some, or take it out")
    yield from _count(enum, MOST_ENUM_VALUES, pointer(where, "EnumValues"), f"values of {name}")
    default = parameter.get("DefaultValue")
    for value, member in [(default, "DefaultValue"), *((one, "EnumValues") for one in enum or ())]:
        if value is None:
            continue
        if not _is_a(value, kind):
            yield finding("parameter-default", member, f"{name} is of type {kind}: {shown(value)} is none")
        elif isinstance(value, str) and len(value) > LONGEST_VALUE:
            yield finding("too-many", member, f"{name}: {len(value)} characters, at most {LONGEST_VALUE} are taken")
    if enum and default is not None and default not in enum:
        message = f"{name}: the default {default!r} is none of its values: {nearest(str(default), map(str, enum))}"
        yield finding("parameter-default", "DefaultValue", message)


def _is_a(value: object, kind: str) -> bool:
    if isinstance(value, bool) or kind == "Boolean":
        return isinstance(value, bool) and kind == "Boolean"
    return isinstance(value, int | float) if kind == "Float" else isinstance(value, PARAMETER_TYPES[kind])
