"""What every step of a project owes as a script: each is started as a program, in a copy of the project.

A project takes them all, in its local level: ``from step_scripts.testing.scripts import *``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.testing._helpers import fail_if, listed, problem
from step_scripts.testing.step_files import content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from step_scripts.testing.step_files import StepFile, StepProcesses

MEASURED = "latency"  # the output for what a clock said, which is never the same again


def test_help_is_quick(step_file: StepFile, step_processes: StepProcesses) -> None:
    """`--help` exits with 0 without importing what is slow."""
    code, text, imported = step_processes.helps[step_file.name]
    assert code == 0, f"{step_file.script} --help exits with {code}, expected 0"
    assert text.startswith(f"usage: {step_file.name}.py"), f"{step_file.script}: fix: use step.parser"
    if imported:
        fix = "import them in the functions that need them"
        fail_if([problem(f"{step_file.script} --help", expected="no slow import", got=listed(imported), fix=fix)])


def test_a_step_runs_as_a_script_without_arguments(step_file: StepFile, step_processes: StepProcesses) -> None:
    """From any folder it exits with 0, and its last line is a report that the summary table can read."""
    done = step_processes.finished(step_file.name)
    assert (done.code, done.errors) == (0, ""), f"{step_file.script} exits with {done.code}:\n{done.errors}"
    last = (done.out.splitlines() or [""])[-1]
    if not re.fullmatch(r"report:( \w+=\S+)+", last):
        where, fix = f"{step_file.script}, last line", "end main with step.report"
        fail_if([problem(where, expected="report: name=value ...", got=repr(last), fix=fix)])


def test_a_script_says_where_its_results_are(step_file: StepFile, step_processes: StepProcesses) -> None:
    """On a laptop it names the folder and, in it, each of its outputs."""
    done = step_processes.finished(step_file.name)
    home = step_processes.tree / "runs" / step_file.name
    found = re.findall(rf"^wrote {re.escape(str(home))}: (.+)$", done.out, re.MULTILINE)
    written = listed(path.name for path in home.iterdir()) if home.is_dir() else "nothing"
    if [listed(names.split(", ")) for names in found] != [written]:
        fix = "write all outputs in one step.all_or_nothing"
        fail_if([problem(step_file.script, expected=f"one line: wrote {home}: {written}", got=done.out, fix=fix)])


def test_a_script_writes_below_runs_only(step_file: StepFile, step_processes: StepProcesses) -> None:
    """The project, the working directory and the temporary folder are what they were; no partial file is left."""
    step_processes.finished(step_file.name)
    before, after = step_processes.before, content(step_processes.tree)
    changed = {path for path, data in before.items() if after.get(path) != data}
    homes = {("runs", name) for name in step_processes.names}
    changed |= {path for path in set(after) - set(before) if Path(path).parts[:2] not in homes}
    changed |= {str(path) for folder in step_processes.folders(step_file.name) for path in folder.iterdir()}
    changed |= {str(path) for path in (step_processes.tree / "runs" / step_file.name).rglob(".*")}
    if changed:
        fix = "write to the folders of step.output_dir and step.model_dir, in step.all_or_nothing"
        fail_if([problem(step_file.script, expected="results below runs/ only", got=listed(changed), fix=fix)])


def test_a_script_writes_what_the_function_returns(step_file: StepFile, step_processes: StepProcesses) -> None:
    """Another process, folder and hash seed give the same bytes as the function in this process."""
    step_processes.finished(step_file.name)
    again = _repeatable(content(step_processes.tree / "runs" / step_file.name))
    calls = {path.removeprefix(f"{step_file.name}/"): data for path, data in step_file.calls.files.items()}
    written = _repeatable(calls)
    assert written, f"{step_file.script}: expected: files; got: none"
    differing = {path for path in {*again, *written} if again.get(path) != written.get(path)}
    if differing:
        fix = "take clocks, random numbers and the order of sets out of the results"
        fail_if(
            [problem(step_file.script, expected="the same bytes twice", got=f"others in {listed(differing)}", fix=fix)]
        )


def _repeatable(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files by path, all in place, but without what was measured."""
    return {path: b"" if Path(path).parts[0] == MEASURED else data for path, data in files.items()}


__all__ = [name for name in globals() if name.startswith("test_")]
