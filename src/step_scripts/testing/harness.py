"""A project's pipeline under test: compiled once, read as steps, jobs and edges, and run job by job."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from step_scripts.project import Project
from step_scripts.testing._helpers import import_script, pipeline_file
from step_scripts.testing.containers import Containers
from step_scripts.testing.jobs import Edge, Step, edges_of, script_of

_COMPILE_TIMEOUT_S = 120


@dataclass(frozen=True)
class Harness:
    """A project and its compiled pipeline.

    Attributes
    ----------
    project : Project
        The project.
    home : Path
        A temporary folder for what the tests write.
    """

    project: Project
    home: Path

    def compile(self, root: Path | None = None, *, cwd: Path | None = None, **environment: str) -> str:
        """Compile the pipeline of a folder, the project's or a copy's, in a fresh process with a bare environment."""
        done = self._run(root or self.project.root, cwd=cwd, **environment)
        if done.returncode:
            self._fail(done.stderr)
        return done.stdout

    @cached_property
    def text(self) -> str:
        """The definition as the command line writes it: compiled once, also where it does not compile."""
        done = self._done
        if done.returncode:
            reason, done.stderr = done.stderr, "the first test that failed says why"
            self._fail(reason)
        return done.stdout

    @cached_property
    def _done(self) -> subprocess.CompletedProcess[str]:
        return self._run(self.project.root)

    def _run(self, folder: Path, *, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        return subprocess.run(  # noqa: S603 - the project's own pipeline
            [sys.executable, str(folder / pipeline_file(self.project)), "--definition", "-"],
            cwd=cwd or folder,
            env={**kept, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMPILE_TIMEOUT_S,
        )

    def _fail(self, reason: str) -> NoReturn:
        pytest.fail(f"{pipeline_file(self.project)} does not compile:\n{reason}", pytrace=False)

    @cached_property
    def definition(self) -> Mapping[str, Any]:
        """The definition, parsed."""
        definition: Mapping[str, Any] = json.loads(self.text)
        return definition

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Every step by its name, those in branches and loops included."""
        from step_scripts.preflight.definition import read

        return {step.name: step.raw for step in read(self.definition)[0].steps}

    @cached_property
    def jobs(self) -> Mapping[str, Step]:
        """The steps that run a script of the project, by name."""
        return {name: step for name, step in self.steps.items() if script_of(step)}

    @cached_property
    def edges(self) -> Sequence[Edge]:
        """Every edge into a job."""
        return [edge for step in self.jobs.values() for edge in edges_of(step)]

    @cached_property
    def containers(self) -> Containers:
        """The jobs, each run once in the folders that the definition lays out for it."""
        return Containers(self.project, self.jobs, self.resolve, self.home / "containers")

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The default of each parameter by its name, None where it has none."""
        return {each["Name"]: each.get("DefaultValue") for each in self.definition.get("Parameters", [])}

    def resolve(self, expression: object) -> Any:  # noqa: ANN401 - whatever a definition holds
        """Fill an expression with the parameters' defaults, as the service does when an execution starts."""
        match expression:
            case {"Get": str(reference)}:
                name = reference.removeprefix("Parameters.")
                return self.defaults[name] if self.defaults.get(name) is not None else f"<{reference}>"
            case {"Std:Join": {"On": separator, "Values": values}}:
                return separator.join(str(self.resolve(value)) for value in values)
            case _:
                return expression

    def script_module(self, step: Step) -> ModuleType:
        """Import the script of a job as a module."""
        return import_script(self.project, script_of(step) or "")
