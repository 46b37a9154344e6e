"""What ``Get``, ``Std:Join`` and ``Std:JsonGet`` will be when the pipeline runs: their type, as far as it is known."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from preflight import model
from preflight.definition import PARAMETER_TYPES, Definition, Step, function_of
from preflight.finding import nearest
from preflight.model import Shape

EXECUTION = {
    "CurrentDateTime": "string",
    "PipelineArn": "string",
    "PipelineExecutionArn": "string",
    "PipelineExecutionId": "string",
    "PipelineName": "string",
    "ProcessingJobName": "string",
    "StartDateTime": "string",
    "TrainingJobName": "string",
}
# Properties of step types without a Describe request.
OWN = {
    "ClarifyCheck": {"BaselineUsedForDriftCheckConstraints", "CalculatedBaselineConstraints"},
    "Condition": {"Outcome"},
    "Fail": set(),
    "QualityCheck": {
        "BaselineUsedForDriftCheckConstraints",
        "BaselineUsedForDriftCheckStatistics",
        "CalculatedBaselineConstraints",
        "CalculatedBaselineStatistics",
    },
}
_PATH = re.compile(r"\.(?P<member>[A-Za-z0-9_]+)|\['(?P<key>[^']+)'\]|\[(?P<index>\d+)\]")
_STEP = re.compile(r"Steps\.([^.\[]+)(.*)", re.DOTALL)


class Reference(NamedTuple):
    """A reference to a step: its name, and the rest of the path."""

    step: str
    path: str


class Resolved(NamedTuple):
    """What a path leads to: its type where that is known, or why it leads nowhere."""

    type: str | None = None
    wrong: str | None = None


def to_step(target: object) -> Reference | None:
    """Take a reference to a step apart, or return None where it is to something else.

    Examples
    --------
    >>> to_step("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    Reference(step='Train', path='.ModelArtifacts.S3ModelArtifacts')
    """
    found = _STEP.fullmatch(target) if isinstance(target, str) else None
    return Reference(found[1], found[2]) if found else None


def type_of(value: object, definition: Definition) -> str | None:
    """Return the type of what a function will give: as shapes call it, or None where nobody knows before the run."""
    function = function_of(value)
    if function == "Std:Join":
        return "string"
    if function != "Get" or not isinstance(value, Mapping):
        return None
    target = value["Get"]
    if isinstance(target, str) and target.startswith("Parameters."):
        kind = definition.parameters.get(target.removeprefix("Parameters."), {}).get("Type")
        return kind.lower() if isinstance(kind, str) and kind in PARAMETER_TYPES else None
    if isinstance(target, str) and target.startswith("Execution."):
        return EXECUTION.get(target.removeprefix("Execution."))
    reference = to_step(target)
    step = definition.step(reference.step) if reference else None
    return resolve(step, reference.path).type if step and reference else None


def resolve(step: Step, path: str) -> Resolved:
    """Follow a property path through the answer of a step's Describe request.

    Examples
    --------
    >>> step = Step("/Steps/0", "Train", "Training", {}, {})
    >>> resolve(step, ".ModelArtifacts.S3ModelArtifacts").type
    'string'
    >>> resolve(step, ".ModelArtifact.S3ModelArtifacts").wrong
    'DescribeTrainingJobResponse has no ModelArtifact: did you mean ModelArtifacts?'
    """
    parts = list(_PATH.finditer(path))
    if not parts or "".join(part[0] for part in parts) != path:
        return Resolved(wrong=f"{path!r} is no path: expected .Member, ['name'] or [0], one after the other")
    if step.type in OWN:
        first = parts[0]["member"] or ""
        if first in OWN[step.type]:
            return Resolved(type="string" if first != "Outcome" else None)
        return Resolved(wrong=f"a {step.type} step has no property {first!r}: {nearest(first, OWN[step.type])}")
    shape = model.answer(step.type)
    return Resolved() if shape is None else _follow(shape, parts, step)


def _follow(shape: Shape, parts: list[re.Match[str]], step: Step) -> Resolved:
    for part in parts:
        if part["member"] is not None and shape.type_name == "structure":
            if part["member"] not in shape.members:
                if step.type in {"Tuning", "AutoML"} and part is parts[0]:
                    return Resolved()  # the SDK adds the answers of other requests to these
                return Resolved(wrong=f"{shape.name} has no {part['member']}: {nearest(part['member'], shape.members)}")
            shape = shape.members[part["member"]]
        elif part["member"] is None and shape.type_name == "list":
            shape = shape.member  # by number, or by the name of an output
        elif part["key"] is not None and shape.type_name == "map":
            shape = shape.value
        else:
            return Resolved(wrong=f"{part[0]} does not lead into a {shape.type_name} ({shape.name})")
    return Resolved(type=shape.type_name)
