"""Build the wheel, install it in empty environments, and run a project with it: ``python -m tests.wheel``.

1. The wheel with its extras, in the locked versions; the project in ``tests/projects/houses``, copied out of the tree
   and installed in editable form; its pipeline; its tests at three levels. No file of the package is changed.
2. The wheel alone: ``step-scripts preflight`` on the reviewed definition of that pipeline.

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

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ROOT / "tests" / "projects" / "houses"
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
        """Run one of its programs, with nothing of this process's environment that leads elsewhere."""
        hidden = ("AWS_", "PYTHON", "STEP_SCRIPTS_", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        return run(self.bin / program, *words, cwd=cwd, env=kept | {"PATH": f"{self.bin}:{os.environ['PATH']}"})


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
        full.install("-c", locked, f"{wheel}[container,pipeline,testing]")
        houses = shutil.copytree(HOUSES, home / "houses", ignore=shutil.ignore_patterns("__pycache__", "runs"))
        full.install("--no-deps", "-e", ".", cwd=houses)
        said(start, "installed it with its extras, and the project houses")

        full.run("python", "-c", UNCHANGED, cwd=home)
        said(start, "every file of the package is in site-packages, as the wheel has it")

        def tested(level: str) -> None:
            printed = full.run("pytest", "-q", f"tests/{level}", cwd=houses)
            said(start, f"tests/{level}: {printed.strip().splitlines()[-1]}")

        def executed() -> None:
            printed = full.run("python", "pipeline.py", "--execute", cwd=houses)
            said(start, f"ran the pipeline: {printed.strip().splitlines()[-1]}")

        def light() -> None:
            alone = Environment(home / "light")
            alone.install("-c", locked, wheel)
            printed = alone.run("step-scripts", "preflight", "tests/definition/pipeline.json", cwd=houses)
            said(start, f"without extras, step-scripts preflight: {printed.strip().splitlines()[-1]}")

        with ThreadPoolExecutor(2) as pool:
            work = [pool.submit(tested, level) for level in ("local", "definition", "plain")]
            for done in [*work, pool.submit(executed), pool.submit(light)]:
                done.result()
        full.run("python", "-c", UNCHANGED, cwd=home)
        said(start, "no file of the package was changed")


if __name__ == "__main__":
    main()
