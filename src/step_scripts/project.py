"""The project that uses the framework: where its folder is, and what ``[tool.step-scripts]`` says about it.

A project is a folder with a ``pyproject.toml`` that has the table ``[tool.step-scripts]``. What can be found by
looking (``contracts/*.yaml``, ``steps/*.py``) is listed nowhere. Every setting has a default::

    [tool.step-scripts]
    label = "price"                      # the column that the model predicts; a record to score has none
    inputs = ["houses"]                  # contracts of the tables that come from outside
    predictor = "model.predictor"        # the module with load(folder), which makes a predictor from a model's folder
    contracts = "contracts"              # folders, relative to the project
    steps = "steps"
    fixtures = "fixtures"
    snapshot = "tests/definition/pipeline.json"   # the definition that somebody has reviewed

    [tool.step-scripts.files]            # how the names of a contract's files begin, where not with its own name
    features = ["train", "test"]
"""

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from step_scripts._shared import StepScriptsError, nearest

FILE = "pyproject.toml"
ENVIRONMENT = (
    "STEP_SCRIPTS_PROJECT"  # names the project's folder, where neither script nor working directory lies in it
)
# What a job needs to know. The other settings are for the laptop: an edit of them must not change a job's code.
IN_JOBS = ("contracts", "files", "label", "predictor")
# Tables below [tool.step-scripts] that a tool of the same name reads by itself.
OF_TOOLS = frozenset({"preflight"})


class ProjectError(StepScriptsError, ValueError):
    """There is no project, or its settings are wrong; the message says what was expected and what to do."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project: its folder and its settings; see the module's docstring."""

    root: Path
    label: str | None = None
    inputs: tuple[str, ...] = ()
    predictor: str | None = None
    contracts: str = "contracts"
    steps: str = "steps"
    fixtures: str = "fixtures"
    snapshot: str | None = None
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def folder(self, kind: str) -> Path:
        """Return the folder of ``contracts``, ``steps`` or ``fixtures``."""
        return self.root / str(getattr(self, kind))

    def prefixes(self, contract: str) -> tuple[str, ...]:
        """Return how the names of a contract's files begin: as ``files`` says, else with the contract's own name."""
        return self.files.get(contract, (contract,))

    def settings_of_jobs(self) -> bytes:
        """Return a ``pyproject.toml`` with the settings that a job needs, and nothing else.

        Examples
        --------
        >>> print(Project(root=Path(), label="price").settings_of_jobs().decode(), end="")
        [tool.step-scripts]
        contracts = "contracts"
        label = "price"
        """
        lines, tables = ["[tool.step-scripts]"], []
        for name in IN_JOBS:
            value = getattr(self, name)
            if isinstance(value, Mapping):
                rows = [f"{json.dumps(key)} = {json.dumps(list(value[key]))}" for key in sorted(value)]
                tables += ["", f"[tool.step-scripts.{name}]", *rows] if rows else []
            elif value is not None:
                lines.append(f"{name} = {json.dumps(value)}")
        return "".join(f"{line}\n" for line in (*lines, *tables)).encode()


def find() -> Project:
    """Return the project of this process.

    It is the folder that ``$STEP_SCRIPTS_PROJECT`` names; else the nearest one above the script that runs; else the
    nearest one above the working directory. Programs of an installed environment, such as pytest, are no such script.

    Raises
    ------
    ProjectError
        When there is none, or its settings are wrong.
    """
    if named := os.environ.get(ENVIRONMENT):
        return read(Path(named))
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    places = [Path(script).resolve().parent] if script and not _is_installed(Path(script)) else []
    for start in (*places, Path.cwd()):
        for folder in (start, *start.parents):
            if _has_settings(folder):
                return read(folder)
    raise ProjectError(
        f"no project: expected a {FILE} with the table [tool.step-scripts] in {Path.cwd()} or above it; go to the "
        f"project's folder, or name it by ${ENVIRONMENT}"
    )


@cache
def read(root: Path) -> Project:
    """Read a project's settings, once a process.

    Raises
    ------
    ProjectError
        When the file is absent or no TOML, or a setting is unknown or of another type.
    """
    path = root / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("step-scripts", {})
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from None
    known = {each.name: str(each.type) for each in fields(Project) if each.name != "root"}
    settings: dict[str, Any] = {}
    for name, value in table.items():
        if name in OF_TOOLS:
            continue
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}? " if near else ""
            raise ProjectError(f"{path}: [tool.step-scripts] has no setting {name}; {hint}known: {', '.join(known)}")
        settings[name] = _checked(value, known[name], f"{path}: [tool.step-scripts] {name}")
    return Project(root=root.resolve(), **settings)


def _checked(value: object, kind: str, where: str) -> Any:  # noqa: ANN401 - text, a tuple of it, or a mapping of those
    if kind.startswith("tuple"):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise ProjectError(f"{where}: expected a list of texts, got {value!r}")
    if "Mapping" in kind:
        if isinstance(value, dict):
            return {name: _checked(one, "tuple", f"{where}.{name}") for name, one in value.items()}
        raise ProjectError(f"{where}: expected a table, got {value!r}")
    if not isinstance(value, str):
        raise ProjectError(f"{where}: expected a text, got {value!r}")
    return value


def _is_installed(script: Path) -> bool:
    """Tell whether a script belongs to an environment, or to this package, and not to a project."""
    resolved = script.resolve()
    own = Path(__file__).resolve().parent
    return (
        script.absolute().is_relative_to(sys.prefix) or resolved.is_relative_to(sys.prefix) or own in resolved.parents
    )


@cache
def _has_settings(folder: Path) -> bool:
    path = folder / FILE
    try:
        return "step-scripts" in tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError, AttributeError):
        return False
