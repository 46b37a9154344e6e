"""Compare each step's arguments with the shape of the request that the service makes from them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from step_scripts.preflight import model
from step_scripts.preflight.definition import BRANCHES, STEP_MEMBERS, Definition, Step, found_at, function_of
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.model import Shape
from step_scripts.preflight.properties import EXPERIMENT, type_of
from step_scripts.preflight.values import UNKNOWN, parameters_in, value_of

# From types of shapes to types of values in JSON; a whole number is also a number.
KINDS: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (Mapping,),
    "string": (str,),
    "structure": (Mapping,),
    "timestamp": (str, int, float),
}
# Which results of functions fit which shape; a shape that is not listed takes only its own type.
FITS = {"double": {"float", "integer"}, "float": {"float", "integer"}, "long": {"integer"}, "timestamp": {"string"}}
# Types of shapes in messages.
WORDS = {
    "boolean": "true or false",
    "double": "a number",
    "float": "a number",
    "integer": "a whole number",
    "list": "a list",
    "long": "a whole number",
    "map": "an object",
    "string": "a text",
    "structure": "an object",
    "timestamp": "a time",
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield what the service's model refuses in arguments of steps, and in the names of an experiment."""
    experiment = definition.settings.get("PipelineExperimentConfig")
    names = model.part("sagemaker", "ExperimentConfig").members
    for name in EXPERIMENT:
        if isinstance(experiment, Mapping) and experiment.get(name) is not None:
            where = f"/PipelineExperimentConfig/{name}"
            yield from _Walk(definition, None).value(names[name], experiment[name], where)
    for step in definition.steps:
        walk = _Walk(definition, step)
        where = f"{step.where}/Arguments"
        shape = model.request(step.type)
        for name in step.raw:
            if name not in STEP_MEMBERS and name in (BRANCHES.get(step.type, ()) if shape is None else shape.members):
                message = f"a step has no {name}: move it into Arguments"
                yield walk.finding("unknown-member", pointer(step.where, name), message)
        if shape is not None:
            yield from walk.value(shape, step.arguments, where, given=model.GENERATED_NAMES.get(step.type, ()))
        for path, service, name, given in model.PARTS.get(step.type, ()):
            for place, value in found_at(step.arguments, path, where):
                yield from walk.value(model.part(service, name), value, place, given=given)


class _Walk:
    """A walk through a step's arguments, or a setting beside the steps, together with their shape."""

    def __init__(self, definition: Definition, step: Step | None) -> None:
        self.definition, self.step = definition, step

    def finding(self, rule: str, where: str, message: str) -> Finding:
        return Finding(where, rule, "error", self.step.name if self.step else None, message)

    def value(
        self,
        shape: Shape,
        value: object,
        where: str,
        *,
        given: Collection[str] = (),
    ) -> Iterator[Finding]:
        if function_of(value) is not None:
            yield from self._function(shape, value, where)
        elif not isinstance(value, KINDS.get(shape.type_name, (object,))) or (
            isinstance(value, bool) and shape.type_name != "boolean"
        ):
            yield self.finding("wrong-type", where, f"expected {_in_words(shape.type_name)}, got {shown(value)}")
        elif isinstance(value, Mapping):
            yield from self._members(shape, value, where, given)
        elif isinstance(value, list):
            yield from self._bounds(shape, len(value), where, "items")
            for number, item in enumerate(value):
                yield from self.value(shape.member, item, pointer(where, number))
        elif isinstance(value, str):
            yield from self._text(shape, value, where)
        elif shape.type_name != "boolean":
            yield from self._bounds(shape, value, where, "")

    def _members(
        self,
        shape: Shape,
        value: Mapping[str, Any],
        where: str,
        given: Collection[str],
    ) -> Iterator[Finding]:
        if shape.type_name == "map":
            yield from self._bounds(shape, len(value), where, "entries")
            for name, item in value.items():
                yield from self._text(shape.key, name, pointer(where, name))
                yield from self.value(shape.value, item, pointer(where, name))
            return
        for name, item in value.items():
            if name in shape.members:
                yield from self.value(shape.members[name], item, pointer(where, name))
            else:
                hint = nearest(name, shape.members)
                yield self.finding("unknown-member", pointer(where, name), f"{shape.name} has no {name}: {hint}")
        for name in shape.required_members:
            if name not in value and name not in given:
                yield self.finding("missing-member", where, f"{shape.name} needs {name}, which is absent: add it")

    def _text(self, shape: Shape, value: str, where: str) -> Iterator[Finding]:
        if shape.enum and value not in shape.enum:
            yield self.finding(
                "not-in-enum", where, f"{shown(value)} is not one of the values: {nearest(value, shape.enum)}"
            )
            return
        yield from self._bounds(shape, len(value), where, "characters")
        text = shape.metadata.get("pattern")
        allowed = model.pattern(text) if text else None
        if allowed and not allowed.fullmatch(value):
            yield self.finding("pattern", where, f"expected the pattern {text}, got {shown(value)}")

    def _bounds(self, shape: Shape, size: object, where: str, what: str) -> Iterator[Finding]:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if isinstance(size, int | float) and ((low is not None and size < low) or (high is not None and size > high)):
            allowed = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
            yield self.finding("out-of-bounds", where, f"expected {allowed} {what}".rstrip() + f", got {size}")

    def _function(self, shape: Shape, value: object, where: str) -> Iterator[Finding]:
        kind = type_of(value, self.definition)
        fits = FITS.get(shape.type_name, {shape.type_name})
        if kind is not None and kind not in fits:
            fix = (
                ': convert it with {"Std:Join": {"On": "", "Values": […]}}'
                if (shape.type_name == "string" and kind in {"integer", "float", "boolean"})
                else ""
            )
            yield self.finding(
                "reference-type", where, f"expected {_in_words(shape.type_name)}, got {_in_words(kind)}{fix}"
            )
            return
        yield from self._defaults(shape, value, where)
        for name in parameters_in(value) if function_of(value) == "Get" else ():
            listed = self.definition.parameters.get(name, {}).get("EnumValues")
            for one in listed if isinstance(listed, list) else []:
                found = next(self.value(shape, one, where), None)
                if found and one != self.definition.parameters[name].get("DefaultValue"):
                    message = f"with {shown(one)}, one of the values of {name}: {found.message}"
                    yield self.finding("parameter-value", where, message)

    def _defaults(self, shape: Shape, value: object, where: str) -> Iterator[Finding]:
        """Check the result of a function with the defaults of its parameters."""
        default = value_of(value, self.definition)
        if default in (None, "") or isinstance(default, Mapping | list):
            return  # an empty default means that the parameter must be set
        if isinstance(default, str) and UNKNOWN in default:
            return
        names = ", ".join(parameters_in(value))
        for found in self.value(shape, default, where):
            yield self.finding("parameter-value", where, f"with the default of {names}: {found.message}")


def _in_words(kind: str) -> str:
    return WORDS.get(kind, kind)
