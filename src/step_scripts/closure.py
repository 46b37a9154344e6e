"""What a piece of code can see: the modules that it imports, and the files that it names.

One mechanism for three uses: a step's code bundle, the scoring code that travels with a model, and the libraries that
are worth importing in advance. Code is read and never executed.

A module sees

- what it imports, in functions too, but not what it imports for type checkers alone (``if TYPE_CHECKING:``); a
  script's own folder comes first, as when Python runs it;
- the module that a text in it names, as ``"model.predictor"`` does;
- the file beside it that a text in it names, as ``"rates.json"`` does;
- the project's predictor (its setting ``predictor``), where it is the framework's module that loads it;
- in the project: the contract, the schema of a report, or the file that a text in it names, as ``"houses"`` names
  ``contracts/houses.yaml``, and ``"data/zones.json"`` a file below the project's folder.

Whatever is named in another way (a text put together, a list of a folder's files) is not seen, and neither is a file
without a suffix, or code that lies in another place than the project's folder, such as ``src/``.
"""

from __future__ import annotations

import os
import posixpath
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts._source import ClosureError, facts, is_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from step_scripts.project import Project

__all__ = ["PACKAGE", "Closure", "ClosureError", "of", "texts_in"]

PACKAGE = Path(__file__).resolve().parent
_LOADER = "step_scripts/serving/predictor.py"  # imports the module that the project's setting `predictor` names


@dataclass(frozen=True)
class Closure:
    """Everything that some code can see.

    Attributes
    ----------
    files : dict of str to Path
        Each module and data file: its path relative to the folder on the import path, and where it lies now. Sorted.
    libraries : tuple of str
        The modules of other packages, in the order in which they are found; none of the standard library. ``from a
        import b`` gives ``a.b``, which may be no module. Then it is enough to import ``a``.
    """

    files: dict[str, Path]
    libraries: tuple[str, ...]


def of(starts: Iterable[str | Path], project: Project) -> Closure:
    """Follow imports and names, starting from some modules.

    Parameters
    ----------
    starts : iterable of str or Path
        Dotted names of modules, or paths of scripts relative to the project's folder. A text is a path if it ends in
        ``.py``.
    project : Project
        Its modules and data are followed, and those of this package. All other modules are libraries.

    Returns
    -------
    Closure

    Raises
    ------
    ClosureError
        When a start does not exist or lies outside of the project's folder, or a module cannot be parsed.

    Examples
    --------
    >>> from step_scripts.project import Project
    >>> seen = of(["step_scripts._shared"], Project(root=Path()))
    >>> list(seen.files), seen.libraries
    (['step_scripts/__init__.py', 'step_scripts/_shared.py'], ())
    """
    search = _Search(project)
    for start in starts:
        search.begin(start)
    return Closure(dict(sorted(search.files.items())), tuple(search.libraries))


def texts_in(module: Path, project: Project) -> tuple[str, ...]:
    """Return the texts in a module, and in those of the project that it imports: what a pipeline names.

    Parameters
    ----------
    module : Path
        The module's file.
    project : Project
        The module lies in its folder.

    Raises
    ------
    ClosureError
        When a module cannot be parsed.
    """
    search = _Search(project, framework=False)
    search.begin(module.resolve().relative_to(project.root.resolve()))
    modules = [path for path in search.files.values() if path.suffix == ".py"]
    return tuple(dict.fromkeys(text for path in modules for text in facts(path.read_bytes(), "", str(path)).texts))


