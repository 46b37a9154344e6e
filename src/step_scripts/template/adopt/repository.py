"""The Python files of somebody's repository, parsed and never run."""

from __future__ import annotations

import ast
import os
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.template.guess import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Folders of tests, environments and what programs make; hidden ones are left out as well.
_NOT_CODE = frozenset(
    "__pycache__ build dist docs examples htmlcov node_modules runs site-packages test testing tests venv".split()  # noqa: SIM905
)
_NOT_PROGRAMS = frozenset({"conftest.py", "noxfile.py", "setup.py", "toxfile.py", "versioneer.py", "__init__.py"})
_MAX_BYTES = 1_000_000  # a larger file was not written by hand


@dataclass(frozen=True)
class Source:
    """A Python file: its path relative to the repository, and its syntax tree."""

    name: str
    tree: ast.Module

    @cached_property
    def folder(self) -> str:
        """Its folder, relative to the repository; empty at the top."""
        return self.name.rpartition("/")[0]

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """The modules that it imports, as written; ``from a import b`` gives ``a.b``."""
        found: dict[str, None] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                found.update(dict.fromkeys(f"{base}.{alias.name}" for alias in node.names))
        return tuple(found)


@dataclass
class Repository:
    """What lies in a repository's folder.

    Attributes
    ----------
    root
        The folder.
    sources
        Path relative to the folder, to file. Tests and environments are not among them.
    broken
        A line for each Python file that cannot be parsed: file, line, what is wrong.
    notebooks
        Their paths.
    unnamed
        Python programs whose names do not end in ``.py``.
    """

    root: Path
    sources: dict[str, Source] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    notebooks: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def modules_of(self, source: Source) -> list[Source]:
        """Return a script, and what it imports from the repository: beside it or from the top, all the way down."""
        found, waiting = dict[str, Source](), [source]
        while waiting:
            each = waiting.pop()
            if each.name not in found:
                found[each.name] = each
                waiting += [self.sources[name] for name in self._imported(each, source.folder)]
        return list(found.values())

    def _imported(self, module: Source, beside: str) -> Iterator[str]:
        for name in module.imports:
            level = len(name) - len(name.lstrip("."))
            package = "/".join(module.folder.split("/")[: len(module.folder.split("/")) - level + 1]) if level else ""
            path = name.lstrip(".").replace(".", "/")
            for folder in (package,) if level else (beside, ""):
                place = f"{folder}/{path}".lstrip("/")
                # `from a import b`: b is a module, or a name in a
                for file in (f"{place}.py", f"{place}/__init__.py", f"{place.rpartition('/')[0]}.py"):
                    if file in self.sources:
                        yield file


def read(folder: Path) -> Repository:
    """Parse the Python files of a folder. Nothing of it is imported or run.

    Parameters
    ----------
    folder : Path
        The repository.

    Returns
    -------
    Repository
        A file that cannot be parsed is a line of ``broken``.

    Raises
    ------
    TemplateError
        When there is no such folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "fit.py").write_text("import pandas")
    ...     _ = Path(folder, "draft.py").write_text("def fit(:")
    ...     found = read(Path(folder))
    >>> list(found.sources), found.broken
    (['fit.py'], ['draft.py:1: invalid syntax'])
    """
    if not folder.is_dir():
        got = f"{folder}, which is {'a file' if folder.exists() else 'not there'}"
        raise TemplateError("a folder with Python scripts", got, "name the folder of your repository")
    found = Repository(folder.resolve())
    for path in _files(found.root):
        name = path.relative_to(found.root).as_posix()
        if path.suffix == ".ipynb":
            found.notebooks.append(name)
        elif path.suffix == ".py":
            _parse(path, name, found)
        elif not path.suffix and _is_python(path):
            found.unnamed.append(name)
    return found


def may_be_program(name: str) -> bool:
    """Tell whether a file may be a script, by its name.

    Examples
    --------
    >>> [name for name in ("train.py", "src/test_train.py", "setup.py") if may_be_program(name)]
    ['train.py']
    """
    file = name.rpartition("/")[2]
    return file not in _NOT_PROGRAMS and not file.startswith("test_") and not file.endswith("_test.py")


def _files(root: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(root):
        here = Path(place)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOT_CODE and not name.startswith(".") and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if not name.startswith("."))


def _parse(path: Path, name: str, found: Repository) -> None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape such as "\d" is somebody else's
            found.sources[name] = Source(name, ast.parse(path.read_bytes(), name))
    except SyntaxError as error:
        found.broken.append(f"{name}:{error.lineno or 1}: {error.msg}")
    except (OSError, ValueError, RecursionError) as error:  # ValueError: a null byte
        found.broken.append(f"{name}:1: {error}")


def _is_python(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first
