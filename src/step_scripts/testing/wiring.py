"""What the definition says is what the scripts understand: flags, defaults, entry points and folders."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.testing._helpers import fail_if, listed, problem, script_path, step_names
from step_scripts.testing.jobs import BASE, CODE, CODE_FOLDER, inputs_of, outputs_of, ranges_of, script_of, words_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    import pytest

    from step_scripts.testing.harness import Harness
    from step_scripts.testing.jobs import Step
    from step_scripts.testing.step_files import StepFile


def test_every_script_of_the_definition_is_there(harness: Harness) -> None:
    """A job runs a file of the steps folder that is there."""
    project = harness.project
    known = [script_path(project, name) for name in step_names(project)]
    if harness.file == harness.compilation.files[0]:
        assert harness.jobs, f"expected at least one step that runs a script of {project.steps}/"
    fail_if(
        problem(name, expected=f"one of {listed(known)}", got=script_of(step), fix="correct the script's path")
        for name, step in harness.jobs.items()
        if script_of(step) not in known
    )


def test_a_step_is_in_the_pipeline(step_file: StepFile, harnesses: Mapping[str, Harness]) -> None:
    """A file of the steps folder is run by a step of a pipeline. For a tool that is no step, deselect this test."""
    scripts = {script_of(step) for harness in harnesses.values() for step in harness.jobs.values()}
    fix = f"add a step for it to {' or '.join(harnesses)}, or begin the file's name with _"
    if step_file.script not in scripts:
        fail_if([problem(step_file.script, expected="a step of a pipeline that runs it", got="none", fix=fix)])


def test_every_argument_parses_with_its_scripts_parser(harness: Harness) -> None:
    """A flag that the script does not know, or a value that it rejects, would end the job in the cloud."""
    problems = []
    for name, step in harness.jobs.items():
        words, errors = words_of(step, harness.resolve), io.StringIO()
        try:
            with contextlib.redirect_stderr(errors):
                _parser(harness, step).parse_args(words)
        except SystemExit:
            said = (errors.getvalue().strip().splitlines() or ["an exit"])[-1]
            expected, fix = f"{script_of(step)} accepts {' '.join(words)}", "use the script's own flags in pipeline.py"
            problems.append(problem(name, expected=expected, got=said, fix=fix))
    fail_if(problems)


def test_the_defaults_of_the_pipeline_are_the_scripts_own(harness: Harness) -> None:
    """The script alone and the pipeline do the same thing as long as no option is set."""
    problems = []
    for name, step in harness.jobs.items():
        parser = _parser(harness, step)
        searched = {entry["Name"] for _, entry in ranges_of(harness.steps[name])}
        alone, piped = vars(parser.parse_args([])), vars(parser.parse_args(words_of(step, harness.resolve)))
        for option, default in alone.items():
            if piped[option] != default and option.replace("_", "-") not in searched:
                where, expected = f"{name}, --{option.replace('_', '-')}", f"{default!r}, as in {script_of(step)}"
                fix = "make the parameter's default and the script's the same"
                problems.append(problem(where, expected=expected, got=repr(piped[option]), fix=fix))
    fail_if(problems)


def test_the_entry_point_is_a_script_of_the_bundle(harness: Harness) -> None:
    """The script lies in the code that the job gets, and finds the modules of that code."""
    problems = []
    for name, step in harness.jobs.items():
        folders = {input_name: folder for input_name, folder, _ in inputs_of(step)}
        path = step["Arguments"].get("Environment", {}).get("PYTHONPATH")
        if CODE not in folders:
            fix = "make the step with step_scripts.jobs"
            problems.append(problem(name, expected=f"an input {CODE!r}", got=listed(folders), fix=fix))
        elif path != folders[CODE]:
            fix = "make the step with step_scripts.jobs"
            problems.append(problem(f"{name}, PYTHONPATH", expected=folders[CODE], got=path, fix=fix))
        elif step["Type"] == "Processing" and folders[CODE] != CODE_FOLDER:
            fix = "give the input the folder that the entry point names"
            problems.append(problem(f"{name}, input {CODE}", expected=CODE_FOLDER, got=folders[CODE], fix=fix))
    fail_if(problems)


def test_every_folder_is_where_the_script_looks_for_it(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container, the folders of a script's flags are the definition's inputs and outputs: all, and no other."""
    problems = []
    for name, step in harness.jobs.items():
        base = tmp_path / name
        given = {folder for input_name, folder, _ in inputs_of(step) if input_name != CODE}
        for folder in given:
            (base / Path(folder).relative_to(BASE)).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(base))
        defaults = vars(_parser(harness, step).parse_args([])).values()
        paths = [path for path in defaults if isinstance(path, Path) and path.is_relative_to(base)]
        looked_at = {f"{BASE}/{path.relative_to(base).as_posix()}" for path in paths}
        read = {path for path in looked_at if "/input/" in path}
        if read != given:
            fix = "give the input and the script's channel the same name"
            where = f"{name}, folders that {script_of(step)} reads"
            problems.append(problem(where, expected=listed(given), got=listed(read), fix=fix))
        for folder in set(outputs_of(step).values()):
            if not any(folder.startswith(f"{place}/") for place in looked_at - read):
                where, expected = f"{name}, output folder", f"a folder below {listed(looked_at - read)}"
                problems.append(problem(where, expected=expected, got=folder, fix="collect what the script writes"))
    fail_if(problems)


def test_tables_travel_under_their_own_names(harness: Harness) -> None:
    """Where a step has an output called like the next step's input, that output is what the input gets."""
    problems = []
    for edge in harness.edges:
        outputs = outputs_of(harness.steps.get(edge.producer or "", {"Arguments": {}}))
        if edge.input in outputs and edge.input != edge.output:
            expected, fix = f"{edge.producer}.{edge.input}", "connect the output, or rename the input"
            problems.append(problem(str(edge), expected=expected, got=f"{edge.producer}.{edge.output}", fix=fix))
    fail_if(problems)


def _parser(harness: Harness, step: Step) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = harness.script_module(step).parser()
    return parser