class _Search:
    """A walk over modules: what it has found so far."""

    def __init__(self, project: Project, *, framework: bool = True) -> None:
        self._project = project
        self._modules: dict[str, bool] = {}
        self._roots: dict[str, Path | None] = {PACKAGE.name: PACKAGE.parent if framework else None}
        self._beside: str = ""  # the folder of the script, which Python looks into first
        self._places: dict[str, str] = {}  # of top-level modules in that folder
        self.files: dict[str, Path] = {}
        self.libraries: dict[str, None] = {}

    def begin(self, start: str | Path) -> None:
        """Add a script, or a module with its packages, and everything that it sees."""
        if isinstance(start, str) and not start.endswith(".py"):
            if not self._module(start):
                raise ClosureError(f"{start}: there is no such module in {self._project.root}")
        elif Path(start).is_absolute() or ".." in Path(start).parts:
            raise ClosureError(f"{start}: expected the path of a script relative to {self._project.root}, without ..")
        elif (self._project.root / start).is_file():
            name = Path(start).as_posix()
            self._beside = posixpath.dirname(name)
            self._read(self._project.root, name, package="")  # a script is run, and is in no package
        else:
            raise ClosureError(f"{self._project.root / start}: there is no such script")

    def _module(self, name: str) -> bool:
        """Add a module and its packages; return whether the project or this package has it."""
        if name not in self._modules:
            self._modules[name] = True  # while it is read, modules that import each other must not go round
            root = self._root(name.partition(".")[0])
            self._modules[name] = root is not None and self._found(root, name)
        return self._modules[name]

    def _found(self, root: Path, name: str) -> bool:
        package = name.rpartition(".")[0]
        if package and not self._module(package):
            return False
        place = posixpath.join(self._places.get(name.partition(".")[0], ""), name.replace(".", "/"))
        if _is_file(f"{root}/{place}/__init__.py"):
            self._read(root, f"{place}/__init__.py", package=name)
        elif _is_file(f"{root}/{place}.py"):
            self._read(root, f"{place}.py", package=package)
        else:
            return Path(root, place).is_dir()  # a package without __init__.py
        return True

    def _root(self, top: str) -> Path | None:
        """Return the folder with a top-level module, or None when it is another package's."""
        if top not in self._roots:
            root, self._roots[top] = self._project.root, None
            for folder in dict.fromkeys((self._beside, "")):
                if (root / folder / f"{top}.py").is_file() or any((root / folder / top).glob("**/*.py")):
                    self._roots[top], self._places[top] = root, folder
                    break
        return self._roots[top]

    def _read(self, root: Path, name: str, *, package: str) -> None:
        if name in self.files:
            return
        self.files[name] = path = root / name
        found = facts(path.read_bytes(), package, str(path))
        for base, names in found.imports:
            self._import(base, names)
        if name == _LOADER and self._project.predictor:
            self._module(self._project.predictor)
        for text in found.modules:
            self._named_module(text)
        for text in found.files:
            self._named_file(posixpath.join(posixpath.dirname(name), text), root)
        if not name.startswith(f"{PACKAGE.name}/"):  # this package names no data of a project
            for text in found.texts:
                for place in (text, *self._contracts.get(text, ())):
                    self._named_file(place, root)

    def _import(self, base: str, names: tuple[str, ...]) -> None:
        top = base.partition(".")[0]
        if self._root(top) is not None:
            self._module(base)
            for name in names:
                self._module(f"{base}.{name}")
        elif top not in sys.stdlib_module_names:
            self.libraries.update(dict.fromkeys([f"{base}.{name}" for name in names] or [base]))

    def _named_module(self, text: str) -> None:
        root = self._root(text.partition(".")[0])
        if root is not None:
            place = f"{root}/{text.replace('.', '/')}"
            if _is_file(f"{place}/__init__.py") or _is_file(f"{place}.py"):
                self._module(text)

    def _named_file(self, name: str, root: Path) -> None:
        if is_data(name) and _is_file(f"{root}/{name}"):
            self.files[posixpath.normpath(name)] = root / name

    @cached_property
    def _contracts(self) -> dict[str, list[str]]:
        """The files of each contract and schema by name, relative to the project."""
        found: dict[str, list[str]] = {}
        for path in sorted(self._project.folder("contracts").glob("*")):
            for suffix in (".schema.json", ".yaml"):
                if path.name.endswith(suffix):
                    place = path.relative_to(self._project.root).as_posix()
                    found.setdefault(path.name.removesuffix(suffix), []).append(place)
        return found


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - several times as fast as Path, and asked thousands of times
