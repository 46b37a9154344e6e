"""What a script does with paths: which it reads, which it writes."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from step_scripts.template.adopt.values import BASE, FLAG, MOVABLE, Values, name_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from step_scripts.template.adopt.repository import Source

How = Literal["read", "write", "fetch", "mention"]

_COPIES = frozenset({"copy", "copy2", "copyfile", "copytree", "move", "rename"})
_FETCHES = frozenset({"download_file", "download_fileobj", "urlretrieve"})  # its last path is written
_FOLDERS = frozenset({"glob", "iglob", "iterdir", "listdir", "makedirs", "mkdir", "rglob", "scandir", "walk"})
_MAKES = frozenset({"makedirs", "mkdir", "ensure_dir"})
_FILES = frozenset({"open", "to_csv", "savetxt", "loadtxt", "read_csv", "savefig", "dump", "imread", "genfromtxt"})
# Of libraries that are not named here one by one. Functions of the repository are followed instead.
_READS = re.compile(r"(read|load|open|parse|scan|list|iter|walk|glob|iglob|rglob|from_|flow_from|imread|genfromtxt)")
_WRITES = re.compile(r"(to_|write|save|dump|store|export|serialize|plot|make|mkdir|touch|imwrite|log_|put|upload)")
_READERS = frozenset({"DMatrix", "Dataset", "ImageFolder", "Pool", "TabularDataset", "TextLineDataset", "ZipFile"})
_PATHS = words(
    "path filename file file_path filepath filepath_or_buffer path_or_buf fname dir directory folder root name fp "
    "where src dst data_dir data_files directory_path path_or_buffer target source"
)
_NO_USE = frozenset({"add_argument", "getenv", "get", "setdefault", "join", "Path", "print", "info", "debug", "format"})
_NO_USE |= frozenset({"exists", "isfile", "isdir", "is_file", "is_dir", "basename", "dirname", "append", "insert"})
# Called by SageMaker's serving images, and by no job.
SERVING = frozenset({"model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn", "handler_fn"})


@dataclass(frozen=True)
class Use:
    """One path that a script uses.

    Attributes
    ----------
    path
        In the notation of `step_scripts.template.adopt.values`, without its mark ``MOVABLE``.
    how
        ``fetch``: it is downloaded to this place. ``mention``: it is handed to something unknown.
    function
        What it is handed to.
    where
        File and line.
    movable
        Whether a flag or a variable of the environment gives it.
    at_import
        Whether it is at the top of the script.
    """

    path: str
    how: How
    function: str
    where: str
    movable: bool
    at_import: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether the path is used as a folder."""
        return self.function in _FOLDERS

    @property
    def is_file(self) -> bool:
        """Whether the path is used as a file."""
        return self.function in _FILES


def read(modules: Sequence[Source], values: Values) -> list[Use]:
    """Return what a script does with paths: those below ``/opt/ml``, those of its flags, and relative ones.

    Parameters
    ----------
    modules : sequence of Source
        The script first, then what it imports from the repository. Of those modules, only functions count that the
        script calls, directly or not.
    values : Values
        The values of all names in these modules.
    """
    found = dict[Use, None]()
    home = {node: module.name for module in modules for node in ast.walk(module.tree)}
    order = {module.name: number for number, module in enumerate(modules)}
    called = _reachable(modules, values)
    for node in sorted(_calls(values), key=lambda node: (order[home[node]], node.lineno, node.col_offset)):
        scope = values.scope(node)
        if scope not in called if scope else home[node] != modules[0].name:
            continue
        at_import = scope is None and home[node] == modules[0].name
        for value, how in sorted(_uses(node, scope, values)):
            path = value.lstrip(MOVABLE)
            is_ours = path.startswith((BASE, FLAG)) or (how in {"read", "write"} and re.search(r"\w\.\w+$", path))
            if is_ours:
                movable = value.startswith((MOVABLE, FLAG))
                where = f"{home[node]}:{node.lineno}"
                found[Use(path, how, name_of(node.func), where, movable, at_import)] = None
    return list(found)


def _calls(values: Values) -> list[ast.Call]:
    return [node for node in values.nodes() if isinstance(node, ast.Call)]


def _reachable(modules: Sequence[Source], values: Values) -> set[object]:
    """Return the functions that the script may call. Those of its own file do, unless SageMaker's servers call them."""
    own = [node for node in ast.walk(modules[0].tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    waiting: list[ast.AST] = [node for node in own if node.name not in SERVING]
    found: set[object] = set(waiting)
    names = {name_of(node) for node in ast.walk(modules[0].tree) if isinstance(node, ast.Name | ast.Attribute)}
    while True:
        new = [each for name in names - SERVING for each in values.functions.get(name, ()) if each not in found]
        if not new:
            return found
        found |= set(new)
        names = {name_of(node) for each in new for node in ast.walk(each) if isinstance(node, ast.Name | ast.Attribute)}


def _uses(call: ast.Call, scope: object, values: Values) -> Iterator[tuple[str, How]]:
    """Yield the paths that a call gets, and what it does with them."""
    name = name_of(call.func)
    if name in _NO_USE or name in values.functions or not name:
        return
    given = [*call.args, *(each.value for each in call.keywords if each.arg in _PATHS)]
    paths = [values.of(each, scope) for each in given]
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    own = values.of(receiver, scope) if receiver is not None else set()
    if name in _COPIES | _FETCHES:
        paths = [own, *paths] if own else paths
        for number, some in enumerate(paths):
            first: How = "read" if name in _COPIES else "mention"
            then: How = "write" if name in _COPIES else "fetch"
            yield from ((path, then if number else first) for path in some)
        return
    how = _how(call, name, receiver, is_method=bool(own))
    for path in own.union(*paths):
        yield path, how


def _how(call: ast.Call, name: str, receiver: ast.expr | None, *, is_method: bool) -> How:
    if name == "open" or (name in {"TarFile", "ZipFile", "gzip"}):
        place = 0 if is_method else 1
        modes = [*call.args[place : place + 1], *(each.value for each in call.keywords if each.arg == "mode")]
        mode = str(modes[0].value) if modes and isinstance(modes[0], ast.Constant) else "r"
        return "write" if mode[:1] in {"w", "a", "x"} else "read"
    chain = set()
    while isinstance(receiver, ast.Attribute | ast.Call):
        chain.add(name_of(receiver) if isinstance(receiver, ast.Attribute) else "")
        receiver = receiver.value if isinstance(receiver, ast.Attribute) else receiver.func
    if "write" in chain or _WRITES.match(name):  # frame.write.mode("overwrite").parquet(path)
        return "write"
    if "read" in chain or _READS.match(name) or name in _READERS:
        return "read"
    return "mention"


def makes_folders_only(uses: Sequence[Use]) -> bool:
    """Tell whether a place is only made, and nothing is written into it."""
    return all(use.function in _MAKES for use in uses)
