"""Check members of steps that no request describes: of Lambda, Callback, EMR, check, Cleanup and Fail steps."""

import re
from collections.abc import Iterator, Mapping

from step_scripts.preflight.definition import Definition, Step, found_at, function_of
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.properties import type_of
from step_scripts.preflight.values import UNKNOWN, value_of

CHECKS = {
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
}
CLUSTER_MEMBERS = ("ClusterConfig", "ClusterId", "ExecutionRoleArn", "StepConfig")
MODEL_CHECKS = ("MODEL_BIAS", "MODEL_EXPLAINABILITY")
SWITCHES = ("FailOnViolation", "RegisterNewBaseline", "SkipCheck")
OUTPUT_TYPES = frozenset({"String", "Integer", "Float", "Boolean"})
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]+)?")
_CLUSTER = re.compile(r"j-[A-Z0-9]{1,}")
_QUEUE = re.compile(r"https://[a-z0-9.-]+/\d{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?")


def check(definition: Definition) -> Iterator[Finding]:
    """Yield absent and invalid members of Lambda, Callback, EMR, check, Cleanup and Fail steps."""
    for step in definition.steps:
        if step.type == "Lambda":
            yield from _address(step, "FunctionArn", _FUNCTION, "arn:aws:lambda:<region>:<account>:function:<name>")
        if step.type == "Callback":
            yield from _address(step, "SqsQueueUrl", _QUEUE, "https://sqs.<region>.amazonaws.com/<account>/<name>")
        if step.type in {"Lambda", "Callback"}:
            yield from _outputs(step)
        if step.type == "EMR":
            yield from _cluster(definition, step)
        if step.type in {"ClarifyCheck", "QualityCheck"}:
            yield from _check(definition, step)
        if step.type == "Cleanup":
            yield from _cleanup(definition, step)
        if step.type == "Fail":
            yield from _message(step)


def _finding(step: Step, rule: str, where: str, message: str) -> Finding:
    return Finding(where, rule, "error", step.name, message)


def _address(step: Step, member: str, form: re.Pattern[str], expected: str) -> Iterator[Finding]:
    address = step.raw.get(member)
    where = f"{step.where}/{member}"
    if address is None:
        yield _finding(step, "service-call", step.where, f"a {step.type} step needs {member}, which is absent: add it")
    elif function_of(address) is None and not (isinstance(address, str) and form.fullmatch(address)):
        yield _finding(step, "service-call", where, f"expected {expected}, got {shown(address)}")


def _outputs(step: Step) -> Iterator[Finding]:
    outputs = step.raw.get("OutputParameters", [])
    where = f"{step.where}/OutputParameters"
    if not isinstance(outputs, list):
        yield _finding(step, "step-output", where, f"OutputParameters: expected a list, got {shown(outputs)}")
        return
    names = []
    for number, output in enumerate(outputs):
        place = pointer(where, number)
        name = output.get("OutputName") if isinstance(output, Mapping) else None
        if not isinstance(output, Mapping) or not isinstance(name, str) or not name:
            yield _finding(step, "step-output", place, f"expected an OutputName and an OutputType, got {shown(output)}")
            continue
        kind = output.get("OutputType")
        if not isinstance(kind, str) or kind not in OUTPUT_TYPES:
            message = f"{name}: there is no type {kind!r}: {nearest(str(kind), OUTPUT_TYPES)}"
            yield _finding(step, "step-output", f"{place}/OutputType", message)
        if name in names:
            yield _finding(step, "step-output", place, f"there are two outputs called {name!r}: rename one")
        names.append(name)


def _check(definition: Definition, step: Step) -> Iterator[Finding]:
    """Yield invalid members of a ClarifyCheck or QualityCheck step beside its arguments."""
    kind, kinds = step.raw.get("CheckType"), CHECKS[step.type]
    if kind not in kinds:
        message = f"a {step.type} step has no CheckType {kind!r}: {nearest(str(kind), kinds)}"
        yield _finding(step, "service-call", f"{step.where}/CheckType", message)
    if kind in MODEL_CHECKS and not step.raw.get("ModelName"):
        message = f"a check of type {kind} needs ModelName, which is absent: add it beside the arguments"
        yield _finding(step, "service-call", step.where, message)
    for name in SWITCHES:
        value, where = step.raw.get(name, False), f"{step.where}/{name}"
        if function_of(value) is None and not isinstance(value, bool):
            yield _finding(step, "wrong-type", where, f"expected true or false, got {shown(value)}")
        elif function_of(value) is not None and (given := type_of(value, definition)) not in {None, "boolean"}:
            yield _finding(step, "reference-type", where, f"expected true or false, got a value of type {given}")


def _cleanup(definition: Definition, step: Step) -> Iterator[Finding]:
    """Yield invalid sources of a Cleanup step, which deletes outputs of other steps."""
    sources = list(found_at(step.arguments, ("Resources", "S3", "*"), f"{step.where}/Arguments"))
    if not sources:
        message = "expected Resources with S3 and at least one source: name the steps whose outputs to delete"
        yield _finding(step, "service-call", f"{step.where}/Arguments", message)
    for where, source in sources:
        name = source.get("StepName") if isinstance(source, Mapping) else None
        if not isinstance(name, str) or definition.step(name) is None:
            hint = nearest(str(name), (other.name for other in definition.steps))
            yield _finding(step, "unknown-step", f"{where}/StepName", f"no step is called {name!r}: {hint}")
        uris = source.get("S3Uris") if isinstance(source, Mapping) else None
        if uris is not None and not (isinstance(uris, list) and uris):
            message = f"expected a list with at least one URI, got {shown(uris)}: add one, or remove S3Uris"
            yield _finding(step, "service-call", f"{where}/S3Uris", message)


def _message(step: Step) -> Iterator[Finding]:
    """Yield problems of the one argument of a Fail step: a text, or a function that gives one."""
    for name, value in step.arguments.items():
        where = pointer(f"{step.where}/Arguments", name)
        if name != "ErrorMessage":
            message = f"a Fail step has no {name}: {nearest(name, ['ErrorMessage'])}"
            yield _finding(step, "unknown-member", where, message)
        elif function_of(value) is None and not isinstance(value, str):
            yield _finding(step, "wrong-type", where, f"expected a text, got {shown(value)}")


def _cluster(definition: Definition, step: Step) -> Iterator[Finding]:
    where = f"{step.where}/Arguments"
    given = [name for name in ("ClusterId", "ClusterConfig") if name in step.arguments]
    if len(given) != 1:
        message = f"expected one of ClusterId and ClusterConfig, got {' and '.join(given) or 'neither'}"
        yield _finding(step, "service-call", where, message)
    for name in step.arguments:
        if name not in CLUSTER_MEMBERS:
            message = f"an EMR step has no {name}: {nearest(name, CLUSTER_MEMBERS)}"
            yield _finding(step, "unknown-member", pointer(where, name), message)
    cluster = value_of(step.arguments.get("ClusterId"), definition)
    if isinstance(cluster, str) and cluster and UNKNOWN not in cluster and not _CLUSTER.fullmatch(cluster):
        message = f"expected the id of a cluster, such as j-1A2B3C4D5E6F7, got {shown(cluster)}"
        yield _finding(step, "service-call", f"{where}/ClusterId", message)
    config = step.arguments.get("StepConfig")
    jar = config.get("HadoopJarStep") if isinstance(config, Mapping) else None
    if not isinstance(jar, Mapping) or not jar.get("Jar"):
        message = "expected StepConfig with HadoopJarStep and its Jar: add what the cluster runs"
        yield _finding(step, "service-call", where, message)
