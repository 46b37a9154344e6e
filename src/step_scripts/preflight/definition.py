"""Read a definition: its valid parts, and findings about the rest.

The rules can rely on the types in a `Definition`: a name is a text, a list is a list.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from step_scripts.preflight.finding import Finding, nearest, pointer, shown

# The types of steps of the service.
STEP_TYPES = frozenset(
    {
        *("AutoML", "Callback", "Cleanup", "ClarifyCheck", "Condition", "EMR", "EMRServerless", "Endpoint"),
        *("EndpointConfig", "Fail", "ForEach", "InferenceComponent", "Job", "Lambda", "Lineage", "Model", "Processing"),
        *("QualityCheck", "RegisterModel", "Training", "Transform", "Tuning"),
    }
)
PARAMETER_TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool}
# Members of definitions, to find misspelt ones. Other members pass: the schema grows.
MEMBERS = frozenset({"Metadata", "Parameters", "PipelineExperimentConfig", "Steps", "Version"})
PARAMETER_MEMBERS = frozenset({"DefaultValue", "Description", "EnumValues", "Name", "Type"})
MIN_PREFIX = 4  # letters: a beginning of a known member, such as Enum or Cache, is taken as a misspelt one
STEP_MEMBERS = frozenset(
    {
        *("Arguments", "CacheConfig", "DependsOn", "Description", "DisplayName", "FunctionArn", "Name"),
        *("OutputParameters", "PropertyFiles", "RetryPolicies", "SqsQueueUrl", "Type"),
        # of ClarifyCheck and QualityCheck
        *("CheckType", "FailOnViolation", "ModelName", "ModelPackageGroupName", "RegisterNewBaseline", "SkipCheck"),
        *("SuppliedBaselineConstraints", "SuppliedBaselineStatistics"),
    }
)
# By step type: the members of Arguments that hold steps.
BRANCHES: Mapping[str, tuple[str, ...]] = {"Condition": ("IfSteps", "ElseSteps"), "ForEach": ("ForEachBody",)}
SETTINGS = ("PipelineExperimentConfig", "MlflowConfig")
FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")


@dataclass(frozen=True)
class Step:
    """A step: its JSON pointer, name, type and content, and the branches and loops around it, outermost first."""

    where: str
    name: str
    type: str
    arguments: Mapping[str, Any]
    raw: Mapping[str, Any]
    branches: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Definition:
    """The valid parts of a definition: its parameters and steps, including those in branches and loops.

    Settings are members beside the steps that may refer to parameters.
    """

    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    where_of: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def step(self, name: str) -> Step | None:
        """Return the first step of that name, or None."""
        return next((step for step in self.steps if step.name == name), None)


def read(document: object) -> tuple[Definition, list[Finding]]:
    """Return the valid parts of a parsed definition, and findings about its frame.

    Examples
    --------
    >>> definition, findings = read({"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Trainin"}]})
    >>> [finding.message for finding in findings]
    ["there is no step type 'Trainin': did you mean Training?"]
    """
    found: list[Finding] = []

    def wrong(rule: str, where: str, message: str, step: str | None = None) -> None:
        found.append(Finding(where, rule, "error", step, message))

    if not isinstance(document, Mapping):
        wrong("structure", "", f"expected an object, got {shown(document)}")
        return Definition(), found
    _members(document, wrong)
    parameters, where_of = {}, {}
    for number, parameter in enumerate(_list(document, "Parameters", "", wrong)):
        where = pointer("/Parameters", number)
        if not isinstance(parameter, Mapping) or not isinstance(parameter.get("Name"), str):
            wrong("structure", where, f"expected an object with a Name, got {shown(parameter)}")
        elif parameter["Name"] in parameters:
            wrong("duplicate-name", where, f"there are two parameters called {parameter['Name']!r}: rename one")
        else:
            parameters[parameter["Name"]], where_of[parameter["Name"]] = parameter, where
            _misspelt(parameter, PARAMETER_MEMBERS, where, wrong)
    if not _list(document, "Steps", "", wrong):
        wrong("structure", "/Steps", "expected at least one step")
    steps = tuple(_steps(document, "", (), wrong))
    names: set[str] = set()
    for step in steps:
        if step.name in names:
            wrong("duplicate-name", step.where, f"there are two steps called {step.name!r}: rename one", step.name)
        names.add(step.name)
    settings = {name: document[name] for name in SETTINGS if name in document}
    return Definition(parameters, where_of, steps, settings), found


def _members(document: Mapping[str, Any], wrong: Any) -> None:  # noqa: ANN401 - a function
    """Report invalid members beside the parameters and the steps."""
    if document.get("Version") != "2020-12-01":
        wrong("structure", "/Version", f"expected the version '2020-12-01', got {shown(document.get('Version'))}")
    _misspelt(document, MEMBERS, "", wrong)
    for name in ("Metadata", *SETTINGS):
        if not isinstance(document.get(name), Mapping | None):
            wrong("structure", f"/{name}", f"{name}: expected an object, got {shown(document[name])}")


def body(loop: Step) -> dict[str, Step]:
    """Return the steps that a ForEach step runs for each of its items, by name.

    Examples
    --------
    >>> each = {"Name": "Each", "Type": "Fail"}
    >>> list(body(Step("/Steps/0", "Loop", "ForEach", {"ForEachBody": [each]}, {})))
    ['Each']
    """
    inside = (*loop.branches, (loop.name, ""))
    steps = _steps(loop.arguments, f"{loop.where}/Arguments", inside, lambda *_: None, BRANCHES["ForEach"])
    return {step.name: step for step in steps}


def references(value: object, where: str) -> Iterator[tuple[str, str, Any]]:
    """Yield every function in a value, including nested ones: its JSON pointer, its name and its argument.

    Examples
    --------
    >>> list(references({"a": [{"Get": "Parameters.X"}]}, "/Steps/0"))
    [('/Steps/0/a/0', 'Get', 'Parameters.X')]
    """
    waiting: list[tuple[str, Any]] = [(where, value)]
    for place, current in waiting:  # which grows meanwhile
        members: Iterable[tuple[str | int, Any]] = ()
        if isinstance(current, Mapping):
            if (function := function_of(current)) is not None:
                yield place, function, current[function]
            members = current.items()
        elif isinstance(current, list):
            members = enumerate(current)
        waiting += [(pointer(place, key), member) for key, member in members if isinstance(member, list | Mapping)]


def function_of(value: object) -> str | None:
    """Return the name of the function, if a value is one, or None."""
    if isinstance(value, Mapping) and len(value) == 1:
        (name,) = value
        if isinstance(name, str) and (name == "Get" or name.startswith("Std:")):
            return name
    return None


def found_at(value: object, path: Sequence[str], where: str) -> Iterator[tuple[str, Any]]:
    """Yield the values at a path, each with its JSON pointer; ``*`` is each entry of a list.

    Examples
    --------
    >>> list(found_at({"A": [{"B": 1}, {"B": 2}]}, ("A", "*", "B"), ""))
    [('/A/0/B', 1), ('/A/1/B', 2)]
    """
    if not path:
        yield where, value
    elif path[0] == "*":
        for number, item in enumerate(value if isinstance(value, list) else []):
            yield from found_at(item, path[1:], pointer(where, number))
    elif isinstance(value, Mapping) and path[0] in value:
        yield from found_at(value[path[0]], path[1:], pointer(where, path[0]))


def _list(holder: Mapping[str, Any], name: str, where: str, wrong: Any) -> Sequence[Any]:  # noqa: ANN401
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        wrong("structure", pointer(where, name), f"{name}: expected a list, got {shown(value)}")
        return []
    return value


def _steps(
    holder: Mapping[str, Any],
    where: str,
    branches: tuple[tuple[str, str], ...],
    wrong: Any,  # noqa: ANN401 - a function
    names: Sequence[str] = ("Steps",),
) -> Iterator[Step]:
    for member in names:
        for number, raw in enumerate(_list(holder, member, where, wrong)):
            place = pointer(pointer(where, member), number)
            inside = branches if member == "Steps" else (*branches[:-1], (branches[-1][0], member))
            if not isinstance(raw, Mapping) or not isinstance(raw.get("Name"), str):
                wrong("structure", place, f"expected an object with a Name, got {shown(raw)}")
                continue
            _misspelt(raw, STEP_MEMBERS, place, wrong, raw["Name"])
            for text in ("DisplayName", "Description"):
                if not isinstance(raw.get(text, ""), str):
                    wrong(
                        "structure",
                        pointer(place, text),
                        f"{text}: expected a text, got {shown(raw[text])}",
                        raw["Name"],
                    )
            kind = raw.get("Type")
            if not isinstance(kind, str) or kind not in STEP_TYPES:
                wrong(
                    "step-type", pointer(place, "Type"), f"there is no step type {kind!r}: {_known(kind)}", raw["Name"]
                )
            arguments = raw.get("Arguments", {})
            if not isinstance(arguments, Mapping):
                wrong(
                    "structure",
                    pointer(place, "Arguments"),
                    f"Arguments: expected an object, got {shown(arguments)}",
                    raw["Name"],
                )
                arguments = {}
            yield Step(place, raw["Name"], str(kind), arguments, raw, inside)
            if isinstance(kind, str) and kind in BRANCHES:
                below = (*inside, (raw["Name"], ""))
                yield from _steps(arguments, pointer(place, "Arguments"), below, wrong, BRANCHES[kind])


def _misspelt(
    holder: Mapping[str, Any],
    known: frozenset[str],
    where: str,
    wrong: Any,  # noqa: ANN401 - a function
    step: str | None = None,
) -> None:
    """Report members that are similar to known ones: the service ignores them."""
    for name in holder:
        close = [] if name in known else difflib.get_close_matches(str(name), known, n=1, cutoff=0.8)
        if name not in known and len(str(name)) >= MIN_PREFIX:
            close = close or [one for one in sorted(known) if one.startswith(str(name))]
        if close and close[0] not in holder:
            wrong("structure", pointer(where, name), f"there is no member {name}: did you mean {close[0]}?", step)


def _known(kind: object) -> str:
    return nearest(kind, STEP_TYPES) if isinstance(kind, str) else nearest("", STEP_TYPES)
