"""docs/replace-the-example.md is true: in an empty folder, each command prints what the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/replace-the-example.md"
# A block, and the name of the file that it is, when the line above it names one.
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def run(command, folder):
    """Run a command in a folder, with the programs of this environment; return what it prints."""
    hidden = ("AWS_", "STEP_SCRIPTS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    return done.stdout


def commands(text):
    """Split a console into commands, each with the output shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown.strip()


def patched(folder, text):
    """Change a file by a difference without line numbers: each part that goes is there once."""
    path = folder / re.search(r"^\+\+\+ b/(\S+)$", text, re.MULTILINE)[1]
    content = path.read_text()
    for hunk in re.split(r"^@@.*\n", text, flags=re.MULTILINE)[1:]:
        old, new = ("".join(re.findall(rf"^\{sign}(.*\n)", hunk, re.MULTILINE)) for sign in "-+")
        assert content.count(old) == 1, f"{path} has {content.count(old)} times:\n{old}"
        content = content.replace(old, new)
    path.write_text(content)


def test_the_page_can_be_carried_out(tmp_path):
    """From the table to the project with a fourth step; `...` stands for what is left out."""
    for block in BLOCK.finditer(PAGE.read_text()):
        if block["file"]:
            (tmp_path / block["file"]).write_text(block["text"])
        elif block["kind"] == "diff":
            patched(tmp_path, block["text"])
        for command, shown in commands(block["text"]) if block["kind"] == "console" else ():
            printed = " ".join(run(command, tmp_path).split())
            pattern = ".*".join(re.escape(" ".join(piece.split())) for piece in shown.split("..."))
            assert re.fullmatch(pattern, printed, re.DOTALL), f"$ {command}\n{printed}\nThe page shows\n{shown}"


@pytest.mark.parametrize("name", ["new", "fixtures"])
def test_the_commands_have_help(name, tmp_path):
    """That says what they do."""
    assert run(f"step-scripts {name} --help", tmp_path).startswith(f"usage: step-scripts {name}")
