"""What a piece of code can see: the modules that it imports, and the files that it names.

One mechanism for three uses: a step's code bundle, the scoring code that travels with a model, and the libraries that
are worth importing in advance. Code is read and never executed.

A module sees

- what it imports, in functions too, but not what it imports for type checkers alone (``if TYPE_CHECKING:``);
- the module that a text in it names, as ``"model.predictor"`` does;
- in the project: the contract, the schema of a report, or the file that a text in it names, as ``"houses"`` names
  ``contracts/houses.yaml``, and ``"data/zones.json"`` a file below the project's folder.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from step_scripts.project import Project

PACKAGE = Path(__file__).resolve().parent
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_DATA = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


@dataclass(frozen=True)
class Closure:
    """Everything that some code can see.

    Attributes
    ----------
    files : dict of str to Path
        The name of each module's or data file's place, relative to the folder that is put on the import path, and
        where it lies now; sorted by name.
    libraries : tuple of str
        Modules of other people, in the order in which they are found. For ``from a import b`` it is ``a.b``, which may
        be no module: who imports it gets ``a`` at least.
    """

    files: dict[str, Path]
    libraries: tuple[str, ...]


def of(starts: Iterable[str | Path], project: Project) -> Closure:
    """Follow imports and names from some modules on.

    Parameters
    ----------
    starts : iterable of str or Path
        Dotted names of modules, or paths of scripts relative to the project's folder.
    project : Project
        Whose modules and data count. Those of this package count too; all others are libraries.

    Returns
    -------
    Closure

    Raises
    ------
    FileNotFoundError
        When a start does not exist.
    SyntaxError
        When a module cannot be parsed.
    """
    search = _Search(project)
    for start in starts:
        search.begin(start)
    return Closure(dict(sorted(search.files.items())), tuple(search.libraries))


class _Search:
    def __init__(self, project: Project) -> None:
        self._project = project
        self.files: dict[str, Path] = {}
        self.libraries: dict[str, None] = {}
        self._own = _top_level(project.root)

    def begin(self, start: str | Path) -> None:
        if isinstance(start, Path) or start.endswith(".py"):
            path = self._project.root / start
            if not path.is_file():
                raise FileNotFoundError(f"{path}: there is no such script")
            package = ".".join(Path(start).parent.parts)
            if package:
                self._module(package)
            self._read(Path(start).as_posix(), path, package)
        elif not self._module(start):
            raise FileNotFoundError(f"{start}: there is no such module in {self._project.root}")

    def _module(self, name: str) -> bool:
        """Add a module and the packages that it lies in; tell whether it is one of the project's or of this package's."""
        top, *rest = name.split(".")
        if top == PACKAGE.name:
            root = PACKAGE.parent
        elif top in self._own:
            root = self._project.root
        else:
            return False
        for depth in range(1, len(rest) + 2):
            place = Path(*name.split(".")[:depth])
            package, module = root / place / "__init__.py", root / place.with_suffix(".py")
            inside = ".".join(place.parts)
            if package.is_file():
                self._read((place / "__init__.py").as_posix(), package, inside)
            elif module.is_file():
                self._read(place.with_suffix(".py").as_posix(), module, inside.rpartition(".")[0])
                return depth == len(rest) + 1
            elif not (root / place).is_dir():
                return False
        return True

    def _read(self, name: str, path: Path, package: str) -> None:
        if name in self.files:
            return
        self.files[name] = path
        imports, texts = _facts(path.read_bytes(), str(path))
        for level, module, names in imports:
            base = ".".join(part for part in (*package.split(".")[: _depth(package, level)], module) if part)
            if not level:
                base = module
            self._import(base, names)
        for text in texts:
            if _MODULE.fullmatch(text):
                self._named_module(text)
            if not name.startswith(f"{PACKAGE.name}/"):
                self._named_data(text)

    def _import(self, base: str, names: tuple[str, ...]) -> None:
        top = base.partition(".")[0]
        if top != PACKAGE.name and top not in self._own:
            if top not in sys.stdlib_module_names:
                self.libraries.update(dict.fromkeys([f"{base}.{name}" for name in names] or [base]))
            return
        self._module(base)
        for name in names:
            self._module(f"{base}.{name}")

    def _named_module(self, text: str) -> None:
        place = Path(*text.split("."))
        root = PACKAGE.parent if place.parts[0] == PACKAGE.name else self._project.root
        if (root / place.with_suffix(".py")).is_file() or (root / place / "__init__.py").is_file():
            self._module(text)

    def _named_data(self, text: str) -> None:
        if len(text) > 255 or not _DATA.fullmatch(text) or ".." in text.split("/"):
            return
        home = self._project.contracts
        for name in (f"{home}/{text}.yaml", f"{home}/{text}.schema.json", text):
            path = self._project.root / name
            if path.suffix not in {"", ".py", ".toml"} and path.is_file():
                self.files[name] = path


def _depth(package: str, level: int) -> int:
    """Return how many parts of a package's name a relative import of this level keeps."""
    return len(package.split(".")) - level + 1


def _top_level(root: Path) -> frozenset[str]:
    """Return the names of the modules and packages that lie directly in a project's folder."""
    return frozenset(
        entry.stem
        for entry in root.iterdir()
        if entry.name.isidentifier() or (entry.suffix == ".py" and entry.stem.isidentifier())
    ) - {"src", "tests"}


Imports = tuple[tuple[int, str, tuple[str, ...]], ...]


@lru_cache(maxsize=4096)  # several bundles share most of their modules
def _facts(source: bytes, path: str) -> tuple[Imports, tuple[str, ...]]:
    """Return what a module imports (level, module, names), and the texts in it."""
    imports: list[tuple[int, str, tuple[str, ...]]] = []
    texts: dict[str, None] = {}
    for node in _seen(ast.parse(source, path)):
        if isinstance(node, ast.Import):
            imports += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts[node.value] = None
    return tuple(imports), tuple(texts)


def _seen(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node, in the order of the source, but those for type checkers alone."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield from _seen(other)
        else:
            yield from _seen(child)
