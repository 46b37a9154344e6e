"""The definition is a function of the project's files: same files, same bytes; one edit, one change."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from step_scripts.preflight.reruns import KEYS
from step_scripts.testing._helpers import fail_if, problem
from step_scripts.testing.jobs import script_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

    from step_scripts.testing.harness import Harness

_EXECUTION = "Execution."
_OUTPUTS = ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")


def test_compiling_again_gives_the_same_bytes(harness: Harness) -> None:
    """Neither the place of the project, nor the working directory, the hash seed or an AWS profile changes a byte."""
    first, again = harness.text, harness.text_again
    differing = (pair for pair in zip(first.splitlines(), again.splitlines(), strict=False) if len({*pair}) > 1)
    if again != first:
        old, new = next(differing, ("the end", "another end"))
        fix = "take folders, clocks, random numbers and the environment out of the definition"
        where = f"{harness.file}, compiled again"
        fail_if([problem(where, expected=old.strip(), got=new.strip(), fix=fix)])


def test_an_edit_of_a_script_changes_its_own_code_alone(harness: Harness) -> None:
    """A job's code is addressed by its content, so that the cache hits for every step that was not edited."""
    from step_scripts.jobs import bundle

    clone = harness.compilation.clone
    scripts = {str(script_of(step)) for step in harness.jobs.values()}
    before, problems = {script: bundle.of(script, clone).key for script in scripts}, []
    for name, step in harness.jobs.items():
        key = before[str(script_of(step))]
        if key not in json.dumps(step["Arguments"]):
            fix = "make the step with step_scripts.jobs"
            problems.append(problem(f"{name}, URI of its code", expected=key, got="another one", fix=fix))
    for script in sorted(scripts):
        path = clone / script
        original = path.read_bytes()
        path.write_bytes(original + b"\n# an edit\n")
        changed = {other for other in scripts if bundle.of(other, clone).key != before[other]}
        path.write_bytes(original)
        if changed != {script}:
            fix = "let no step import a step"
            problems.append(problem(f"an edit of {script} changes the code of", expected=script, got=changed, fix=fix))
    fail_if(problems)


def test_the_definition_is_the_reviewed_one(harness: Harness, request: pytest.FixtureRequest) -> None:
    """A change of the definition is a change that a person has looked at: the snapshot is part of the commit."""
    from step_scripts.jobs import bundle

    name, masked = _snapshot(harness), bundle.masked(harness.text)
    if name is None:
        fix = 'add snapshot = "tests/definition/pipeline.json" to it, and run pytest with --refresh-snapshot'
        fail_if([problem("pyproject.toml, [tool.step-scripts]", expected="a snapshot", got="none", fix=fix)])
        return
    path = harness.project.root / name
    if request.config.getoption("--refresh-snapshot"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(masked)
    reviewed = path.read_text() if path.is_file() else ""
    fix = "if the change is meant, run this test with --refresh-snapshot, look at the difference, and commit it"
    assert masked == reviewed, f"{name} is not the compiled definition; fix: {fix}"


def _snapshot(harness: Harness) -> str | None:
    """Return the place of a pipeline's snapshot: that of the setting, and beside it ``<file>.json`` for the others."""
    name = harness.project.snapshot
    is_main = harness.file == harness.compilation.files[0]
    return name if is_main or name is None else str(PurePosixPath(name).with_name(f"{harness.name}.json"))


def test_preflight_has_no_finding(harness: Harness) -> None:
    """No error and no warning, except those of rules that the project ignores with a reason."""
    from step_scripts import preflight

    ignored = preflight.ignored(harness.project.root)
    found = preflight.check(harness.definition, ignore=ignored)
    fail_if(f"{harness.file}, {one.step or one.where}: {one.severity} {one.rule}: {one.message}" for one in found)


def test_only_outputs_are_named_after_the_execution(harness: Harness) -> None:
    """An execution id in arguments, environment or inputs defeats the cache; in an output it protects cached files.

    A step of a type without a cache may have it elsewhere: the name of an endpoint's configuration has to be new.
    """
    problems = []
    for name, step in harness.steps.items():
        if step["Type"] not in KEYS:
            continue
        arguments = dict(step["Arguments"])
        arguments |= arguments.pop("TrainingJobDefinition", {})
        outputs = {member: arguments.pop(member) for member in _OUTPUTS if member in arguments}
        if _EXECUTION in json.dumps(arguments):
            fix = "take the execution's id out of arguments, environment and inputs"
            problems.append(problem(name, expected="no execution id outside of outputs", got="one", fix=fix))
        for uri in _uris(outputs):
            if _EXECUTION not in json.dumps(uri):
                fix = "put Execution.PipelineExecutionId into the output's URI"
                where = f"{name}, output"
                problems.append(problem(where, expected="a URI with the execution's id", got=json.dumps(uri), fix=fix))
    fail_if(problems)


def _uris(outputs: Mapping[str, Any]) -> Iterator[Any]:
    for output in outputs.get("ProcessingOutputConfig", {}).get("Outputs", []):
        yield output["S3Output"]["S3Uri"]
    yield from (outputs[member]["S3OutputPath"] for member in _OUTPUTS[1:] if member in outputs)
