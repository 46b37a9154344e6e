"""What a pipeline sends to a Lambda function is what its handler takes, and what it reads is what the handler returns.

A function has two contracts, JSON Schemas in the project's folder of contracts. They are found by its file's name::

    functions/approve.py
    contracts/functions/approve.event.schema.json     # what the handler is given
    contracts/functions/approve.result.schema.json    # what it returns

Whether a real result keeps its contract is for a project's own tests, with the fixture `call_function`.
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from step_scripts.preflight.definition import function_of, references
from step_scripts.testing._helpers import fail_if, listed, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from step_scripts.project import Project
    from step_scripts.testing.harness import Harness
    from step_scripts.testing.jobs import Step

EVENT, RESULT = "event", "result"
# Of JSON Schema, by the types of a step's outputs, and by those of references.
OF_OUTPUTS = {"Boolean": {"boolean"}, "Float": {"integer", "number"}, "Integer": {"integer"}, "String": {"string"}}
OF_REFERENCES = {
    "boolean": {"boolean"},
    "double": {"number"},
    "float": {"number"},
    "integer": {"integer", "number"},
    "list": {"array"},
    "long": {"integer", "number"},
    "map": {"object"},
    "string": {"string"},
    "structure": {"object"},
    "timestamp": {"string"},
}
_HANDLERS = ("handler", "lambda_handler")


def test_every_function_of_the_definition_is_there(harness: Harness) -> None:
    """A Lambda step invokes a function whose code is a file of functions/."""
    from step_scripts.local.functions import FunctionError

    problems = []
    for name, step in _lambdas(harness):
        try:
            stem_of(harness, step)
        except FunctionError as error:
            problems.append(f"{harness.file}, {name}: {error}")
    fail_if(problems)


def test_every_function_has_contracts_of_its_event_and_its_result(harnesses: Mapping[str, Harness]) -> None:
    """Both are valid JSON Schemas of objects that name every key."""
    project = next(iter(harnesses.values())).project
    files = sorted((project.root / "functions").glob("*.py"))
    fail_if(
        found
        for path in files
        if _has_handler(path)
        for kind in (EVENT, RESULT)
        for found in _faults(project, path, kind)
    )


def test_the_event_of_a_function_keeps_its_contract(harness: Harness) -> None:
    """Every key that a step sends is in the schema, with a value that fits, and each required key is sent."""
    problems = []
    for name, step, stem in _with_contracts(harness):
        schema, where = _schema(harness.project, stem, EVENT), f"{harness.file}, {name}"
        known, sent, file = schema.get("properties", {}), step["Arguments"], path_of(harness.project, stem, EVENT).name
        problems += [
            problem(
                f"{where}, input {key}",
                expected=f"one of {listed(known)}",
                got=key,
                fix=f"correct it, or add it to {file}",
            )
            for key in sorted({*sent} - {*known})
        ]
        problems += [
            problem(where, expected=f"an input {key}", got=listed(sent), fix=f"send it; {file} requires it")
            for key in schema.get("required", [])
            if key not in sent
        ]
        for key in sent:
            for said in _misfits(harness, known.get(key, True), sent[key]):
                fix = f"send another value, or change {file}"
                problems.append(problem(f"{where}, input {key}", expected=said[0], got=said[1], fix=fix))
    fail_if(problems)


def test_a_function_returns_the_outputs_that_a_step_declares(harness: Harness) -> None:
    """Each declared output is a required key of the result, of a type that the step can read."""
    problems = []
    for name, step, stem in _with_contracts(harness):
        schema, file = _schema(harness.project, stem, RESULT), path_of(harness.project, stem, RESULT).name
        known = schema.get("properties", {})
        for output in step.get("OutputParameters", []):
            key, kind = output["OutputName"], output["OutputType"]
            where = f"{harness.file}, {name}, output {key}"
            if key not in known:
                fix = f"correct it, or let the function return it and add it to {file}"
                problems.append(problem(where, expected=f"one of {listed(known)}", got=key, fix=fix))
            elif key not in schema.get("required", []):
                fix = f"return it always, and require it in {file}"
                problems.append(problem(where, expected="a key that each result has", got="an optional one", fix=fix))
            elif not (types := _types(known[key])) or not types <= OF_OUTPUTS.get(kind, set()):
                fix = f"declare the type that {file} has"
                problems.append(problem(where, expected=listed(types) or "a type", got=kind, fix=fix))
    fail_if(problems)


def stem_of(harness: Harness, step: Step) -> str:
    """Return the name of the file with a Lambda step's function.

    Raises
    ------
    step_scripts.local.functions.FunctionError
        When there is no such file.
    """
    from step_scripts.local import functions

    return functions.find(harness.project.root, str(harness.resolve(step.get("FunctionArn")))).file.stem


def path_of(project: Project, stem: str, kind: str) -> Path:
    """Return the contract of a function's ``event`` or ``result``."""
    return project.folder("contracts") / "functions" / f"{stem}.{kind}.schema.json"


