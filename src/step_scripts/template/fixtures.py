"""Make a project's fixtures anew: run each step on them, and keep what the steps behind it read."""

from __future__ import annotations

import argparse
import ast
import graphlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from step_scripts import project
from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

CODE = "code"  # in a model's folder: a copy of the sources, which the fixtures need not repeat


class FixturesError(StepScriptsError, RuntimeError):
    """A step fails on the fixtures, or the steps read each other's outputs in a circle."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out ``step-scripts fixtures``."""
    flags = argparse.ArgumentParser(
        prog="step-scripts fixtures",
        description="Run the project's steps on its fixtures, and write what later steps read into the fixtures again.",
    )
    flags.parse_args(argv)
    refresh(project.find(), say=print)
    return 0


def refresh(home: project.Project, *, say: Callable[[str], object] = lambda _: None) -> dict[str, str]:
    """Run each step as a script, in the order in which they read each other's outputs, and replace their fixtures.

    Parameters
    ----------
    home : Project
        The project. Its tables, such as ``fixtures/houses.csv``, are read and stay as they are.
    say : callable, optional
        Gets a line before each step.

    Returns
    -------
    dict of str to str
        The report line of each step, by its name.

    Raises
    ------
    FixturesError
        When a step fails; the fixtures of this step and of the steps behind it are as they were.
    """
    read = reads(home)
    reports = {}
    for step in _in_order(read):
        say(f"running {home.steps}/{step}.py on the fixtures")
        reports[step] = _run(home, step)
        if any(fixture.split("/")[0] == step for fixtures in read.values() for fixture in fixtures):
            _replace(home.root / "runs" / step, home.folder("fixtures") / step)
    return reports


def reads(home: project.Project) -> dict[str, set[str]]:
    """Return the fixtures that each step's channels name, such as ``{"train": {"preprocess/train"}}``."""
    found = {}
    for path in sorted(home.folder("steps").glob("[!_]*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        values = [word.value for call in calls for word in call.keywords if word.arg == "fixture"]
        found[path.stem] = {str(value.value) for value in values if isinstance(value, ast.Constant)}
    return found


def _in_order(read: Mapping[str, set[str]]) -> list[str]:
    before = {step: {fixture.split("/")[0] for fixture in fixtures} & {*read} for step, fixtures in read.items()}
    try:
        return list(graphlib.TopologicalSorter(before).static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(error.args[1])
        raise FixturesError(f"expected steps that read outputs of earlier steps; got the circle {circle}") from None


def _run(home: project.Project, step: str) -> str:
    path = os.pathsep.join(filter(None, (str(home.root), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(  # noqa: S603 - the project's own scripts
        [sys.executable, f"{home.steps}/{step}.py"],
        cwd=home.root,
        env={**os.environ, "PYTHONPATH": path, project.ENVIRONMENT: str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FixturesError(f"{home.steps}/{step}.py fails on the fixtures:\n{done.stderr.strip()}")
    return (done.stdout.splitlines() or [""])[-1]


def _replace(outputs: Path, fixture: Path) -> None:
    """Replace a step's fixtures by its outputs, by renames, so that there is never half of them."""
    new, old = fixture.with_name(f".{fixture.name}.new"), fixture.with_name(f".{fixture.name}.old")
    for folder in (new, old):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(outputs, new, ignore=shutil.ignore_patterns(CODE, "__pycache__", ".*"))
    if fixture.exists():
        fixture.rename(old)
    new.rename(fixture)
    shutil.rmtree(old, ignore_errors=True)
