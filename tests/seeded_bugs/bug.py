"""What a seeded bug's file says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PATCHES = Path(__file__).resolve().parent / "patches"
# What each level runs: the environments of tox.ini, without containers, which would take too long.
LEVELS = {
    "plain": ["tests/plain"],
    "definition": ["tests/definition"],
    "local": ["tests/local"],
    "framework": ["tests/step_scripts", "--ignore=tests/step_scripts/runs"],
    "runs": ["tests/step_scripts/runs"],
}
# Snapshots go red after any change, also a correct one. They say nothing about the tests that look for a mistake.
SNAPSHOTS = ("snapshot", "fresh", "reviewed")
HEADER = ("Breaks", "Level", "Test")


@dataclass(frozen=True)
class Bug:
    """A bug: its file, what it breaks, and the test that must go red.

    Attributes
    ----------
    path : Path
        The patch.
    breaks : str
        A sentence.
    level : str
        A key of ``LEVELS``.
    test : str
        A pytest node id below the level's folder: a file, or a test of it.
    """

    path: Path
    breaks: str
    level: str
    test: str

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def changed(self) -> list[str]:
        """The files that the bug changes, relative to the project."""
        return re.findall(r"^\+\+\+ b/(.+)$", self.path.read_text(encoding="utf-8"), re.MULTILINE)

    @property
    def whole_level(self) -> list[str]:
        """Pytest's arguments for the whole level, without snapshots."""
        return ["-k", " and ".join(f"not {word}" for word in SNAPSHOTS), *LEVELS[self.level]]

    @classmethod
    def read(cls, path: Path) -> Bug:
        """Read a patch's header.

        Raises
        ------
        ValueError
            When a line is missing, the level is unknown, or the test does not belong to that level.
        """
        lines = path.read_text(encoding="utf-8").splitlines()[: len(HEADER)]
        header = dict(line.split(": ", 1) for line in lines if ": " in line)
        if tuple(header) != HEADER:
            raise ValueError(f"{path.name}: expected the first lines to be {': …, '.join(HEADER)}: …; got {lines}")
        if header["Level"] not in LEVELS:
            raise ValueError(f"{path.name}: expected a level of {', '.join(LEVELS)}; got {header['Level']}")
        if not header["Test"].startswith(f"{LEVELS[header['Level']][0]}/"):
            raise ValueError(f"{path.name}: expected a test of the level {header['Level']}; got {header['Test']}")
        return cls(path, header["Breaks"], header["Level"], header["Test"])


def known() -> list[Bug]:
    """Return every bug, by name."""
    return [Bug.read(path) for path in sorted(PATCHES.glob("*.patch"))]
