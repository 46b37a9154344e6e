"""Properties of steps that have no Describe answer: declared outputs, and a few members.

Source: the properties of each step class of SDK v3, `sagemaker.mlops.workflow`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from step_scripts.preflight.definition import PARAMETER_TYPES, Step, function_of
from step_scripts.preflight.finding import nearest

# By step type: its members and their types; None if the type is unknown, or if the member is a map of outputs.
MEMBERS: Mapping[str, Mapping[str, str | None]] = {
    "Callback": {"OutputParameters": None},
    "ClarifyCheck": dict.fromkeys(("BaselineUsedForDriftCheckConstraints", "CalculatedBaselineConstraints"), "string"),
    "Cleanup": {},
    "Condition": {"Outcome": None},
    "Fail": {},
    "ForEach": {
        "Status": "string",
        **dict.fromkeys(("InputItemCount", "TotalStepCount"), "integer"),
        **dict.fromkeys(("SucceededStepCount", "FailedStepCount", "StoppedStepCount"), "integer"),
        **dict.fromkeys(("IterationOutputs", "Selected")),
    },
    "Lambda": {"OutputParameters": None},
    "Lineage": dict.fromkeys(("ActionArns", "ArtifactArns", "ContextArns", "Associations")),
    "QualityCheck": dict.fromkeys(
        (
            *("BaselineUsedForDriftCheckConstraints", "BaselineUsedForDriftCheckStatistics"),
            *("CalculatedBaselineConstraints", "CalculatedBaselineStatistics"),
        ),
        "string",
    ),
}
# The maps of a lineage step: the argument with an entry for each, and the member that is its name.
_ARNS = {
    "ActionArns": ("Actions", "ActionName"),
    "ArtifactArns": ("Artifacts", "ArtifactName"),
    "ContextArns": ("Contexts", "ContextName"),
}


class Resolved(NamedTuple):
    """The target of a path: its type if known, or the reason why it does not exist, and the rule."""

    type: str | None = None
    wrong: str | None = None
    rule: str = "unknown-property"


def resolve(step: Step, first: str, name: str | None) -> Resolved:
    """Return a member of a step, or the output of that name in it if it is a map of outputs.

    Examples
    --------
    >>> output = {"OutputName": "score", "OutputType": "Float"}
    >>> step = Step("/Steps/0", "Score", "Lambda", {}, {"OutputParameters": [output]})
    >>> resolve(step, "OutputParameters", "score").type
    'float'
    >>> resolve(step, "OutputParameters", "scor").wrong
    "there is no output 'scor': did you mean score?"
    """
    members = MEMBERS[step.type]
    if first not in members:
        return Resolved(wrong=f"a {step.type} step has no property {first!r}: {nearest(first, members)}")
    known = _declared(step, first)
    if known is None or name is None:
        return Resolved(type=members[first])
    if name not in known:
        return Resolved(wrong=f"there is no output {name!r}: {nearest(name, known)}", rule="unknown-output")
    return Resolved(type=known[name])


def _declared(step: Step, member: str) -> Mapping[str, str | None] | None:
    """Return the outputs in a map of a step with their types, or None if they are unknown before the run."""
    if member == "OutputParameters":
        entries = _entries(step.raw.get("OutputParameters"))
        names = [entry.get("OutputName") for entry in entries]
        types = [_type(entry.get("OutputType")) for entry in entries]
    elif member in _ARNS:
        argument, key = _ARNS[member]
        names = [entry.get(key) for entry in _entries(step.arguments.get(argument))]
        types = ["string"] * len(names)
    else:
        return None
    if any(function_of(name) for name in names):
        return None
    return {name: kind for name, kind in zip(names, types, strict=True) if isinstance(name, str)}


def _entries(value: object) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _type(kind: object) -> str | None:
    return kind.lower() if isinstance(kind, str) and kind in PARAMETER_TYPES else None
