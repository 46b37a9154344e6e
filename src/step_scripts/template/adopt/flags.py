"""The flags of a script, as its calls of ``add_argument`` declare them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts.template.adopt.values import BASE, FLAG, MOVABLE, UNKNOWN, Values, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from step_scripts.template.adopt.repository import Source

_TEXT_TYPES = frozenset({"", "str", "Path", "PurePath", "PosixPath", "FileType"})
_MISSING = object()  # a default that only a run of the script can tell


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One flag.

    Attributes
    ----------
    name
        As on the command line, without ``--``; empty where it has no such name.
    attribute
        The name under which the script has it.
    where
        File and line.
    kind
        The name of its ``type``; empty without one.
    default
        Its default; None without one.
    computed
        Whether the default is no literal: only a run of the script can tell it.
    folders
        The container's folders among its defaults.
    required, choices, action, nargs
        As declared.
    """

    name: str
    attribute: str
    where: str
    kind: str = ""
    default: Any = None
    computed: bool = False
    folders: tuple[str, ...] = ()
    required: bool = False
    choices: tuple[Any, ...] = ()
    action: str = ""
    nargs: str = ""
    positional: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it takes one text, which may be a path."""
        return (
            self.kind in _TEXT_TYPES and self.action in {"", "store"} and self.nargs in {"", "?"} and not self.choices
        )

    @property
    def values(self) -> set[str]:
        """What the script gets by it, in the notation of `step_scripts.template.adopt.values`."""
        if self.folders:
            return {MOVABLE + folder for folder in self.folders}
        return {FLAG + self.attribute + FLAG} if self.is_text else set()


def read(modules: Sequence[Source]) -> dict[str, Flag]:
    """Return the flags that a script and its modules declare, by attribute, in the order of the source.

    Parameters
    ----------
    modules : sequence of Source
        The script, and what it imports from the repository.

    Examples
    --------
    >>> import ast
    >>> from step_scripts.template.adopt.repository import Source
    >>> source = "parser.add_argument('--max-depth', type=int, default=3)"
    >>> flag = read([Source("fit.py", ast.parse(source))])["max_depth"]
    >>> flag.name, flag.kind, flag.default
    ('max-depth', 'int', 3)
    """
    values = Values(modules, {})
    found: dict[str, Flag] = {}
    for module in modules:
        calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            if name_of(call.func) == "add_argument":
                for flag in _flag(call, module.name, values):
                    found.setdefault(flag.attribute, flag)
    return found


def _flag(call: ast.Call, file: str, values: Values) -> Iterator[Flag]:
    words = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if not words:
        return
    given = {each.arg: each.value for each in call.keywords if each.arg}
    scope = values.scope(call)
    long = [word.removeprefix("--") for word in words if word.startswith("--")]
    positional = not words[0].startswith("-")
    name = long[0] if long else ""
    attribute = _literal(given.get("dest"), None) or (name or words[0].lstrip("-")).replace("-", "_")
    default, choices = _literal(given.get("default"), None), _literal(given.get("choices"), ())
    is_computed = default is _MISSING
    of_default = values.of(given.get("default"), scope)
    paths = sorted(value.lstrip(MOVABLE) for value in of_default)
    if is_computed and len(of_default) == 1 and not any(UNKNOWN in path or FLAG in path for path in paths):
        default, is_computed = paths[0], paths[0].startswith(BASE)
    yield Flag(
        name=name,
        attribute=str(attribute),
        where=f"{file}:{call.lineno}",
        kind=_type(given.get("type")),
        default=None if default is _MISSING else default,
        computed=is_computed,
        folders=tuple(path.rstrip("/") for path in paths if path.startswith(f"{BASE}/") and UNKNOWN not in path),
        required=_literal(given.get("required"), default=False) is True,
        choices=tuple(choices) if isinstance(choices, list | tuple | set) else (),
        action=_action(given.get("action")),
        nargs=str(_literal(given.get("nargs"), "")),
        positional=positional,
    )


def _literal(node: ast.expr | None, default: Any) -> Any:  # noqa: ANN401 - whatever a literal is
    if node is None:
        return default
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return _MISSING


def _type(node: ast.expr | None) -> str:
    return "" if node is None else name_of(node.func if isinstance(node, ast.Call) else node) or "a function"


def _action(node: ast.expr | None) -> str:
    """Return an action's name: ``store_true``, or that of a class."""
    return str(node.value) if isinstance(node, ast.Constant) else "" if node is None else name_of(node) or "a class"
