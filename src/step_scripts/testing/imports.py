"""The pipeline names scripts and imports none: what import-linter cannot check, because pipeline.py is a module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.testing._helpers import fail_if, problem

if TYPE_CHECKING:
    from step_scripts.testing.harness import Harness

FRAMEWORK = "step_scripts"
_OF_STEPS = ("contracts", "serving", "step")  # the packages for what runs inside a container


def test_the_pipeline_knows_scripts_by_name_only(harness: Harness) -> None:
    """Nothing that a step is made of is imported by the pipeline, not even through another module."""
    from step_scripts import closure

    project = harness.project
    seen = closure.of([harness.file], project).files
    own = [name for name in seen if name.endswith(".py") and Path(name).parts[0] != FRAMEWORK]
    of_steps = set(closure.of([str(path.relative_to(project.root)) for path in _scripts(harness)], project).files)
    fix = "name the script or the path in the pipeline as a text"
    problems = [
        problem(harness.file, expected="no import of what a step is made of", got=name, fix=fix)
        for name in own
        if name in of_steps
    ]
    for name in own:
        problems += [
            problem(name, expected=f"no import of {FRAMEWORK}.{package}", got="one", fix="import it in a step")
            for package in _OF_STEPS
            if _imports(project.root / name, f"{FRAMEWORK}.{package}")
        ]
    fail_if(problems)


def _scripts(harness: Harness) -> list[Path]:
    return sorted(harness.project.folder("steps").glob("*.py"))


def _imports(path: Path, package: str) -> bool:
    """Tell whether a file imports a package or something of it, in functions too."""
    import ast

    for node in ast.walk(ast.parse(path.read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(name == package or name.startswith(f"{package}.") for name in names):
            return True
    return False
