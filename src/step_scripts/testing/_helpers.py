"""What the tests of this package share: a project's scripts, a copy of it, and one way to fail."""

import ast
import importlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

from step_scripts.project import Project

PIPELINES = "pipelines"  # the folder of a project's further pipelines


def step_names(project: Project) -> list[str]:
    """Return the names of a project's steps: the files of its steps folder, without those that begin with ``_``."""
    return sorted(path.stem for path in project.folder("steps").glob("*.py") if not path.stem.startswith("_"))


def pipeline_files(project: Project) -> list[str]:
    """Return the files whose definitions are tested, relative to the project's folder.

    The first one is that of the setting ``pipeline``, or ``pipeline.py``. The others are found by looking: each file
    of ``pipelines/`` that has a function ``build``.
    """
    others = [f"{PIPELINES}/{path.name}" for path in sorted((project.root / PIPELINES).glob("*.py")) if _builds(path)]
    first = project.pipeline or "pipeline.py"
    alone = project.pipeline is None and others and not (project.root / first).is_file()
    return [*([] if alone else [first]), *(file for file in others if file != first)]


def _builds(path: Path) -> bool:
    """Tell whether a file is a pipeline's; one that is no Python is, so that its error is reported."""
    try:
        parsed = ast.parse(path.read_bytes())
    except SyntaxError:
        return True
    return any(isinstance(node, ast.FunctionDef) and node.name == "build" for node in parsed.body)


def script_path(project: Project, name: str) -> str:
    """Return the path of a step's script, relative to the project's folder."""
    return f"{project.steps}/{name}.py"


def import_script(project: Project, script: str) -> ModuleType:
    """Import a script of a project, such as ``steps/train.py``, as a module."""
    if str(project.root) not in sys.path:
        sys.path.insert(0, str(project.root))
    return importlib.import_module(script.removesuffix(".py").replace("/", "."))


def copy_project(project: Project, target: Path) -> Path:
    """Copy a project's folder, without its environments, its runs and what is hidden."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        here = Path(folder)
        return {
            name
            for name in names
            if name.startswith(".")
            or name == "__pycache__"
            or (name == "runs" and here == project.root)
            or (here / name / "pyvenv.cfg").exists()
        }

    shutil.copytree(project.root, target, ignore=left_out, dirs_exist_ok=True)
    return target


def problem(where: str, *, expected: object, got: object, fix: str) -> str:
    """Return one line about something that is wrong."""
    return f"{where}: expected: {expected}; got: {got}; fix: {fix}"


def listed(names: Iterable[object]) -> str:
    """Return names in one line, ``nothing`` where there are none."""
    return ", ".join(sorted(map(str, names))) or "nothing"


def fail_if(problems: Iterable[str]) -> None:
    """Fail the test that calls it, with a line for each different problem, if there are any."""
    __tracebackhide__ = True
    if found := list(dict.fromkeys(problems)):
        pytest.fail("\n".join(found), pytrace=False)
