"""A copy of the tree in which bugs are seeded, with an environment that imports the copy and nothing else of ours."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.seeded_bugs.bug import LEVELS, Bug
from tests.seeded_bugs.fork_server import ForkServer

ROOT = Path(__file__).resolve().parents[2]
NO_TEST_FAILED, SOME_TEST_FAILED, NO_TEST_FOUND = 0, 1, 5  # pytest's exit codes
# Console scripts of the copy's environment: name, module, function.
SCRIPTS = (("step-scripts", "step_scripts.cli", "main"), ("pytest", "pytest", "main"))


@dataclass(frozen=True)
class Result:
    """What came of a bug: ``red``, ``green`` or ``error``, and the test that failed or the reason."""

    outcome: str
    detail: str


class Tree:
    """A copy of the files that git does not ignore, as they are now.

    The project is installed in editable form somewhere else. So the copy has a virtual environment of its own, which
    finds the copy's packages first, and then the installed libraries; child processes of the tests find it as well.

    Parameters
    ----------
    folder : Path
        Where the copy is made; it must not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        # The index holds the unbroken files: that is how a bug is removed again.
        self._git("init", "--quiet")
        self._git("add", "--all")
        self._bin = self._make_environment(folder / ".venv")
        self._server: ForkServer | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables for programs that run in the copy."""
        hidden = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"}
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        # As in tox.ini: no credentials and no account.
        files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(self.folder / "none"))
        own = {"AWS_EC2_METADATA_DISABLED": "true", "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}"}
        return kept | files | own

    def failures(self, *arguments: str) -> list[str]:
        """Run tests on the unbroken copy; return those that fail twice or do not exist, and print why.

        A test that fails once on a busy machine proves something all the same: with its bug it fails each time.

        Raises
        ------
        RuntimeError
            When pytest cannot run them.
        """
        code, printed = self._pytest("--tb=short", "--continue-on-collection-errors", *arguments)
        if code != NO_TEST_FAILED:
            print(f"without any bug:\n{printed}", file=sys.stderr, flush=True)
        # The second message is about a file. pytest reports all missing tests, but one missing file only.
        absent = (f"not found: {self.folder}/", "file or directory not found: ")
        missing = [test for test in arguments if any(f"ERROR: {words}{test}\n" in printed for words in absent)]
        if missing:
            rest = [test for test in arguments if test not in missing]
            return missing + (self.failures(*rest) if rest else [])
        if code not in {NO_TEST_FAILED, SOME_TEST_FAILED}:
            raise RuntimeError(f"without any bug, pytest ended with {code}")
        failed = _failed(printed)
        return _failed(self._pytest(*failed)[1]) if failed else []

    def result(self, bug: Bug, choices: list[list[str]]) -> Result:
        """Seed a bug, run tests up to the first red one, and remove the bug.

        Parameters
        ----------
        bug : Bug
            The bug.
        choices : list of list of str
            Arguments of pytest: the next ones are tried while no test is red.
        """
        applied = self._git("apply", str(bug.path), check=False)
        if applied.returncode:
            return Result("error", f"does not apply: {' '.join(applied.stderr.split())}")
        try:
            for arguments in choices:
                code, printed = self._pytest("-x", *arguments)
                failed = _failed(printed)
                if code == SOME_TEST_FAILED and failed:
                    return Result("red", failed[0])
                if code not in {NO_TEST_FAILED, NO_TEST_FOUND}:
                    return Result("error", f"pytest ended with {code}: {' '.join(printed[-500:].split())}")
        finally:
            self._git("checkout", "--quiet", "--", ".")
            self._git("clean", "-ffdxq", "--exclude=.venv", "--exclude=__pycache__")
        return Result("green", f"no test noticed: {bug.breaks}")

    def mirrors(self, bug: Bug) -> list[str]:
        """Return the tests of the bug's level that mirror the changed files: they probably go red."""
        folder = LEVELS[bug.level][0]
        places = [Path(folder, name.removeprefix("src/step_scripts/")) for name in bug.changed]
        found = [mirror for path in places for mirror in (path.with_name(f"test_{path.stem}.py"), path.parent)]
        return [str(path) for path in found if (self.folder / path).exists() and path != Path(folder)][:1]

    def _pytest(self, *arguments: str) -> tuple[int, str]:
        """Run pytest in the copy; return its exit code and what it printed."""
        if self._server is None:
            # Bytecode is valid for equal content: by time, it would be valid for two bugs within the same second.
            compileall.compile_dir(self.folder, quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
            # Few examples of the fuzz tests: the named tests find these bugs without them.
            self._server = ForkServer(self._bin, self.folder, self.environment | {"FUZZ_EXAMPLES": "50"})
        # pytest takes minutes to compare long lists for a message that is not read: --assert=plain.
        options = ["-q", "--tb=no", "--no-header", "-rfE", "-m", "not docker", "--assert=plain"]
        return self._server.pytest(*options, *arguments)

    def close(self) -> None:
        """End what runs tests here."""
        if self._server is not None:
            self._server.close()

    def _git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=check)

    def _make_environment(self, folder: Path) -> Path:
        """Make the virtual environment; return the folder of its programs."""
        venv.create(folder, with_pip=False, symlinks=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        installed = [path for path in sys.path if "site-packages" in path]
        # Only the folders are listed: the .pth file there that points to the other tree is not read.
        packages.joinpath("copy.pth").write_text("\n".join([str(self.folder / "src"), str(self.folder), *installed]))
        for name, module, function in SCRIPTS:
            script = folder / "bin" / name
            script.write_text(
                f"#!{folder}/bin/python\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
            )
            script.chmod(0o755)
        return folder / "bin"


def _failed(printed: str) -> list[str]:
    """Return the tests that a summary of pytest lists as failed."""
    lines = [line for line in printed.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return [line.split(" ", 1)[1].split(" - ")[0] for line in lines]
