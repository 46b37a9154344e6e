"""The seeded bugs follow the code: each patch applies, and the test that it names exists.

Whether that test goes red takes minutes: `python -m tests.seeded_bugs`.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.seeded_bugs.bug import Bug, known

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("bug", known(), ids=lambda bug: bug.name)
def test_a_patch_applies(bug):
    """To the files as they are now."""
    command = ["git", "apply", "--check", str(bug.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"make the same bug in today's code: {done.stderr}"


@pytest.mark.parametrize("bug", known(), ids=lambda bug: bug.name)
def test_the_named_test_exists(bug):
    """One function of a file of the level, perhaps with a case; the file may import it from `step_scripts.testing`."""
    file, _, name = bug.test.partition("[")[0].partition("::")
    assert name, f"expected file::test, got {bug.test}"
    assert name.split("::")[-1] in _names(ROOT / file), f"{bug.test} does not exist"


def _names(path):
    """Return the names of the tests of a file, also of those that `from … import *` brings."""
    tree, names = ast.parse(path.read_text()), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("step_scripts.testing"):
            module = ROOT / "src" / f"{node.module.replace('.', '/')}.py"
            everything = any(alias.name == "*" for alias in node.names)
            names |= set(re.findall(r"\btest_\w+", module.read_text())) if everything else set()
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Breaks: a\nLevel: plain\n", "expected the first lines to be Breaks: …, Level: …, Test: …"),
        ("Breaks: a\nLevel: cloud\nTest: tests/plain/test_a.py::test_b\n", "expected a level of plain, definition"),
        ("Breaks: a\nLevel: plain\nTest: tests/local/test_a.py::test_b\n", "expected a test of the level plain"),
    ],
)
def test_a_wrong_header_is_an_error(tmp_path, header, message):
    """The message names the file, and says what was expected."""
    (tmp_path / "a.patch").write_text(f"{header}\n--- a/a.py\n+++ b/a.py\n")
    with pytest.raises(ValueError, match=f"^a.patch: {re.escape(message)}"):
        Bug.read(tmp_path / "a.patch")
