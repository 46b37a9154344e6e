"""One place in a contract's file: its value, and where it stands, so that a mistake in it is reported with its line."""

import reprlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from step_scripts._shared import nearest
from step_scripts.contracts.error import InvalidContractError, Place

# A value may refer to itself or be huge, as aliases of YAML make it.
_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict, _SHORT.maxstring, _SHORT.maxother = 2, 6, 4, 60, 60


class Node(NamedTuple):
    """A value of a document.

    Attributes
    ----------
    value
        The value, as YAML has it.
    at
        The names and numbers that lead to it.
    where
        What it belongs to, as a message names it, such as ``column rooms``.

    Examples
    --------
    >>> rooms = Node({"name": "rooms", "required": True}, where="column rooms")
    >>> rooms.text("name"), rooms.flag("required"), rooms.flag("unique")
    ('rooms', True, False)
    >>> print(rooms.member("name").error("expected another name", fix="rename it"))
    column rooms: expected another name; fix: rename it
    """

    value: Any
    at: Place = ()
    where: str = ""

    def error(self, message: str, *, fix: str) -> InvalidContractError:
        """Return an error at this place, with what to do about it."""
        where = f"{self.where}: " if self.where else ""
        return InvalidContractError(f"{where}{message}; fix: {fix}", at=self.at)

    def called(self, where: str) -> "Node":
        """Return the same place under another name."""
        return Node(self.value, self.at, where)

    def require_mapping(self) -> "Node":
        """Return this place, which holds names and values.

        Raises
        ------
        InvalidContractError
            When it holds something else.
        """
        if not isinstance(self.value, dict):
            message = f"expected names and values{self._as_what()}, got {shown(self.value)}"
            raise self.error(message, fix=f"write each as `name: value`{self._below()}")
        return self

    def member(self, name: str) -> "Node | None":
        """Return the place of a member; None where it is absent or empty."""
        value = self.require_mapping().value.get(name)
        return None if value is None else Node(value, (*self.at, name), self.where)

    def needed(self, name: str, example: str = "") -> "Node":
        """Return the place of a member that has to be there.

        Raises
        ------
        InvalidContractError
            When it is absent or empty.
        """
        if (found := self.member(name)) is not None:
            return found
        near = nearest(name, [str(each) for each in self.value if str(each) not in _STANDARD])
        fix = f"rename {near} to {name}" if near else f"add `{name}: {example}`, or the like" if example else "add it"
        raise Node(None, (*self.at, name), self.where).error(f"expected a member {name}, got none", fix=fix)

    def text(self, name: str, example: str = "") -> str:
        """Return a text that has to be there and is not empty."""
        return self.needed(name, example).as_text()

    def optional_text(self, name: str) -> str:
        """Return a text; an empty one where it is absent."""
        found = self.member(name)
        return "" if found is None else found.as_text(empty=True)

    def as_text(self, *, empty: bool = False) -> str:
        """Return the text at this place."""
        if not isinstance(self.value, str):
            is_bare = isinstance(self.value, bool | int | float | date)
            fix = "put it in quotes" if is_bare else "write one text in its place"
            raise self.error(f"expected a text{self._as_what()}, got {shown(self.value)}", fix=fix)
        if not self.value.strip() and not empty:
            raise self.error(f"expected a text{self._as_what()}, got an empty one", fix="write it between the quotes")
        return self.value

    def flag(self, name: str) -> bool:
        """Return a bool; False where it is absent."""
        found = self.member(name)
        if found is None:
            return False
        if not isinstance(found.value, bool):
            message = f"expected true or false as {name}, got {shown(found.value)}"
            raise found.error(message, fix=f"write {name}: true or {name}: false")
        return found.value

    def items(self, name: str) -> "Iterator[Node]":
        """Yield the places of a list's items; none where the list is absent."""
        found = self.member(name)
        if found is not None:
            yield from found.elements()

    def elements(self) -> "Iterator[Node]":
        """Yield the places of the items of this list."""
        if not isinstance(self.value, list):
            message = f"expected a list{self._as_what()}, got {shown(self.value)}"
            raise self.error(message, fix=f"write each item behind a dash{self._below()}")
        for number, value in enumerate(self.value):
            yield Node(value, (*self.at, number), self.where)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the different, quoted words of this list, of which there is at least one; a message calls them so.

        Raises
        ------
        InvalidContractError
            When it has no word, one that is not a text or is empty, or one twice.
        """
        found: list[str] = []
        for item in self.elements():
            if not isinstance(item.value, str):
                fix = "put quotes around it, or YAML reads it as another type"
                raise item.error(f"expected quoted {name}, got {shown(item.value)}", fix=fix)
            if not item.value:
                fix = "take it out, as an empty cell is always missing"
                raise item.error(f"expected words as {name}, got an empty one", fix=fix)
            if item.value in found:
                raise item.error(f"expected each of the {name} once, got {item.value!r} again", fix="take one out")
            found.append(item.value)
        if not found:
            raise self.error(f"expected at least one word as {name}, got none", fix="add a quoted word to the list")
        return tuple(found)

    def require_known(self, known: Iterable[str], *, what: str) -> None:
        """Raise if the mapping has a name that is not known; the message has the nearest one."""
        names = list(known)
        for name in self.require_mapping().value:
            if name not in names:
                near = nearest(str(name), names)
                there = Node(None, (*self.at, name), self.where)
                expected = f"{what} ({', '.join(names)})" if names else f"no {what.partition(' ')[2]}"
                fix = f"write {near}" if near else "take it out"
                raise there.error(f"expected {expected}, got {shown(name)}", fix=fix)

    @property
    def _name(self) -> str:
        return next((str(part) for part in reversed(self.at) if isinstance(part, str)), "")

    def _as_what(self) -> str:
        return f" as {self._name}" if self._name else ""

    def _below(self) -> str:
        return f" below `{self._name}:`" if self._name else ""


# Members of the standard that may stand beside a missing one: none of them is a misspelling of it.
_STANDARD = frozenset(
    (
        *("apiVersion", "kind", "id", "name", "version", "status", "domain", "description", "schema", "physicalType"),
        *("properties", "logicalType", "required", "primaryKey", "unique", "quality", "relationships"),
        *("customProperties", "type", "to", "purpose", "usage", "limitations"),
    )
)


def shown(value: object) -> str:
    """Return a value as a short text.

    Examples
    --------
    >>> shown([1, 2, 3, 4, 5, 6, 7, 8])
    '[1, 2, 3, 4, 5, 6, ...]'
    """
    return _SHORT.repr(value)
