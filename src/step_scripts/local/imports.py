"""Which libraries a step will import, read from its code: what is worth importing in advance."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def libraries(bundles: Iterable[Mapping[str, bytes]]) -> list[str]:
    r"""List the modules of other people that the code in `bundles` imports, in functions too, in the order of reading.

    For ``from a import b`` it is ``a.b``, which may be no module: who imports it gets ``a`` at least.

    Parameters
    ----------
    bundles
        Relative path to content; what is no Python file is passed over.

    Examples
    --------
    >>> libraries([{"steps/a.py": b"import os, pandas as pd\nfrom rooms import x\nfrom sklearn import metrics",
    ...             "rooms/__init__.py": b""}])
    ['pandas', 'sklearn.metrics']
    """
    found: dict[str, None] = {}
    read: set[bytes] = set()  # bundles share files
    for files in bundles:
        own = {name.partition("/")[0].removesuffix(".py") for name in files}
        for name, content in files.items():
            if name.endswith(".py") and content not in read:
                read.add(content)
                for module in _imported(_parsed(content)):
                    top = module.partition(".")[0]
                    if top not in own and top not in sys.stdlib_module_names:
                        found[module] = None
    return list(found)


def _parsed(content: bytes) -> ast.AST:
    try:
        return ast.parse(content)
    except SyntaxError:  # the step itself will say so, and better
        return ast.Module([], [])


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if not node.level and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
        for child in ast.iter_child_nodes(node):
            yield from _imported(child)
