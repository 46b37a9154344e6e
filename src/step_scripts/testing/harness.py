"""A pipeline of a project under test: compiled once, read as steps, jobs and edges, and run job by job."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any, Self

import pytest

from step_scripts.project import Project
from step_scripts.testing._helpers import import_script, pipeline_files
from step_scripts.testing.compilation import Compilation, Compiled, compile_all
from step_scripts.testing.containers import Containers, Run
from step_scripts.testing.jobs import Edge, Step, edges_of, script_of, trial_of


@dataclass(frozen=True)
class Harness:
    """A pipeline of a project, compiled.

    Attributes
    ----------
    project : Project
        The project.
    home : Path
        A temporary folder for what the tests write.
    file : str
        The pipeline's file, relative to the project's folder.
    compilation : Compilation
        The pipelines of the project, compiled.
    known : dict
        What was seen of jobs, which harnesses may share: see `Containers`.
    """

    project: Project
    home: Path
    file: str
    compilation: Compilation
    known: dict[str, Run] = field(default_factory=dict)

    @classmethod
    def all(cls, project: Project, home: Path, *, needed: Collection[str] | None = None) -> dict[str, Self]:
        """Make a harness for each pipeline of a project, by its file; the first one is the project's main pipeline.

        With `needed`, only these files are compiled together, "" for the main one; another one when it is asked for.
        """
        files, known = pipeline_files(project), dict[str, Run]()
        together = [file for file in files if needed is None or file in needed or (file == files[0] and "" in needed)]
        compilation = Compilation(project, files, home, together)
        return {file: cls(project, home / PurePosixPath(file).stem, file, compilation, known) for file in files}

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return PurePosixPath(self.file).stem

    def compile(self, root: Path | None = None, *, cwd: Path | None = None, **environment: str) -> str:
        """Compile the pipeline of a folder, the project's or a copy's, in a fresh process with a bare environment."""
        return self._text(compile_all(root or self.project.root, [self.file], cwd=cwd, **environment)[self.file])

    @cached_property
    def text(self) -> str:
        """The definition as the command line writes it: compiled once, also where it does not compile."""
        compiled = self.compilation.of(self.file)
        if compiled.code:
            if self.file in self.compilation.reported:
                compiled = replace(compiled, errors="the first test that failed says why")
            self.compilation.reported.add(self.file)
        return self._text(compiled)

    @property
    def text_again(self) -> str:
        """The definition of a copy of the project, compiled under other circumstances."""
        return self._text(self.compilation.again_of(self.file))

    def _text(self, compiled: Compiled) -> str:
        if compiled.code:
            pytest.fail(f"{self.file} does not compile:\n{compiled.errors}", pytrace=False)
        return compiled.text

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
        """The steps that run a script of the project, by name; a tuning step as one of its trials."""
        return {name: job for name, step in self.steps.items() if script_of(job := self._job(step))}

    def _job(self, step: Step) -> Step:
        return trial_of(step, self._own_values(step)) if step["Type"] == "Tuning" else step

    def _own_values(self, step: Step) -> Mapping[str, str]:
        """Return the script's own value of each option, as text; nothing where the script cannot be imported."""
        script = script_of(trial_of(step, {}))
        if script is None or not (self.project.root / script).is_file():
            return {}
        own = vars(import_script(self.project, script).parser().parse_args([]))
        return {name.replace("_", "-"): str(value) for name, value in own.items()}

    @cached_property
    def edges(self) -> Sequence[Edge]:
        """Every edge into a job."""
        return [edge for step in self.jobs.values() for edge in edges_of(step)]

    @cached_property
    def containers(self) -> Containers:
        """The jobs, each run once in the folders that the definition lays out for it."""
        return Containers(self.project, self.jobs, self.resolve, self.home / "containers", known=self.known)

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
