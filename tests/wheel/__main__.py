"""Build the wheel, install it in empty environments, and make projects with it: ``python -m tests.wheel``.

1. The wheel with what a project needs, in the locked versions. ``docs/replace-the-example.md`` is carried out, from a
   table without a key to a project with a step of its own. For each table of `tests.wheel.shapes`:
   ``step-scripts new``, ``python pipeline.py --execute`` and ``tox``, with no file edited.
2. In the page's project: a server answers, a bad row goes to quarantine, and a bug at each level turns its test red.
3. The wheel alone: ``step-scripts preflight`` on the reviewed definition of that project.

No file of the package is changed by any of it.

It needs `uv <https://docs.astral.sh/uv/>`_, and a package index for what is not in uv's cache. It changes nothing in
the repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import byte_code
from tests.wheel import page, project
from tests.wheel.shapes import SHAPES, Shape

ROOT = Path(__file__).resolve().parents[2]
# Every file of the package is where the wheel has put it, and as the wheel has it.
UNCHANGED = """
import base64, hashlib, pathlib, sys
from importlib import metadata
import step_scripts
home = pathlib.Path(step_scripts.__file__)
assert home.is_relative_to(sys.prefix) and "site-packages" in home.parts, home
files = [file for file in metadata.files("step-scripts") if file.hash]
changed = [
    str(file) for file in files
    if base64.urlsafe_b64encode(hashlib.new(file.hash.mode, file.read_binary()).digest()).rstrip(b"=").decode()
    != file.hash.value
]
assert len(files) > 50 and not changed, changed
"""


class Environment:
    """An empty virtual environment."""

    def __init__(self, folder: Path) -> None:
        """Make it."""
        self.bin = folder / "bin"
        uv("venv", "--quiet", "--python", sys.executable, folder)

    def install(self, *words: str | Path, cwd: Path = ROOT) -> None:
        """Install packages."""
        uv("pip", "install", "--quiet", "--python", self.bin / "python", *words, cwd=cwd)

    def run(self, program: str, *words: str | Path, cwd: Path) -> str:
        """Run one of its programs to a good end; return what it printed."""
        return run(self._program(program), *words, cwd=cwd, env=self._variables())

    def ended(self, program: str, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs to any end."""
        return ended(self._program(program), *words, cwd=cwd, env=self._variables())

    def start(self, program: str, *words: str | Path, cwd: Path) -> subprocess.Popen[str]:
        """Start one of its programs; its output and its errors are one stream."""
        command, both = [str(self._program(program)), *map(str, words)], subprocess.STDOUT
        return subprocess.Popen(command, cwd=cwd, env=self._variables(), stdout=subprocess.PIPE, stderr=both, text=True)

    def _program(self, name: str) -> Path | str:
        """Return the path of one of its programs; of the machine's, the name alone."""
        return self.bin / name if (self.bin / name).exists() else name

    def _variables(self) -> dict[str, str]:
        """Return the environment variables, without those of this process that lead elsewhere."""
        hidden = ("AWS_", "PYTHON", "STEP_SCRIPTS_", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        return kept | {"PATH": f"{self.bin}:{os.environ['PATH']}"}


def uv(*words: str | Path, cwd: Path = ROOT) -> None:
    """Run uv: without a network, if its cache suffices; with the package index otherwise."""
    program = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        sys.exit("tests.wheel: expected the program uv; got none; fix: pip install uv")
    if ended(program, *words, cwd=cwd, env={**os.environ, "UV_OFFLINE": "1"}).returncode:
        run(program, *words, cwd=cwd)


def run(program: str | Path, *words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a program; return what it printed, or end with it where the program fails."""
    done = ended(program, *words, cwd=cwd, env=env)
    if done.returncode:
        sys.exit(f"{done.stdout}\ntests.wheel: {' '.join(done.args)} exits with {done.returncode}, expected 0")
    return done.stdout


def ended(
    program: str | Path, *words: str | Path, cwd: Path, env: dict[str, str] | None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; its output and its errors are one stream."""
    command = [str(program), *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def said(start: float, what: str) -> None:
    """Print a line about what is done."""
    print(f"{time.monotonic() - start:5.1f} s  {what}", flush=True)


def main() -> None:
    """Check the wheel; end with the first thing that fails."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wheel-") as name:
        home = Path(name).resolve()
        uv("build", "--quiet", "--wheel", "--out-dir", home / "dist")
        (wheel,) = (home / "dist").glob("*.whl")
        said(start, f"built {wheel.name} ({wheel.stat().st_size / 1024:.0f} KiB)")

        locked = home / "locked.txt"
        locked.write_text("\n".join(re.findall(r"^[\w.-]+==.+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)))
        full = Environment(home / "full")
        full.install("-c", locked, f"{wheel}[project]")
        byte_code.copy(Path(sys.prefix), full.bin.parent)
        said(start, "installed it with all that a project needs")
        full.run("python", "-c", UNCHANGED, cwd=home)
        said(start, "every file of the package is in site-packages, as the wheel has it")

        def made(shape: Shape) -> None:
            began, table = time.monotonic(), shape.write(home)
            full.run("step-scripts", "new", shape.name, "--table", table, *shape.words, cwd=home)
            said(start, f"{shape.name}: made by step-scripts new")
            printed = full.run("python", "pipeline.py", "--execute", cwd=home / shape.name)
            said(start, f"{shape.name}: ran the pipeline: {printed.strip().splitlines()[-1]}")
            printed = full.run("tox", cwd=home / shape.name)
            levels = ", ".join(" ".join(found) for found in re.findall(r"(\d+ passed).* in ([\d.]+s)", printed))
            said(start, f"{shape.name}: tox: {levels}; {time.monotonic() - began:.0f} s in all")

        def drawn(shape: Shape) -> None:
            table, name = shape.write(home), f"{shape.name}-drawn"
            full.run("step-scripts", "new", name, "--table", table, *shape.words, "--synthetic", cwd=home)
            said(start, f"{name}: made by step-scripts new --synthetic")

        def followed() -> None:
            for command in page.carried_out(full, home):
                said(start, f"{page.PAGE.name}: {command}")
            for what in project.checks(full, home / "rents"):
                said(start, f"rents: {what}")

        def light() -> None:
            alone = Environment(home / "light")
            alone.install("-c", locked, wheel)
            printed = alone.run(
                "step-scripts", "preflight", "tests/definition/pipeline.json", cwd=home / SHAPES[0].name
            )
            said(start, f"without extras, step-scripts preflight: {printed.strip().splitlines()[-1]}")

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(followed), *(pool.submit(made, shape) for shape in SHAPES)]:
                done.result()
            drawn(SHAPES[1])
        light()
        full.run("python", "-c", UNCHANGED, cwd=home)
        said(start, "no file of the package was changed")


if __name__ == "__main__":
    main()
