"""The types of ``Get``, ``Std:Join`` and ``Std:JsonGet`` at run time, as far as they are known."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from step_scripts.preflight import model, outputs
from step_scripts.preflight.definition import PARAMETER_TYPES, Definition, Step, body, function_of
from step_scripts.preflight.finding import nearest
from step_scripts.preflight.model import Shape
from step_scripts.preflight.outputs import Resolved

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
# Types of shapes that cannot be part of a text or a comparison, with their names for messages.
NOT_TEXT = {"list": "a list", "map": "an object", "structure": "an object"}
# The members of PipelineExperimentConfig.
EXPERIMENT = ("ExperimentName", "TrialName")
_PATH = re.compile(r"""\.(?P<member>[A-Za-z0-9_-]+)|\[(?P<quote>['"])(?P<key>[^'"]+)(?P=quote)\]|\[(?P<index>\d+)\]""")
# Properties that only the SDK adds: the reports of an AutoML job, and the arguments of an EMR step.
_ADDED = {"AutoML": {"BestCandidateProperties"}, "EMR": {"ClusterConfig", "ClusterId", "ExecutionRoleArn"}}
_STEP = re.compile(r"Steps\.([^.\[]+)(.*)", re.DOTALL)


class Reference(NamedTuple):
    """A reference to a step: its name, and the rest of the path."""

    step: str
    path: str


def to_step(target: object) -> Reference | None:
    """Parse a reference to a step, or return None if it refers to something else.

    Examples
    --------
    >>> to_step("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    Reference(step='Train', path='.ModelArtifacts.S3ModelArtifacts')
    """
    found = _STEP.fullmatch(target) if isinstance(target, str) else None
    return Reference(found[1], found[2]) if found else None


def type_of(value: object, definition: Definition) -> str | None:
    """Return the type of a function's result, as a type of shapes, or None if it is unknown before the run."""
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
    if isinstance(target, str) and target.startswith("PipelineExperimentConfig."):
        return "string"
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
        return Resolved(wrong=f"{path!r} is not a path: expected a sequence of .Member, ['name'] and [0]")
    first, second = parts[0]["member"] or "", parts[1] if len(parts) > 1 else None
    if step.type == "ForEach" and second and first in {"IterationOutputs", "Selected"}:
        return _of_loop(step, first, parts)
    if step.type in outputs.MEMBERS:
        return outputs.resolve(step, first, second and (second["key"] or second["member"]))
    if first in _ADDED.get(step.type, ()):
        return Resolved()
    shape = model.answer(step.type)
    further = model.second_answer(step.type)
    if further is not None and first in further.members:
        shape = further
    return Resolved() if shape is None else _follow(shape, parts, step)


def _follow(shape: Shape, parts: list[re.Match[str]], step: Step) -> Resolved:
    for part in parts:
        if part["member"] is not None and shape.type_name == "structure":
            if part["member"] not in shape.members:
                return Resolved(wrong=f"{shape.name} has no {part['member']}: {nearest(part['member'], shape.members)}")
            shape = shape.members[part["member"]]
        elif part["member"] is None and shape.type_name == "list":
            shape = shape.member  # by index, or by the name of an output
        elif part["key"] is not None and shape.type_name == "map":
            shape = shape.value
        elif step.type == "Job" and parts[0]["member"] == "JobConfigDocument":
            return Resolved()  # a text of JSON, which the service parses
        else:
            return Resolved(wrong=f"{part[0]} cannot be taken from a {shape.type_name} ({shape.name})")
    return Resolved(type=shape.type_name)


def selected(loop: Step) -> Reference | None:
    """Return the reference by which a loop selects an iteration: a step of its body, and a property."""
    selector = loop.arguments.get("Selector")
    field = selector.get("Field") if isinstance(selector, Mapping) else None
    target = field.get("Get") if isinstance(field, Mapping) else None
    if isinstance(target, str) and target.startswith("IterationOutput."):
        return to_step(target.replace("IterationOutput.", "Steps.", 1))
    return None


def _of_loop(loop: Step, first: str, parts: list[re.Match[str]]) -> Resolved:
    """Follow a path into an iteration: by its index and the name of a step, or into the selected one."""
    steps = body(loop)
    if first == "Selected":
        field = selected(loop)
        name, rest = field.step if field else "", parts[1:]
        if name not in steps:
            return Resolved()  # reported at the selector
    else:
        if parts[1]["index"] is None or len(parts) < 3:
            return Resolved(wrong="expected IterationOutputs[0].Step.Property")
        name, rest = parts[2]["member"] or "", parts[3:]
        if name not in steps:
            return Resolved(wrong=f"there is no step {name!r} in the loop's body: {nearest(name, steps)}")
    return resolve(steps[name], "".join(part[0] for part in rest)) if rest else Resolved()
