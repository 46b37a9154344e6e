"""Check conditions: a known type, its operands, and operands that can be compared."""

from collections.abc import Iterator, Mapping

from step_scripts.preflight.definition import Definition, Step, function_of
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.properties import NOT_TEXT, type_of

# The operands of each condition.
CONDITIONS = {
    **dict.fromkeys(
        ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"), ("LeftValue", "RightValue")
    ),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
MEMBERS = ("Conditions", "IfSteps", "ElseSteps")
# Kinds of operands by the types of shapes and of parameters.
KINDS = {
    "boolean": "true or false",
    **dict.fromkeys(("double", "float", "integer", "long"), "a number"),
    "string": "a text",
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield conditions that the service refuses, or that are never or always true."""
    for step in definition.steps:
        if step.type != "Condition":
            continue
        for name in step.arguments:
            if name not in MEMBERS:
                message = f"a Condition step has no {name}: {nearest(name, MEMBERS)}"
                yield Finding(pointer(f"{step.where}/Arguments", name), "unknown-member", "error", step.name, message)
        where = f"{step.where}/Arguments/Conditions"
        conditions = step.arguments.get("Conditions")
        if not isinstance(conditions, list) or not conditions:
            message = f"expected a list of at least one condition, got {shown(conditions)}"
            yield _finding(step, where, message)
            continue
        for number, one in enumerate(conditions):
            yield from _condition(definition, step, one, pointer(where, number))


def _finding(step: Step, where: str, message: str) -> Finding:
    return Finding(where, "condition", "error", step.name, message)


def _condition(definition: Definition, step: Step, condition: object, where: str) -> Iterator[Finding]:
    kind = condition.get("Type") if isinstance(condition, Mapping) else None
    if not isinstance(condition, Mapping) or not isinstance(kind, str) or kind not in CONDITIONS:
        yield _finding(step, where, f"there is no condition {kind!r}: {nearest(str(kind), CONDITIONS)}")
        return
    yield from _members(step, condition, kind, where)
    if kind == "Or":
        parts = condition.get("Conditions")
        if "Conditions" in condition and (not isinstance(parts, list) or not parts):
            message = f"expected a list of at least one condition, got {shown(parts)}"
            yield _finding(step, f"{where}/Conditions", message)
        for number, part in enumerate(parts if isinstance(parts, list) else []):
            yield from _condition(definition, step, part, pointer(f"{where}/Conditions", number))
    elif kind == "Not":
        if "Condition" in condition:
            yield from _condition(definition, step, condition["Condition"], f"{where}/Condition")
    else:
        yield from _operands(definition, step, condition, where)


def _members(step: Step, condition: Mapping[str, object], kind: str, where: str) -> Iterator[Finding]:
    for operand in CONDITIONS[kind]:
        if operand not in condition:
            yield _finding(step, where, f"{kind} needs {operand}, which is absent: add it")
    known = ("Type", *CONDITIONS[kind])
    for name in condition:
        if name not in known:
            yield _finding(step, pointer(where, name), f"{kind} has no {name}: {nearest(str(name), known)}")


def _operands(definition: Definition, step: Step, condition: Mapping[str, object], where: str) -> Iterator[Finding]:
    kind = condition["Type"]
    if kind == "In":
        values = condition.get("Values", [])
        if not isinstance(values, list) or not values:
            message = f"expected a list of at least one value, got {shown(values)}"
            yield _finding(step, f"{where}/Values", message)
            return
        left, rights = (
            ("QueryValue", condition.get("QueryValue")),
            [(f"Values/{number}", value) for number, value in enumerate(values)],
        )
    else:
        left, rights = ("LeftValue", condition.get("LeftValue")), [("RightValue", condition.get("RightValue"))]
    for operand, value in (left, *rights):
        if operand.partition("/")[0] in condition and (why := _not_comparable(value, definition)):
            yield _finding(step, f"{where}/{operand}", why)
    for operand, value in (left, *rights) if kind not in {"Equals", "In"} else ():
        if (what := _kind(value, definition)) not in {None, "a number"}:
            message = f"{kind} compares numbers: expected a number, got {shown(value)}, which is {what}"
            yield _finding(step, f"{where}/{operand}", message)
    for operand, value in rights if kind in {"Equals", "In"} else ():
        if why := _never(left[1], value, definition):
            yield _finding(step, f"{where}/{operand}", why)


def _not_comparable(value: object, definition: Definition) -> str | None:
    """Return why a value cannot be compared, or None."""
    if not isinstance(value, str | int | float) and function_of(value) is None:
        return f"expected a value or a function, got {shown(value)}"
    if (what := type_of(value, definition)) in NOT_TEXT:
        return f"{shown(value)} is {NOT_TEXT[what]}, which cannot be compared: refer to a member of it"
    return None


def _never(left: object, right: object, definition: Definition) -> str | None:
    """Return why two operands are never equal, or None."""
    kinds = (_kind(left, definition), _kind(right, definition))
    if None not in kinds and kinds[0] != kinds[1]:
        return f"{shown(left)} is {kinds[0]} and {shown(right)} is {kinds[1]}: they are never equal"
    listed = _listed(left, definition)
    if listed and isinstance(right, str) and right not in listed:
        return f"{shown(left)} is never {right!r}: {nearest(right, map(str, listed))}"
    return None


def _listed(value: object, definition: Definition) -> list[object]:
    """Return the values that an operand may have, if it is a parameter that lists them."""
    target = value.get("Get") if isinstance(value, Mapping) else None
    name = target.removeprefix("Parameters.") if isinstance(target, str) else ""
    listed = definition.parameters.get(name, {}).get("EnumValues")
    return listed if isinstance(listed, list) else []


def _kind(value: object, definition: Definition) -> str | None:
    """Return the kind of an operand, for messages, or None if it is unknown before the run."""
    if function_of(value) is not None:
        return KINDS.get(type_of(value, definition) or "")
    if isinstance(value, bool):
        return KINDS["boolean"]
    return KINDS["integer"] if isinstance(value, int | float) else KINDS["string"] if isinstance(value, str) else None
