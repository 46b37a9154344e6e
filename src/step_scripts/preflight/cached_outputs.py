"""Find paths with this execution's id below what a cached step leaves: after a cache hit nothing lies there.

A step that is a cache hit does not run. Its files lie where an earlier execution wrote them, under that execution's id.
Only the step's properties know the place.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from step_scripts.preflight.definition import BRANCHES, Definition, Step, found_at, function_of
from step_scripts.preflight.finding import Finding, pointer
from step_scripts.preflight.properties import resolve, to_step
from step_scripts.preflight.reruns import ONCE, WRITTEN, can_hit

# Members whose addresses are read as a whole, with all that lies below them.
READ_AS_PREFIX = frozenset({"InputDataConfig", "ProcessingInputs", "TransformInput"})
# Members that no service opens: a person reads them.
NOTES = frozenset({"CustomerMetadataProperties", "Description", "ErrorMessage", "ModelPackageDescription", "Tags"})
# Around what is unknown before the run, in a path.
_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
# The property of a step that has the place of its files, where it is not the address of the output itself.
_ARTIFACT = {"Training": ".ModelArtifacts.S3ModelArtifacts"}
_FLAG = re.compile(r"^\S*=(?=s3://)")  # in one word with an address
_TRIAL = " (and Steps.{}.TrainingJobSummaries[0].TrainingJobName below it)"


class Path(NamedTuple):
    """An address in a step: its JSON pointer, the address with marks around what is unknown, and its variables."""

    where: str
    text: str
    variables: frozenset[str]


class Output(NamedTuple):
    """A place to which a step writes."""

    step: Step
    path: Path


def check(definition: Definition) -> Iterator[Finding]:
    """Yield addresses that hold the execution's id and lie below what a cached step leaves."""
    found = [(step, path) for step in definition.steps for path in _paths(step, definition)]
    outputs = [Output(step, path) for step, path in found if _members(step, path) & WRITTEN]
    hits = can_hit(definition)
    for step, path in found:
        if path.variables and not _members(step, path) & (WRITTEN | NOTES) and step.type != "Fail":
            producer = _producer(step, path, outputs, hits)
            if producer is not None:
                yield _finding(step, path, producer)
            else:
                yield from _below_a_property(step, path, definition, hits)


def _members(step: Step, path: Path) -> set[str]:
    return {*path.where.removeprefix(step.where).split("/")}


def _producer(step: Step, path: Path, outputs: list[Output], hits: frozenset[str]) -> Output | None:
    """Return the cached output from which an address reads, or None if another step writes there, or no step."""
    above = [one for one in outputs if one.step.name != step.name and _is_below(path.text, one.path.text)]
    if above:
        longest = max(len(one.path.text) for one in above)
        nearest = [one for one in above if len(one.path.text) == longest]
        return nearest[0] if all(one.step.name in hits for one in nearest) and nearest[0].path.variables else None
    if not _members(step, path) & READ_AS_PREFIX:
        return None
    below = [one for one in outputs if one.step.name != step.name and _is_below(one.path.text, path.text)]
    return next((one for one in below if one.step.name in hits), None)


def _below_a_property(step: Step, path: Path, definition: Definition, hits: frozenset[str]) -> Iterator[Finding]:
    """Yield an address that begins with a property of a cached step and goes on with the execution's id."""
    beginning, _, rest = path.text.removeprefix(_MARK).partition(_MARK)
    reference = to_step(beginning) if path.text.startswith(_MARK) and rest.startswith("/") else None
    producer = definition.step(reference.step) if reference else None
    if producer is not None and producer.name in hits and producer.name != step.name:
        message = (
            f"Execution.{min(path.variables)} is joined to what {producer.name} leaves, which has a cache and never "
            f"wrote under this execution's id: remove it, and keep {beginning}"
        )
        yield Finding(path.where, "cached-output", "error", step.name, message)


def _finding(step: Step, path: Path, output: Output) -> Finding:
    message = (
        f"Execution.{min(path.variables)} is part of a path to the files of {output.step.name}, which has a cache: "
        f"when the cache hits, they lie under the id of an earlier execution; use {_property(output)} instead"
    )
    return Finding(path.where, "cached-output", "error", step.name, message)


def _property(output: Output) -> str:
    """Return the property that has the place of an output, for a message."""
    step, below = output.step, output.path.where.removeprefix(f"{output.step.where}/Arguments")
    steps = f"Steps.{step.name}"
    parts = below.removeprefix("/").split("/")
    if step.type in _ARTIFACT and parts[0] == "OutputDataConfig":
        return steps + _ARTIFACT[step.type]
    named = dict(found_at(step.arguments, ("ProcessingOutputConfig", "Outputs", "*", "OutputName"), ""))
    name = named.get("/".join(("", *parts[:3], "OutputName")))
    if isinstance(name, str):
        parts[1:3] = [f"Outputs[{name!r}]"]
    property_path = "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts)
    if resolve(step, property_path).wrong:
        return f"a property of {step.name}"
    return steps + property_path + (_TRIAL.format(step.name) if step.type == "Tuning" else "")


def _is_below(text: str, place: str) -> bool:
    return text == place or text.startswith(f"{place}/")


def _paths(step: Step, definition: Definition) -> Iterator[Path]:
    """Yield the addresses in a step's own arguments, without those of steps in its branches or its body."""
    branches = BRANCHES.get(step.type, ())
    own = {name: value for name, value in step.arguments.items() if name not in branches}
    waiting: list[tuple[str, Any]] = [(f"{step.where}/Arguments", own)]
    for where, value in waiting:  # which grows meanwhile
        function = function_of(value)
        if function in {"Get", "Std:Join"}:
            text, variables = _written(value, definition)
            yield Path(where, _normalized(text), variables)
        elif isinstance(value, Mapping):
            waiting += [(pointer(where, name), member) for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [(pointer(where, number), member) for number, member in enumerate(value)]
        elif isinstance(value, str) and value.startswith("s3://"):
            yield Path(where, _normalized(value), frozenset())


def _written(value: object, definition: Definition) -> tuple[str, frozenset[str]]:
    """Return an expression as a text with the defaults of its parameters, and its variables of the execution."""
    function = function_of(value)
    given = value[function] if function is not None and isinstance(value, Mapping) else None
    if function == "Std:Join" and isinstance(given, Mapping) and isinstance(given.get("Values"), list):
        parts = [_written(one, definition) for one in given["Values"]]
        text = str(given.get("On", "")).join(part for part, _ in parts)
        return text, frozenset(name for _, names in parts for name in names)
    if function == "Get" and isinstance(given, str):
        name = given.removeprefix("Execution.")
        if name in ONCE and name != given:
            return f"{_MARK}{given}{_MARK}", frozenset({name})
        default = definition.parameters.get(given.removeprefix("Parameters."), {}).get("DefaultValue")
        return (f"{_MARK}{given}{_MARK}" if default in (None, "") else str(default)), frozenset()
    if function is not None:
        return f"{_MARK}{function}{_MARK}", frozenset()
    return str(value), frozenset()


def _normalized(text: str) -> str:
    """Return an address with single slashes, without one at its end, and without the flag before it.

    Examples
    --------
    >>> _normalized("--model=s3://bucket//runs/")
    's3://bucket/runs'
    """
    text = _FLAG.sub("", text)
    scheme, found, rest = text.partition("://")
    path = "/".join(part for part in (rest if found else text).split("/") if part)
    return f"{scheme}://{path}" if found else path
