"""docs/adding-a-step.md is true: carried out in a copy of the tree, each command prints what it shows."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/adding-a-step.md").read_text()
# A block, and the name of the file that it is, where the line above it says one.
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what git tracks, where the page may change what it likes."""
    folder = tmp_path_factory.mktemp("tree")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def run(command, tree):
    """Run a command in the copy, which comes before the tree that is installed."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    shell = ["bash", "-c", command]
    done = subprocess.run(shell, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=300)
    return done.stdout + done.stderr


def sessions(text):
    """Split a console into commands, each with the output shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield SimpleNamespace(command=command, shown=shown.strip())


def test_the_page_can_be_carried_out(tree):
    """From the failing test to the row in the summary table; `...` stands for what is left out."""
    for block in BLOCK.finditer(PAGE):
        if block["file"]:
            (tree / block["file"]).write_text(block["text"])
        elif block["kind"] == "diff":
            patch = ["git", "apply", "--unidiff-zero", "-"]
            subprocess.run(patch, cwd=tree, input=block["text"], text=True, check=True)
        for one in sessions(block["text"]) if block["kind"] == "console" else ():
            printed = " ".join(run(one.command, tree).split())
            pattern = ".*".join(re.escape(" ".join(piece.split())) for piece in one.shown.split("..."))
            assert re.fullmatch(pattern, printed, re.DOTALL), f"$ {one.command}\n{printed}\nThe page shows\n{one.shown}"
    # The last block is a bug, which the page's own tests see.
    patch = ["git", "apply", "--unidiff-zero", str(tree / "tests/break_it/patches/drift-unsigned.patch")]
    subprocess.run(patch, cwd=tree, check=True)
    assert "2 failed" in run("pytest -q tests/plain/steps/test_drift.py", tree)
