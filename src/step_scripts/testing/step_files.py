"""A project's steps as files: their functions, called on the fixtures, and their scripts, started as programs."""

from __future__ import annotations

import copy
import inspect
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from step_scripts.testing._helpers import copy_project, import_script, script_path, step_names

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from step_scripts.project import Project

# Libraries that take so long to import that the options of a script must not wait for them.
SLOW = frozenset(
    {
        *("boto3", "great_expectations", "lightgbm", "matplotlib", "sagemaker", "scipy", "sklearn"),
        *("tensorflow", "torch", "xgboost"),
    }
)
_TIMEOUT_S = 120
_HELP = f"""
import contextlib, io, json, runpy, sys
for script in sys.argv[1:]:
    sys.argv, printed, code = [script, "--help"], io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as exit:
            code = exit.code
    print(json.dumps([code, printed.getvalue(), sorted({set(SLOW)} & set(sys.modules))]))
"""


@dataclass(frozen=True)
class Calls:
    """What two calls of a step's function did.

    Attributes
    ----------
    inputs
        Copies of the arguments: before, between and after the calls.
    results
        What each call returned.
    files
        The content of each file that was written of the first result, by its path below ``runs/``.
    """

    inputs: Sequence[tuple[Any, ...]]
    results: Sequence[Any]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class StepFile:
    """A step: a file of the project's steps folder.

    Attributes
    ----------
    name : str
        The file's, without its ending.
    project : Project
        The project.
    home : Path
        A temporary folder.
    """

    name: str
    project: Project
    home: Path

    @property
    def script(self) -> str:
        """The file, relative to the project's folder."""
        return script_path(self.project, self.name)

    @cached_property
    def module(self) -> ModuleType:
        """The step as a module."""
        return import_script(self.project, self.script)

    @property
    def function(self) -> Callable[..., Any]:
        """The step's pure function: it has the name of the file."""
        function: Callable[..., Any] = getattr(self.module, self.name)
        return function

    @property
    def options(self) -> list[str]:
        """The names of the function's options."""
        parameters = inspect.signature(self.function).parameters.values()
        return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]

    def defaults(self) -> argparse.Namespace:
        """Parse the command line without arguments."""
        defaults: argparse.Namespace = self.module.parser().parse_args([])
        return defaults

    def moved(self, home: Path) -> argparse.Namespace:
        """Return the arguments, with every folder below ``runs/`` moved below another one."""
        args, runs = self.defaults(), self.project.root / "runs"
        folders = {name: value for name, value in vars(args).items() if isinstance(value, Path)}
        below = {name: home / path.relative_to(runs) for name, path in folders.items() if path.is_relative_to(runs)}
        assert below, f"{self.script}: expected: an option for a folder, below runs/ by default; fix: step.output_dir"
        return type(args)(**{**vars(args), **below})

    @cached_property
    def calls(self) -> Calls:
        """What the function does on the fixtures, called twice."""
        args = self.defaults()
        arguments = self.module.read_inputs(args)
        options = {name: getattr(args, name) for name in self.options}
        inputs, results = [copy.deepcopy(arguments)], []
        for _ in range(2):
            results.append(self.function(*arguments, **options))
            inputs.append(copy.deepcopy(arguments))
        self.module.write_outputs(results[0], self.moved(self.home))
        return Calls(inputs, results, content(self.home))


@dataclass(frozen=True)
class Done:
    """How a process ended."""

    code: int
    out: str
    errors: str


class StepProcesses:
    """Every step, started as a script without arguments, from an empty folder, in a copy of the project.

    The steps run side by side, once the first of them is asked for. Those that still run are ended with the block.

    Parameters
    ----------
    project : Project
        The project.
    home : Path
        A temporary folder.
    names : sequence of str, optional
        The steps to start; all by default.
    """

    def __init__(self, project: Project, home: Path, *, names: Sequence[str] | None = None) -> None:
        """Keep the places; nothing is started yet."""
        self._project, self._home, self._done = project, home, dict[str, Done]()
        self.names = step_names(project) if names is None else list(names)
        self._started: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        """Copy the project."""
        self.tree = copy_project(self._project, self._home / "tree")
        self.before = content(self.tree)
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs."""
        for process in self._started.values():
            process.kill()
            process.communicate()

    def folders(self, name: str) -> tuple[Path, Path]:
        """Return the working directory and the temporary folder of a step's process."""
        return self._home / "cwd" / name, self._home / "tmp" / name

    def finished(self, name: str) -> Done:
        """Wait for a step's process. The first time, all steps are started."""
        for other in self.names if name not in self._started else ():
            self._started[other] = self._start(other, self._script(other))
        if name not in self._done:
            out, errors = self._started[name].communicate(timeout=_TIMEOUT_S)
            self._done[name] = Done(self._started[name].returncode, out, errors)
        return self._done[name]

    @cached_property
    def helps(self) -> Mapping[str, tuple[int, str, list[str]]]:
        """What each step does on ``--help``, by its name: exit code, text, and the slow libraries that are imported."""
        self._started["--help"] = self._start("--help", "-c", _HELP, *map(self._script, self.names))
        done = self.finished("--help")
        assert (done.code, done.errors) == (0, "")
        return dict(zip(self.names, map(json.loads, done.out.splitlines()), strict=True))

    def _script(self, name: str) -> str:
        return str(self.tree / script_path(self._project, name))

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        cwd, temporary = self.folders(name)
        cwd.mkdir(parents=True)
        temporary.mkdir(parents=True)
        path = os.pathsep.join(filter(None, (str(self.tree), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": path, "TMPDIR": str(temporary)}
        environment.pop("STEP_SCRIPTS_PROJECT", None)
        return subprocess.Popen(  # noqa: S603 - the project's own scripts
            [sys.executable, *arguments],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def content(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder by its path, byte code aside."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
