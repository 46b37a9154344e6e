"""A queue of callbacks in a folder: what a pipeline waits for, and what somebody has answered.

::

    callbacks/2DRR2511NGO3-Approve.json          the message that a Callback step sends, with its token
    callbacks/2DRR2511NGO3-Approve.answer.json   {"outputs": {...}} or {"failure": "..."}
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError, nearest, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


class CallbackError(StepScriptsError, ValueError):
    """No step waits with this token, or the answer does not fit."""


@dataclass(frozen=True)
class Callbacks:
    """The queue in a folder, which need not exist.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     queue = Callbacks(Path(folder))
    ...     queue.send("A1-Approve", {"arguments": {"version": 3}, "outputs": {"price": "Float"}})
    ...     queue.succeed("A1-Approve", {"price": "2.5"})
    ...     queue.answer("A1-Approve")
    {'outputs': {'price': 2.5}}
    """

    folder: Path

    def send(self, token: str, message: Mapping[str, Any]) -> None:
        """Put a message into the queue. Its ``outputs`` are the names and types that the answer has to have."""
        write_whole(self._path(token), _as_json({"token": token, **message}))

    def waiting(self) -> list[dict[str, Any]]:
        """Return the messages without an answer, by token."""
        paths = [path for path in sorted(self.folder.glob("*.json")) if not path.name.endswith(".answer.json")]
        messages = [json.loads(path.read_text()) for path in paths]
        return [message for message in messages if not self._path(message["token"], ".answer.json").exists()]

    def succeed(self, token: str, outputs: Mapping[str, str]) -> None:
        """Answer with values, as texts.

        Raises
        ------
        CallbackError
            When no step waits with this token, or it declares other outputs.
        """
        declared: dict[str, str] = self._message(token)["outputs"]
        if set(outputs) != set(declared):
            expected = " ".join(f"--output {name}={kind}" for name, kind in declared.items()) or "no output"
            raise CallbackError(f"{token}: expected: {expected}; got: {', '.join(outputs) or 'no output'}")
        values = {name: _typed(name, text, declared[name]) for name, text in outputs.items()}
        write_whole(self._path(token, ".answer.json"), _as_json({"outputs": values}))

    def fail(self, token: str, reason: str) -> None:
        """Answer that the step fails."""
        self._message(token)
        write_whole(self._path(token, ".answer.json"), _as_json({"failure": reason}))

    def answer(self, token: str) -> dict[str, Any] | None:
        """Return the answer, or None while the step waits."""
        path = self._path(token, ".answer.json")
        found: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
        return found

    def remove(self, token: str) -> None:
        """Remove a message and its answer."""
        for ending in (".json", ".answer.json"):
            self._path(token, ending).unlink(missing_ok=True)

    def _message(self, token: str) -> dict[str, Any]:
        known = {message["token"]: message for message in self.waiting()}
        if token not in known:
            like = nearest(token, known)
            fix = f"did you mean {like}?" if like else "see `step-scripts callback`"
            raise CallbackError(f"expected: the token of a step that waits; got: {token}; fix: {fix}")
        message: dict[str, Any] = known[token]
        return message

    def _path(self, token: str, ending: str = ".json") -> Path:
        if not _TOKEN.fullmatch(token):
            raise CallbackError(f"expected: a token of letters, digits, - and _; got: {token!r}")
        return self.folder / f"{token}{ending}"


def _typed(name: str, text: str, kind: str) -> object:
    try:
        if kind == "Boolean":
            return {"true": True, "false": False}[text.lower()]
        return {"String": str, "Integer": int, "Float": float}[kind](text)
    except (KeyError, ValueError):
        raise CallbackError(f"--output {name}: expected: a value of type {kind}; got: {text}") from None


def _as_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()
