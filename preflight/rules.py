"""What each rule is about: for ``--explain`` and for docs/preflight.md."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from preflight.finding import Severity

MODEL = "botocore's model of the service"
GUIDE = "SageMaker developer guide, Pipelines"
SCHEMA = "pipeline definition schema 2020-12-01"
SDK = "seen in definitions and error messages of the service"


class Rule(NamedTuple):
    """A rule: its group, its severity, what it wants, what happens else, where that is written, and a mistake."""

    group: str
    severity: Severity
    what: str
    why: str
    source: str
    example: str


_FRAME = (
    ("structure", "The frame of a definition is what the schema says.", SCHEMA, '"Steps": {}'),
    ("step-type", "Each step is of a type that there is.", SCHEMA, '"Type": "Process"'),
    ("duplicate-name", "Steps, and parameters, have names of their own.", GUIDE, "two steps called Train"),
)
_MODEL = (
    ("unknown-member", "A request has only members that the service knows.", '"ImageURI": …'),
    ("missing-member", "What a request needs is there; names of jobs are made up by the service.", "no RoleArn"),
    ("wrong-type", "Each value is of its member's type.", '"InstanceCount": "1"'),
    ("not-in-enum", "A value is one of those that the service lists.", '"S3InputMode": "Files"'),
    ("out-of-bounds", "Numbers, lengths and counts lie within the service's bounds.", '"VolumeSizeInGB": 0'),
    ("pattern", "Text follows the service's pattern.", '"S3Uri": "bucket/key"'),
    ("reference-type", "A reference gives what its place takes.", "an Integer parameter as a hyperparameter"),
)
_LIMITS = (
    ("name", "Names of steps and parameters have 1 to 64 letters, digits, hyphens and underscores.", "Train model"),
    (
        "too-many",
        "Steps, parameters, values, conditions, branches and bytes are no more than the service takes.",
        "51 steps",
    ),
    ("parameter-type", "A parameter is a String, an Integer, a Float or a Boolean.", '"Type": "Number"'),
    ("parameter-default", "A default is of its parameter's type, and one of its values.", '"DefaultValue": "two"'),
)
_REFERENCES = (
    ("unknown-parameter", "Every parameter that is used is declared.", "Parameters.Treshold"),
    ("unknown-execution-variable", "Only the service's own execution variables are used.", "Execution.Id"),
    ("unknown-step", "Every step that is named is there.", "Steps.Trian"),
    (
        "unknown-property",
        "A property path leads somewhere in the answer of the Describe request.",
        ".ModelArtifact",
    ),
    ("unknown-output", "A named output is one that the producer declares.", "Outputs['tain']"),
    ("unknown-property-file", "A property file is attached to the step that it is read from.", "PropertyFiles.Report"),
    ("property-file-path", "A property file's path lies below its output.", "/opt/ml/evaluation.json"),
    ("unknown-reference", "Get names a parameter, an execution variable or a step.", '{"Get": "Param.X"}'),
    ("unknown-function", "Only Get, Std:Join and Std:JsonGet are functions.", '{"Std:Concat": …}'),
    ("join", "Std:Join has text to put between, and a list of values.", '{"Std:Join": ["a", "b"]}'),
    ("json-get", "Std:JsonGet has a path, and a property file or an S3 URI.", "no Path"),
    ("cycle", "No step waits for itself.", "A after B after A"),
    ("branch-result", "A step in a condition's branch is used in that branch only.", "a step after the condition"),
)
_SEMANTICS = (
    (
        "cache",
        "Only types with a cache have one, and it expires after an ISO 8601 duration.",
        '"ExpireAfter": "30 days"',
    ),
    (
        "retry",
        "A retry policy has one bound within its limits, exceptions that there are, and a step that is retried.",
        "both",
    ),
    (
        "condition",
        "A condition is of a type that there is, with its operands, and compares numbers with numbers.",
        "Greater",
    ),
    (
        "duplicate-entry",
        "Inputs, outputs, channels, metrics and local paths are each there once.",
        "two inputs called data",
    ),
    ("metric-regex", "A metric's expression compiles, and has a group around the number.", "auc=[0-9.]+"),
)
_REFUSED = "the service refuses the definition, or the run ends at this step"


def _rules() -> dict[str, Rule]:
    rules = {name: Rule("frame", "error", what, _REFUSED, source, example) for name, what, source, example in _FRAME}
    for group, source, entries in (
        ("model", MODEL, _MODEL),
        ("limits", GUIDE, _LIMITS),
        ("references", SDK, _REFERENCES),
        ("semantics", GUIDE, _SEMANTICS),
    ):
        rules |= {name: Rule(group, "error", what, _REFUSED, source, example) for name, what, example in entries}
    unused = "Every parameter is used by a step."
    rules["unused-parameter"] = Rule(
        "references", "warning", unused, "whoever sets it will think that it does something", GUIDE, "a leftover"
    )
    return rules


RULES: Mapping[str, Rule] = MappingProxyType(_rules())


def explained(name: str) -> str:
    """Return what a rule is about, for a terminal.

    Examples
    --------
    >>> print(explained("cycle").splitlines()[0])
    cycle (references, error): No step waits for itself.
    """
    rule = RULES[name]
    return (
        f"{name} ({rule.group}, {rule.severity}): {rule.what}\n"
        f"  why      {rule.why}\n  source   {rule.source}\n  mistake  {rule.example}"
    )
