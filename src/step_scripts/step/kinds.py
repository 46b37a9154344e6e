"""The kinds of options: how each is annotated, read from a command line, checked and shown. `options` has the table."""

import argparse
import json
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from step_scripts.step.errors import StepError

_NONE = frozenset({"", "none", "None", "null"})  # how a command line spells None, and a list without items
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


class Between(NamedTuple):
    """The lowest and the highest value of a number (both are allowed), and its meaning."""

    lowest: float
    highest: float
    meaning: str


class OneOf(NamedTuple):
    """What a word means. Its Literal type says which words are allowed."""

    meaning: str


class Flag(NamedTuple):
    """What true means, for an option that is true or false."""

    meaning: str


@dataclass(frozen=True)
class Text:
    """What a text means, and which texts are allowed.

    Parameters
    ----------
    meaning : str
        One line for the command's help and for messages.
    pattern : str, optional
        A regular expression that the whole text has to match.
    min_length, max_length : int, optional
        Characters. The service refuses an empty word on a command line, so a text has one character at least. An
        option that may be absent is ``str | None``.

    Raises
    ------
    StepError
        When the pattern is no regular expression.

    Examples
    --------
    >>> Text("column that is predicted", pattern="[a-z_]+", max_length=64).fits("price")
    True
    """

    meaning: str
    pattern: str | None = field(default=None, kw_only=True)
    min_length: int = field(default=1, kw_only=True)
    max_length: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Refuse a pattern that cannot be compiled, where it is written."""
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise StepError(
                f"Text({self.meaning!r}): expected a regular expression as its pattern; got: {self.pattern!r} "
                f"({error}); fix: correct it, or leave it out"
            ) from None

    def fits(self, text: str) -> bool:
        """Return whether a text is allowed. A NUL and half of a surrogate pair never are: no file can hold them."""
        return (
            self.min_length <= len(text) <= (len(text) if self.max_length is None else self.max_length)
            and (self.pattern is None or re.fullmatch(self.pattern, text) is not None)
            and re.search("[\0\ud800-\udfff]", text) is None
        )

    def expected(self) -> str:
        """Return what is allowed, in words."""
        if self.max_length is not None:
            length = f" of {self.min_length} to {self.max_length} characters"
        else:
            length = f" of at least {self.min_length} characters" if self.min_length > 1 else ""
        return f"a text{length}" + (f" that matches {self.pattern}" if self.pattern else "")


_DOMAINS: dict[type, type] = {bool: Flag, int: Between, float: Between, str: Text}


class Option(NamedTuple):
    """An option of a function.

    Attributes
    ----------
    name
        As in Python, with underscores.
    kind
        The type of its value, or of each item of a list: bool, int, float or str.
    words
        The words of a Literal type.
    domain
        Which values are allowed, and what they mean: Between, OneOf, Flag or Text.
    default
        The function's own.
    many, optional
        Whether the value is a list, and whether it may be None.
    """

    name: str
    kind: type
    words: tuple[str, ...]
    domain: Any
    default: Any
    many: bool
    optional: bool

    @property
    def reader(self) -> Callable[[str], Any]:
        """What turns a word of the command line into the value. Argparse names it in its messages."""
        plain = self.kind is not bool and not self.many and not self.optional
        return self.kind if plain else self._read

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The words that argparse compares a value with; None where there are none, or the reader does it."""
        return self.words if self.words and self.reader is str else None

    def _read(self, text: str) -> Any:  # noqa: ANN401 - a value of any kind
        if self.optional and text in _NONE:
            return None
        try:
            return tuple(map(self._item, _items(text))) if self.many else self._item(text)
        except (KeyError, ValueError):
            raise argparse.ArgumentTypeError(f"expected {self.expected()}; got: {text!r}") from None

    def _item(self, text: str) -> Any:  # noqa: ANN401 - a value of any kind
        if self.words and text not in self.words:
            raise ValueError(text)
        return _BOOLS[text.lower()] if self.kind is bool else self.kind(text)

    @property
    def metavar(self) -> str:
        """What stands for the value in the help."""
        names = {bool: "{true,false}", int: "INT", float: "FLOAT", str: "TEXT"}
        name = "{" + ",".join(self.words) + "}" if self.words else names[self.kind]
        return f"{name},..." if self.many else name

    @property
    def shown(self) -> str:
        """The default as a command line spells it; empty without one."""
        if self.default is None:
            return ""
        return (",".join(map(_spelt, self.default)) or "none") if self.many else _spelt(self.default)

    def fits(self, value: object) -> bool:
        """Return whether a value has the option's type and is in its range."""
        if value is None:
            return self.optional or self.default is None
        if self.many:
            return isinstance(value, tuple | list) and all(map(self._item_fits, value))
        return self._item_fits(value)

    def _item_fits(self, value: object) -> bool:
        if self.words:
            return value in self.words
        if isinstance(value, bool) or self.kind is bool:  # a bool is an int in Python, but never meant as a number
            return isinstance(value, bool) and self.kind is bool
        if isinstance(value, str) or self.kind is str:
            return isinstance(value, str) and self.kind is str and self.domain.fits(value)
        numbers = (int,) if self.kind is int else (int, float)
        # NaN is in no range.
        return isinstance(value, numbers) and self.domain.lowest <= value <= self.domain.highest

    def expected(self) -> str:
        """Return which values are allowed, in words."""
        if self.words:
            one = f"one of {', '.join(self.words)}"
        elif self.kind is bool:
            one = "true or false"
        elif self.kind is str:
            one = self.domain.expected()
        else:
            what = "a whole number" if self.kind is int else "a number"
            one = f"{what} from {self.domain.lowest:g} to {self.domain.highest:g}"
        return (f"a list with commas, each item {one}" if self.many else one) + (", or none" if self.optional else "")


