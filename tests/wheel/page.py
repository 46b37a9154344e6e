"""docs/replace-the-example.md is true: in an empty folder, each command prints what the page shows."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wheel.__main__ import Environment

PAGE = Path(__file__).resolve().parents[2] / "docs/replace-the-example.md"
# A block, and the name of the file that it is, when the line above it names one.
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def carried_out(environment: Environment, folder: Path) -> Iterator[str]:
    """Carry the page out in a folder, and yield each command that printed what is shown; `...` is what is left out.

    Parameters
    ----------
    environment : Environment
        In which the package is installed.
    folder : Path
        An empty folder.
    """
    for block in BLOCK.finditer(PAGE.read_text()):
        if block["file"]:
            (folder / block["file"]).write_text(block["text"])
        elif block["kind"] == "diff":
            _patch(folder, block["text"])
        for command, shown in _commands(block["text"]) if block["kind"] == "console" else ():
            printed = " ".join(environment.ended("bash", "-c", command, cwd=folder).stdout.split())
            pattern = ".*".join(re.escape(" ".join(piece.split())) for piece in shown.split("..."))
            if not re.fullmatch(pattern, printed, re.DOTALL):
                sys.exit(f"$ {command}\n{printed}\n{PAGE.name} shows\n{shown}")
            yield f"$ {command}"


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Split a console into commands, each with the output shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown.strip()


def _patch(folder: Path, text: str) -> None:
    """Change a file by a difference without line numbers: each part that goes is there once."""
    path = folder / re.findall(r"^\+\+\+ b/(\S+)$", text, re.MULTILINE)[0]
    content = path.read_text()
    for hunk in re.split(r"^@@.*\n", text, flags=re.MULTILINE)[1:]:
        old, new = ("".join(re.findall(rf"^\{sign}(.*\n)", hunk, re.MULTILINE)) for sign in "-+")
        if content.count(old) != 1:
            sys.exit(f"{PAGE.name}: expected once in {path.name}; got {content.count(old)} times:\n{old}")
        content = content.replace(old, new)
    path.write_text(content)
