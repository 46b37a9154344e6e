"""Check property files, which a step writes for conditions, and Std:JsonGet, which reads them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from step_scripts.preflight.definition import Definition, Step, function_of
from step_scripts.preflight.finding import Finding, nearest, pointer, shown
from step_scripts.preflight.properties import to_step

MEMBERS = frozenset({"Path", "PropertyFile", "S3Uri"})
# The service's paths: names separated by dots, or quoted in brackets; indices in brackets. No star, because it would
# give many values, and no slash.
_NAME = r"""[^.\s\[\]'"*/]+"""
_BRACKETS = r"""\[\d+\]|\['[^']+'\]|\["[^"]+"\]"""
_JSON_PATH = re.compile(rf"(?!\$$)(\$\.?)?({_NAME}|{_BRACKETS})(\.{_NAME}|{_BRACKETS})*")


def check(step: Step) -> Iterator[Finding]:
    """Yield property files of a step whose output or path is invalid."""
    outputs = output_names(step)
    listed = step.raw.get("PropertyFiles", [])
    if not isinstance(listed, list) or any(not isinstance(one, Mapping) for one in listed):
        message = f"expected a list of objects with PropertyFileName, OutputName and FilePath, got {shown(listed)}"
        yield Finding(f"{step.where}/PropertyFiles", "structure", "error", step.name, message)
        return
    for number, file in enumerate(_files(step)):
        where = pointer(f"{step.where}/PropertyFiles", number)
        output = file.get("OutputName")
        if output not in outputs and function_of(output) is None:
            hint = nearest(str(output), outputs)
            message = f"{step.name} has no output {output!r}: {hint}"
            yield Finding(pointer(where, "OutputName"), "unknown-output", "error", step.name, message)
        path = file.get("FilePath")
        if not isinstance(path, str) or not path or path.startswith("/") or {"..", "s3:"} & {*path.split("/")}:
            message = f"expected a path below the output, got {shown(path)}"
            yield Finding(pointer(where, "FilePath"), "property-file-path", "error", step.name, message)


def json_get(definition: Definition, step: Step | None, where: str, given: object) -> Iterator[Finding]:
    """Yield the problems of the argument of a Std:JsonGet."""

    def finding(rule: str, message: str) -> Finding:
        return Finding(where, rule, "error", step.name if step else None, message)

    if not isinstance(given, Mapping) or not isinstance(given.get("Path"), str) or not given["Path"].strip():
        yield finding("json-get", f"expected a Path (a text) and a PropertyFile or an S3Uri, got {shown(given)}")
        return
    for name in sorted(set(map(str, given)) - MEMBERS):
        yield finding("json-get", f"Std:JsonGet has no {name}: {nearest(name, MEMBERS)}")
    if not _JSON_PATH.fullmatch(given["Path"]):
        yield finding(
            "json-get",
            f"{shown(given['Path'])} is not a path: expected names and indices, such as metrics.loss[0].value",
        )
    source = given.get("PropertyFile")
    if source is not None and given.get("S3Uri") is not None:
        yield finding("json-get", "expected one of PropertyFile and S3Uri, got both: remove one")
    if source is None:
        yield from _from_s3(step, given, finding)
        return
    target = source.get("Get") if isinstance(source, Mapping) else None
    reference = to_step(target)
    if reference is None or not reference.path.startswith(".PropertyFiles."):
        yield finding(
            "json-get", f"expected a PropertyFile such as 'Steps.Name.PropertyFiles.Name', got {shown(source)}"
        )
        return
    producer, name = definition.step(reference.step), reference.path.removeprefix(".PropertyFiles.")
    if producer is not None:  # an absent producer is reported by unknown-step
        names = [one["PropertyFileName"] for one in _files(producer) if isinstance(one.get("PropertyFileName"), str)]
        if name not in names:
            yield finding(
                "unknown-property-file", f"{producer.name} has no property file {name!r}: {nearest(name, names)}"
            )


def _from_s3(step: Step | None, given: Mapping[str, Any], finding: Any) -> Iterator[Finding]:  # noqa: ANN401 - a function
    uri = given.get("S3Uri")
    if uri is None:
        yield finding("json-get", "expected one of PropertyFile and S3Uri, got neither: add one")
    elif function_of(uri) != "Std:Join":
        yield finding("json-get", f"expected an S3Uri made by Std:Join, got {shown(uri)}")
    elif step is None or not step.raw.get("DependsOn"):
        message = "the file may be read too early: name the step that writes it in DependsOn"
        yield finding("json-get", message)


def output_names(step: Step) -> list[str]:
    """Return the names of a processing step's outputs."""
    config = step.arguments.get("ProcessingOutputConfig")
    outputs = config.get("Outputs") if isinstance(config, Mapping) else None
    named = [output for output in outputs if isinstance(output, Mapping)] if isinstance(outputs, list) else []
    return [output["OutputName"] for output in named if isinstance(output.get("OutputName"), str)]


def _files(step: Step) -> Sequence[Mapping[str, Any]]:
    files = step.raw.get("PropertyFiles")
    return [file for file in files if isinstance(file, Mapping)] if isinstance(files, list) else []
