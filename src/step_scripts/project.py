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
    pipeline = "my_pipeline.py"          # the main pipeline, pipeline.py without it; pipelines/*.py are tested, too
    snapshot = "tests/definition/pipeline.json"   # its reviewed definition; that of pipelines/x.py is x.json beside it

    [tool.step-scripts.files]            # how the names of a contract's files begin, where not with its own name
    features = ["train", "test"]
"""

import contextlib
import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from step_scripts._shared import StepScriptsError, nearest

FILE = "pyproject.toml"
# Names the project's folder, for programs that lie outside of it and are started outside of it.
ENVIRONMENT = "STEP_SCRIPTS_PROJECT"
# What a job needs to know. The other settings are for the laptop: an edit of them must not change a job's code.
IN_JOBS = ("contracts", "files", "label", "predictor")
# Tables below [tool.step-scripts] that a tool of the same name reads by itself.
OF_TOOLS = frozenset({"functions", "preflight"})


class ProjectError(StepScriptsError, ValueError):
    """There is no project, or its settings are wrong; the message says what was expected and what to do."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project: its folder and its settings, as the module's docstring lists them.

    Examples
    --------
    >>> houses = Project(root=Path("/home/me/houses"), inputs=("houses",), files={"features": ("train", "test")})
    >>> houses.folder("fixtures").as_posix()
    '/home/me/houses/fixtures'
    """

    root: Path
    label: str | None = None
    inputs: tuple[str, ...] = ()
    predictor: str | None = None
    contracts: str = "contracts"
    steps: str = "steps"
    fixtures: str = "fixtures"
    pipeline: str | None = None  # not its default: a text that names a file would put it into each job's code
    snapshot: str | None = None
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def folder(self, kind: str) -> Path:
        """Return the folder of ``contracts``, ``steps`` or ``fixtures``."""
        return self.root / str(getattr(self, kind))

    def prefixes(self, contract: str) -> tuple[str, ...]:
        """Return how the names of a contract's files begin: as ``files`` says, else with the contract's own name.

        Examples
        --------
        >>> Project(root=Path(), files={"features": ("train", "test")}).prefixes("features")
        ('train', 'test')
        """
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
                rows = [f"{_quoted(key)} = {_quoted(list(value[key]))}" for key in sorted(value)]
                tables += ["", f"[tool.step-scripts.{name}]", *rows] if rows else []
            elif value is not None:
                lines.append(f"{name} = {_quoted(value)}")
        return "".join(f"{line}\n" for line in (*lines, *tables)).encode()


def find() -> Project:
    """Return the project of this process.

    It is the folder that ``$STEP_SCRIPTS_PROJECT`` names; else the nearest one above the script that runs; else the
    nearest one above the working directory. Programs of an installed environment, such as pytest, do not count as
    scripts.

    Raises
    ------
    ProjectError
        When there is no project, its settings are wrong, or a nearer ``pyproject.toml`` is not TOML.
    """
    if named := os.environ.get(ENVIRONMENT):
        return read(Path(named))
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    places = [Path(script).resolve().parent] if script and not _is_installed(Path(script)) else []
    return _nearest([*places, Path.cwd()])


def runs_dir() -> Path:
    """Return the folder in which the project's pipelines keep their runs; without a project, ``runs``."""
    with contextlib.suppress(ProjectError):
        return find().root / "runs"
    return Path("runs")


def make_importable() -> None:
    """Put a project's folder on the import path, when a script below it runs as a program.

    ``python steps/train.py`` finds ``model`` so, in a project that is not installed. Nothing is read: the project is
    the nearest folder above the script with a ``pyproject.toml``.
    """
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    for folder in Path(script).resolve().parents if script else ():
        if (folder / "pyvenv.cfg").is_file():
            return  # a program of an environment, which may lie in a project's folder
        if (folder / FILE).is_file():
            if str(folder) not in sys.path:
                sys.path.insert(1, str(folder))
            return


def above(folder: Path) -> Project:
    """Return the nearest project: that of a folder, or of one above it.

    Raises
    ------
    ProjectError
        When there is no project, or its settings are wrong.
    """
    return _nearest([folder.resolve()])


@cache
def read(root: Path) -> Project:
    """Read a project's settings, once a process.

    Raises
    ------
    ProjectError
        When the file cannot be read or is not TOML, or a setting is unknown or has another type.
    """
    path = root / FILE
    table = _settings(path)
    known = {each.name: str(each.type) for each in fields(Project) if each.name != "root"}
    settings: dict[str, Any] = {}
    for name, value in (table or {}).items():
        if name in OF_TOOLS:
            continue
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}? " if near else ""
            raise ProjectError(f"{path}: [tool.step-scripts] has no setting {name}; {hint}known: {', '.join(known)}")
        settings[name] = _checked(value, known[name], f"{path}: [tool.step-scripts] {name}")
    return Project(root=root.resolve(), **settings)


def _nearest(starts: Sequence[Path]) -> Project:
    for start in starts:
        for folder in (start, *start.parents):
            if _has_settings(folder):
                return read(folder)
    places = " or ".join(map(str, starts))
    raise ProjectError(
        f"no project: expected a {FILE} with the table [tool.step-scripts] in {places}, or above it; go to the "
        f"project's folder, or name it by ${ENVIRONMENT}"
    )


def _settings(path: Path) -> dict[str, Any] | None:
    """Return the table [tool.step-scripts] of a file; None when the file has no such table."""
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error}") from None
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path}: expected text in UTF-8; got: {error}; fix: save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path}: expected TOML; got: {error}; fix: correct this line") from None
    table = tool.get("step-scripts") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ProjectError(f"{path}: [tool.step-scripts]: expected a table, got {table!r}")
    return table


@cache
def _has_settings(folder: Path) -> bool:
    try:
        return (folder / FILE).is_file() and _settings(folder / FILE) is not None
    except OSError:  # a folder of somebody else
        return False
    except ProjectError:
        return True  # wrong ones, or no TOML, which `read` reports: an outer project may not be the one that is meant


def _checked(value: object, kind: str, where: str) -> Any:  # noqa: ANN401 - text, a tuple of it, or a mapping of those
    """Return a setting of the type that a field of `Project` declares."""
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
    import sysconfig

    places = (script.absolute(), script.resolve())
    # An environment may find its libraries in another one.
    if any({"site-packages", "dist-packages"} & {*place.parts} for place in places):
        return True
    folders = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "scripts", "stdlib")]
    # Programs of the operating system's packages lie beside Python, which is not where sysconfig would install one.
    folders += [Path(__file__).parent, *([Path(sys.executable).parent] if sys.executable else [])]
    return any(place.is_relative_to(way) for place in places for each in folders for way in (each, each.resolve()))


def _quoted(value: object) -> str:
    """Write a text, or a list of texts, as TOML."""
    return json.dumps(value, ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )  # the one that JSON allows and TOML does not
