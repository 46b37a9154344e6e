"""What the expressions of a script may be, as far as they are constant: the texts and paths in them.

A value is a text. Three marks in it say where it comes from:

- ``UNKNOWN`` stands for a part that is not constant, as in ``/opt/ml/model/`` + ``UNKNOWN``;
- ``FLAG`` + name + ``FLAG`` is what a flag gives, where its default is no folder of a container;
- ``MOVABLE`` at the start: the path comes from a flag or an environment variable, so that a job can have another.

A name may have several values: every assignment to it counts, whichever runs.
"""

from __future__ import annotations

import ast
import itertools
import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from step_scripts.template.adopt.repository import Source


def words(text: str) -> frozenset[str]:
    """Return the words of a text.

    Examples
    --------
    >>> sorted(words("read write"))
    ['read', 'write']
    """
    return frozenset(text.split())


UNKNOWN, FLAG, MOVABLE = "\0", "\1", "\2"
BASE = "/opt/ml"
_MAX_VALUES = 8
_ROUNDS = 8  # how deep a path is handed from function to function
_SAME = words(
    "str Path PurePath PosixPath PurePosixPath abspath normpath realpath expanduser fspath sorted list set tuple "
    "glob iglob rstrip strip lstrip resolve absolute as_posix expandvars unquote"
)
_FOLDERS = {
    "SM_MODEL_DIR": f"{BASE}/model",
    "SM_OUTPUT_DATA_DIR": f"{BASE}/output/data",
    "SM_OUTPUT_DIR": f"{BASE}/output",
    "SM_OUTPUT_INTERMEDIATE_DIR": f"{BASE}/output/intermediate",
    "SM_INPUT_DIR": f"{BASE}/input",
    "SM_INPUT_CONFIG_DIR": f"{BASE}/input/config",
}
_CHANNEL = "SM_CHANNEL_"


def folder_of(variable: str) -> str | None:
    """Return the folder that SageMaker's images put into an environment variable.

    Examples
    --------
    >>> folder_of("SM_CHANNEL_TRAIN"), folder_of("HOME")
    ('/opt/ml/input/data/train', None)
    """
    if variable.startswith(_CHANNEL) and variable != _CHANNEL:
        return f"{BASE}/input/data/{variable.removeprefix(_CHANNEL).lower()}"
    return _FOLDERS.get(variable)


