"""docs/adding-a-step.md is true: in a copy of the tree, each command prints what the page shows."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.seeded_bugs.tree import Tree

PAGE = Path(__file__).resolve().parents[2] / "docs/adding-a-step.md"
# A block, and the name of the file that it is, when the line above it names one.
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree, which the page may change."""
    return Tree(tmp_path_factory.mktemp("copy") / "tree")


def run(command, tree):
    """Run a command in the copy, whose own environment comes first; return what it prints."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tree.folder,
        env=tree.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout + done.stderr


def sessions(text):
    """Split a console into commands, each with the output shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield SimpleNamespace(command=command, shown=shown.strip())


def test_the_page_can_be_carried_out(tree):
    """From the failing test to the seeded bug; `...` stands for what is left out."""
    for block in BLOCK.finditer(PAGE.read_text()):
        if block["file"]:
            (tree.folder / block["file"]).write_text(block["text"])
        elif block["kind"] == "diff":
            patch = ["git", "apply", "--unidiff-zero", "-"]
            subprocess.run(patch, cwd=tree.folder, input=block["text"], text=True, check=True)
        for one in sessions(block["text"]) if block["kind"] == "console" else ():
            printed = " ".join(run(one.command, tree).split())
            pattern = ".*".join(re.escape(" ".join(piece.split())) for piece in one.shown.split("..."))
            assert re.fullmatch(pattern, printed, re.DOTALL), f"$ {one.command}\n{printed}\nThe page shows\n{one.shown}"
