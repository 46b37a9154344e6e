"""The seeded bugs follow the code: each patch applies, and the test that it names exists.

Whether that test goes red takes minutes: `python -m tests.seeded_bugs`.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seeded_bugs.bug import Bug, known
from tests.seeded_bugs.fork_server import ForkServer

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


# As in the SDK: without a region the package fails. Its folder `core` stays imported, and `core.store` alone would then
# be imported before the package that it needs, which needs it.
NEEDS_A_REGION = {
    "__init__.py": "import sdk.client\n",
    "client.py": "import sdk.core, os\nos.environ['REGION']\nfrom sdk.core.store import NAME\n",
    "core/__init__.py": "",
    "core/store.py": "from sdk import log\nNAME = 1\n",
    "log.py": "",
}
USES_THE_SDK = "def test(monkeypatch):\n    monkeypatch.setenv('REGION', 'x')\n    import sdk.core.store\n"


def test_a_run_after_another_imports_as_if_it_were_the_first(tmp_path):
    """A library that the server cannot import is left to the run, as a whole."""
    (tmp_path / "site-packages" / "sdk" / "core").mkdir(parents=True)
    for name, text in NEEDS_A_REGION.items():
        (tmp_path / "site-packages" / "sdk" / name).write_text(text)
    (tmp_path / "test_it.py").write_text(USES_THE_SDK)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site-packages")}
    server = ForkServer(tmp_path / "bin", tmp_path, environment)
    try:
        for _ in range(3):
            code, printed = server.pytest("-q", "-p", "no:cacheprovider", "test_it.py")
            assert code == 0, printed
    finally:
        server.close()