def name_of(node: ast.expr) -> str:
    """Return the last name of a function or attribute: ``join`` of ``os.path.join``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class Values:
    """The values of all names of some modules.

    Parameters
    ----------
    modules : sequence of Source
        A script and what it imports from the repository.
    flags : mapping of str to set
        The values of each flag, by the name under which the script has it.

    Attributes
    ----------
    functions : dict of str to list
        The functions of the modules by name.
    variables : dict of str to str
        Environment variables of the repository's own with a default below ``/opt/ml``, and that default.
    """

    def __init__(self, modules: Sequence[Source], flags: Mapping[str, set[str]]) -> None:
        self._flags = flags
        self._known: dict[tuple[object, str], set[str]] = defaultdict(set)
        self.functions: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = defaultdict(list)
        self.variables: dict[str, str] = {}
        self._scopes: dict[ast.AST, object] = {}
        self._imported = {name.rpartition(".")[2] for module in modules for name in module.imports}
        for module in modules:
            self._enter(module.tree, None)
        for _ in range(_ROUNDS):
            # Each round begins anew: what a name may be is wrong as long as a part of it is not known yet.
            self._next: dict[tuple[object, str], set[str]] = defaultdict(set)
            for node, scope in self._scopes.items():
                self._bind(node, scope)
            if self._next == self._known:
                break
            self._known = self._next

    def scope(self, node: ast.AST) -> object:
        """Return the function in which a node lies; None at the top of a module."""
        return self._scopes[node]

    def nodes(self) -> Iterable[ast.AST]:
        """Return every node."""
        return self._scopes

    def of(self, node: ast.expr | None, scope: object) -> set[str]:  # noqa: C901, PLR0911, PLR0912 - a case a kind of node
        """Return what an expression may be; nothing where no part of it is known."""
        match node:
            case ast.Constant(value=str() | int() as value) if not isinstance(value, bool):
                return {str(value)}
            case ast.Name(id=name):
                return self._known.get((scope, name)) or self._known.get((None, name)) or set()
            case ast.JoinedStr(values=parts):
                return self._product([self.of(part, scope) for part in parts])
            case ast.FormattedValue(value=value) | ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.of(value, scope)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._product([self.of(left, scope), self.of(right, scope)])
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined([left, right], scope)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                words = right.elts if isinstance(right, ast.Tuple) else [right]
                return self._filled(self.of(left, scope), "%s", words, scope)
            case ast.IfExp(body=one, orelse=other):
                return self.of(one, scope) | self.of(other, scope)
            case ast.BoolOp(values=some) | ast.List(elts=some) | ast.Tuple(elts=some) | ast.Set(elts=some):
                return set().union(*(self.of(each, scope) for each in some))
            case ast.Dict(values=some):
                return set().union(*(self.of(each, scope) for each in some))
            case ast.ListComp(elt=each) | ast.GeneratorExp(elt=each) | ast.SetComp(elt=each):
                return self.of(each, scope)
            case ast.Attribute():
                return self._attribute(node, scope)
            case ast.Subscript():
                return self._subscript(node, scope)
            case ast.Call():
                return self._call(node, scope)
        return set()

    def _enter(self, node: ast.AST, scope: object) -> None:
        """Note the scope of every node, and the functions."""
        waiting: list[tuple[ast.AST, object]] = [(node, scope)]
        while waiting:
            each, where = waiting.pop()
            self._scopes[each] = where
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions[each.name].append(each)
                where = each
            waiting += [(child, where) for child in ast.iter_child_nodes(each)]

    def _bind(self, node: ast.AST, scope: object) -> None:  # noqa: C901 - a case a kind of node
        """Take in what one statement, or one call of a function of the modules, says about names."""
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value, scope)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._assign(target, value, scope)
            case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                self._assign(target, value, scope)
            case ast.Return(value=ast.expr() as value) if scope is not None:
                self._add(("return", getattr(scope, "name", "")), self.of(value, scope))
            case ast.Call(func=function):
                for each in self.functions.get(name_of(function), ())[:_MAX_VALUES]:
                    self._bind_call(node, each, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                arguments = node.args
                named = [*arguments.posonlyargs, *arguments.args]
                pairs = list(zip(reversed(named), reversed(arguments.defaults), strict=False))
                pairs += [
                    (one, default) for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
                    if default
                ]  # fmt: skip
                for one, default in pairs:
                    self._add((node, one.arg), self.of(default, scope))

    def _assign(self, target: ast.expr, value: ast.expr, scope: object) -> None:
        match target, value:
            case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values))):
                for one, each in zip(targets, values, strict=False):
                    self._assign(one, each, scope)
            case ast.Name(id=name), _:
                self._add((scope, name), self.of(value, scope))
            case ast.Attribute(attr=name), _:
                self._add(("attribute", name), self.of(value, scope))

    def _bind_call(self, call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef, scope: object) -> None:
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        for name, value in zip(names, call.args, strict=False):
            self._add((function, name), self.of(value, scope))
        for keyword in call.keywords:
            if keyword.arg:
                self._add((function, keyword.arg), self.of(keyword.value, scope))

    def _add(self, key: tuple[object, str], values: set[str]) -> None:
        if values and len(self._next[key]) < _MAX_VALUES:
            self._next[key] |= values

    def _attribute(self, node: ast.Attribute, scope: object) -> set[str]:
        if node.attr == "parent":
            return {up for value in self.of(node.value, scope) if (up := posixpath.dirname(value))}
        is_module = isinstance(node.value, ast.Name) and node.value.id in self._imported
        if node.attr in self._flags and not is_module and name_of(node.value) != "self":
            return self._flags[node.attr]
        return self._known.get(("attribute", node.attr)) or self._known.get((None, node.attr)) or set()

    def _subscript(self, node: ast.Subscript, scope: object) -> set[str]:
        match node.slice:
            case ast.Constant(value=str() as key):
                if name_of(node.value) == "environ":
                    return self._variable(key, set())
                if key in self._flags:
                    return self._flags[key]
        return self.of(node.value, scope)

    def _call(self, node: ast.Call, scope: object) -> set[str]:  # noqa: PLR0911 - a case a kind of function
        name = name_of(node.func)
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "getenv" or (name == "get" and receiver is not None and name_of(receiver) == "environ"):
            key = self.of(node.args[0], scope) if node.args else set()
            default = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "default")]
            return self._variable(next(iter(key), ""), self.of(default[0], scope) if default else set())
        if name in {"join", "joinpath"}:
            if isinstance(receiver, ast.Constant):  # ", ".join(words)
                return set()
            first = [receiver] if name == "joinpath" and receiver is not None else []
            return self._joined([*first, *node.args], scope)
        if name == "format" and receiver is not None:
            words = [*node.args, *(each.value for each in node.keywords)]
            return self._filled(self.of(receiver, scope), "{", words, scope)
        if name == "dirname" and node.args:
            return {up for value in self.of(node.args[0], scope) if (up := posixpath.dirname(value))}
        if name in self.functions:
            return self._known.get(("return", name), set())
        if name in _SAME:
            if name.endswith("Path") or (name in {"glob", "iglob"} and node.args):
                parts = [receiver] if receiver is not None and self.of(receiver, scope) else []
                return self._joined([*parts, *node.args], scope)
            values = self.of(node.args[0], scope) if node.args else set()
            return values or (self.of(receiver, scope) if receiver is not None else set())
        return set()

    def _variable(self, name: str, default: set[str]) -> set[str]:
        if (folder := folder_of(name)) is not None:
            return {MOVABLE + folder}
        own = sorted(value for value in default if value.startswith(BASE) and UNKNOWN not in value)
        if own and name:
            self.variables[name] = own[0]
            return {MOVABLE + own[0]}
        return default

    def _product(self, parts: Sequence[set[str]]) -> set[str]:
        choices = [sorted(part)[:_MAX_VALUES] or [UNKNOWN] for part in parts]
        found = {"".join(words) for words in itertools.islice(itertools.product(*choices), _MAX_VALUES)}
        return {value for value in found if value.strip(UNKNOWN)}

    def _joined(self, parts: Sequence[ast.expr], scope: object) -> set[str]:
        choices = [sorted(self.of(part, scope))[:_MAX_VALUES] or [UNKNOWN] for part in parts]
        found: set[str] = set()
        for words in itertools.islice(itertools.product(*choices), _MAX_VALUES):
            whole = words[0] if words else ""
            for word in words[1:]:
                is_absolute = word.startswith(("/", FLAG, MOVABLE))
                whole = word if is_absolute else f"{whole.rstrip('/')}/{word}" if whole else word
            if whole.strip(f"{UNKNOWN}/"):
                found.add(whole)
        return found

    def _filled(self, texts: set[str], mark: str, words: Sequence[ast.expr], scope: object) -> set[str]:
        """Fill ``%s`` or ``{}`` of a text, in order."""
        found = set()
        for text in texts:
            filled = text
            for word in words:
                before, sign, after = filled.partition(mark)
                value = min(self.of(word, scope), default=UNKNOWN)
                filled = before + value + (after.partition("}")[2] if mark == "{" else after) if sign else filled
            found.add(filled)
        return found