def read_option(function: str, parameter: Parameter) -> Option:
    """Read a function's keyword-only parameter as an option.

    Raises
    ------
    StepError
        When its annotation says too little, or its default could be changed by a caller.
    """
    declared, domain = (*get_args(parameter.annotation), None, None)[:2]
    declared, optional = _without_none(declared)
    many = get_origin(declared) in (tuple, list, Sequence)
    if many:
        declared = _item_type(declared)
    words = get_args(declared) if get_origin(declared) is Literal else ()
    kind = str if words else declared
    known = all(isinstance(word, str) for word in words) and kind in _DOMAINS and not (many and kind is bool)
    if not known or not isinstance(domain, OneOf if words else _DOMAINS[kind]):
        raise StepError(
            f"{function}, {parameter.name}: expected Annotated[int, Between(1, 9, 'its meaning')], the same with "
            "float, Annotated[bool, Flag('its meaning')], Annotated[str, Text('its meaning')], or "
            "Annotated[Literal['a', 'b'], OneOf('its meaning')]; `int | None` where None is allowed, "
            "`tuple[int, ...]` for a list; got: "
            f"{parameter.annotation!r}; fix: annotate it so, and without quotes or __future__.annotations"
        )
    if isinstance(parameter.default, list):
        raise StepError(
            f"{function}, {parameter.name}: expected a tuple as its default, which no call can change; "
            f"got: {parameter.default!r}; fix: write {tuple(parameter.default)!r}"
        )
    return Option(parameter.name, kind, words, domain, parameter.default, many, optional)


def _without_none(declared: Any) -> tuple[Any, bool]:  # noqa: ANN401 - any type expression
    """Return a type without its None, and whether it had one."""
    if get_origin(declared) not in (Union, types.UnionType):
        return declared, False
    rest = [one for one in get_args(declared) if one is not type(None)]
    return (rest[0] if len(rest) == 1 else None), len(rest) < len(get_args(declared))


def _item_type(declared: Any) -> Any:  # noqa: ANN401 - any type expression
    """Return the type of a list's items; None for a tuple of fixed length."""
    item, *rest = get_args(declared)
    return item if rest == ([...] if get_origin(declared) is tuple else []) else None


def _items(text: str) -> list[str]:
    """Split a list: words with commas between them, or JSON, as a hyperparameter that is a list arrives."""
    if text.startswith("["):
        try:
            return [item if isinstance(item, str) else json.dumps(item) for item in json.loads(text)]
        except ValueError:
            pass
    items = [] if text in _NONE else [item.strip() for item in text.split(",")]
    if "" in items:
        raise ValueError(text)
    return items


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
