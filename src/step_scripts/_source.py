"""What one module imports and names, read from its source: the facts of which `step_scripts.closure` is made."""

from __future__ import annotations

import ast
import posixpath
import re
from functools import lru_cache
from importlib.util import resolve_name
from typing import TYPE_CHECKING, NamedTuple

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_NAME = re.compile(r"[\w.-]{1,255}(?:/[\w.-]{1,255})*")  # of a module, a contract or a file
_NO_DATA = {"", ".py", ".toml"}  # code comes by imports; settings come as `Project.settings_of_jobs`


class ClosureError(StepScriptsError, ValueError):
    """A script or module that does not exist or cannot be parsed."""


class Facts(NamedTuple):
    """What a module imports, and the names among its texts.

    ``imports`` are (module, names), with relative imports resolved. ``modules`` and ``files`` are the `texts` that may
    name one.
    """

    imports: tuple[tuple[str, tuple[str, ...]], ...]
    texts: tuple[str, ...]
    modules: tuple[str, ...]
    files: tuple[str, ...]


@lru_cache(maxsize=4096)  # several bundles share most of their modules
def facts(source: bytes, package: str, path: str) -> Facts:
    r"""Return the facts of a module.

    Parameters
    ----------
    source : bytes
        Its code.
    package : str
        The package that relative imports start from; empty for a script.
    path : str
        Its file, for error messages.

    Raises
    ------
    ClosureError
        When the code cannot be parsed.

    Examples
    --------
    >>> facts(b"from . import rates\nTABLE = 'houses'", "tools", "tools/a.py")[:2]
    ((('tools', ('rates',)),), ('houses',))
    """
    imports: list[tuple[str, tuple[str, ...]]] = []
    texts: dict[str, None] = {}
    for node in _nodes(_parsed(source, path)):
        if isinstance(node, ast.Import):
            imports += [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if base := _absolute("." * node.level + (node.module or ""), package):
                imports.append((base, tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
            texts[node.value] = None
    modules = tuple(text for text in texts if _MODULE.fullmatch(text))
    return Facts(tuple(imports), tuple(texts), modules, tuple(text for text in texts if is_data(text)))


def _parsed(source: bytes, path: str) -> ast.Module:
    try:
        return ast.parse(source, path)
    except SyntaxError as error:
        place = f"{path}, line {error.lineno}" if error.lineno else path
        raise ClosureError(f"{place}: {error.msg}; fix: correct the code") from None
    except ValueError as error:  # a null byte, in older versions of Python
        raise ClosureError(f"{path}: {error}; fix: correct the code") from None


def _absolute(name: str, package: str) -> str | None:
    """Resolve a relative import; None for one that goes beyond the top, which fails when the code is run."""
    try:
        return resolve_name(name, package)
    except ImportError:
        return None


def _nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every node in the order of the source, except names and those for type checkers alone."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            waiting += reversed(node.orelse)
            continue
        children: list[ast.AST] = []
        for value in vars(node).values():  # ast.iter_child_nodes takes three times as long
            if isinstance(value, list):
                children += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.operator):
                children.append(value)
        children.reverse()
        waiting += children


def is_data(name: str) -> bool:
    """Tell whether a text may name a data file of a project: neither code nor settings, and not outside of it."""
    return posixpath.splitext(name)[1] not in _NO_DATA and ".." not in name.split("/")


def _is_type_checking(test: ast.expr) -> bool:
    name = test.id if isinstance(test, ast.Name) else getattr(test, "attr", None)
    return name == "TYPE_CHECKING"