def _lambdas(harness: Harness) -> Iterator[tuple[str, Step]]:
    yield from ((name, step) for name, step in harness.steps.items() if step["Type"] == "Lambda")


def _with_contracts(harness: Harness) -> Iterator[tuple[str, Step, str]]:
    """Yield the Lambda steps whose function has contracts; the others are reported by tests of their own."""
    from step_scripts.local.functions import FunctionError

    for name, step in _lambdas(harness):
        try:
            stem = stem_of(harness, step)
        except FunctionError:
            continue
        if not any(
            _faults(harness.project, harness.project.root / f"functions/{stem}.py", kind) for kind in (EVENT, RESULT)
        ):
            yield name, step, stem


def _schema(project: Project, stem: str, kind: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(path_of(project, stem, kind).read_text(encoding="utf-8"))
    return schema


def _has_handler(path: Path) -> bool:
    body = ast.parse(path.read_bytes()).body
    return any(isinstance(node, ast.FunctionDef) and node.name in _HANDLERS for node in body)


def _faults(project: Project, function: Path, kind: str) -> list[str]:
    """Return what is wrong with a contract of a function."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    path = path_of(project, function.stem, kind)
    where, wanted = f"functions/{function.name}, its {kind}", "a JSON Schema of an object with properties"
    shown = path.relative_to(project.root).as_posix()
    if not path.is_file():
        verb = "is given" if kind == EVENT else "returns"
        return [problem(where, expected=shown, got="no such file", fix=f"write down what the handler {verb}")]
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
    except (ValueError, SchemaError) as error:
        return [problem(f"{where}, {shown}", expected=wanted, got=str(error).splitlines()[0], fix="correct it")]
    if not isinstance(schema, dict) or schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        fix = 'write "type": "object", and every key to "properties"'
        return [problem(f"{where}, {shown}", expected=wanted, got="another schema", fix=fix)]
    return []


def _misfits(harness: Harness, schema: Any, value: object) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Yield what is expected and what is sent, where a value does not fit: as far as it is known before a run."""
    from jsonschema import Draft202012Validator

    if function_of(value) is None and any(references(value, "")):
        return  # an object with references in it
    known = [value] if function_of(value) is None else list(_known(harness, value))
    for each in known:
        error = next(iter(Draft202012Validator(schema).iter_errors(each)), None)
        if error is not None:
            yield f"{error.validator} {json.dumps(error.validator_value)}", json.dumps(each)
    if not known and isinstance(schema, dict):
        kinds = _kinds(harness, value)
        if kinds and (types := _types(schema)) and not kinds & types:
            yield f"type {listed(types)}", f"{json.dumps(value)}, of type {listed(kinds)}"


def _known(harness: Harness, value: Any) -> Iterator[object]:  # noqa: ANN401 - any JSON
    """Yield the values that a parameter can have: its default, and those of its enumeration."""
    name = str(value.get("Get", "")).removeprefix("Parameters.")
    for parameter in harness.definition.get("Parameters", []):
        if parameter["Name"] == name:
            values = [parameter.get("DefaultValue"), *parameter.get("EnumValues", [])]
            yield from (each for each in values if each not in (None, ""))


def _kinds(harness: Harness, value: object) -> set[str]:
    from step_scripts.preflight.definition import read
    from step_scripts.preflight.properties import type_of

    return OF_REFERENCES.get(type_of(value, read(harness.definition)[0]) or "", set())


def _types(schema: Any) -> set[str]:  # noqa: ANN401 - any JSON
    """Return the types that a schema allows; where it names none, those of its constants."""
    if not isinstance(schema, dict):
        return set()
    types = schema.get("type", [])
    if not types and isinstance(constants := schema.get("enum", [schema["const"]] if "const" in schema else []), list):
        names = {bool: "boolean", int: "integer", float: "number", str: "string"}
        return {names.get(type(each), "object") for each in constants}
    return {types} if isinstance(types, str) else {*types}


__all__ = [name for name in globals() if name.startswith("test_")]
