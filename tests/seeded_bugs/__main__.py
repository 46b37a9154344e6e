"""Apply each patch to a copy of the tree and run the level that ought to see it.

Each level runs on an unbroken copy first, and has to be green there: else its red would mean nothing.

A patch is a unified diff in ``patches/`` whose first lines say what it breaks and which level has to notice::

    Breaks: the gate lets bad models pass
    Level: definition

Adding a file is adding a case. The exit code is 1 if any patch stays green, or does not apply any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATCHES = Path(__file__).resolve().parent / "patches"
LEVELS = ("plain", "definition", "local")
LEFT_OUT = (
    # Snapshots go red at any change, a right one too: they prove nothing about the tests that understand.
    "tests/definition/test_determinism.py::test_the_definition_is_the_reviewed_one",
    "tests/plain/contracts/test_describe.py::test_the_page_is_fresh",
    "tests/plain/steps/test_evaluate.py::test_the_shipped_report_is_fresh",
    "tests/plain/steps/test_preprocess.py::test_the_shipped_result_is_fresh",
    "tests/plain/steps/test_train.py::test_the_shipped_artifact_is_fresh",
    # Goes red in every copy: the tree that is installed, in editable form, is another one.
    "tests/local/test_process_run.py::test_a_job_sees_its_bundle_and_not_the_working_tree",
)
NO_TEST_FAILED, SOME_TEST_FAILED = 0, 1  # pytest's exit codes; any other is no verdict


@dataclass(frozen=True)
class Patch:
    """One bug: where it is written down, what it breaks, and the level that has to see it."""

    path: Path
    breaks: str
    level: str

    @classmethod
    def read(cls, path: Path) -> Patch:
        """Read a patch's head; a missing or unknown one is a ValueError."""
        head = dict(line.split(": ", 1) for line in path.read_text().splitlines()[:2] if ": " in line)
        if set(head) != {"Breaks", "Level"} or head["Level"] not in LEVELS:
            raise ValueError(f"{path.name}: expected 'Breaks: …' and 'Level: {' | '.join(LEVELS)}' as its first lines")
        return cls(path, head["Breaks"], head["Level"])


def copy_tree(folder: Path) -> None:
    """Copy the files that git tracks, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


def colour_of(tree: Path, level: str, patch: Path | None) -> tuple[str, str]:
    """Test a level of a copy of a tree, broken or not: "red" and the test that failed, "green", or "error" and why."""
    with tempfile.TemporaryDirectory(prefix="break-it-") as name:
        folder = Path(name)
        shutil.copytree(tree, folder, dirs_exist_ok=True)
        if patch:
            applied = subprocess.run(
                ["git", "apply", str(patch)], cwd=folder, capture_output=True, text=True, check=False
            )
            if applied.returncode:
                return "error", f"does not apply: {applied.stderr.strip()}"
        # The project is installed in editable form: the copy must come first, in child processes too.
        # Few spoilt files: other tests are to find these bugs, and every patch would wait for two thousand.
        environment = {**os.environ, "PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1", "FUZZ_EXAMPLES": "50"}
        left_out = [word for test in LEFT_OUT for word in ("--deselect", test)]
        options = ["-q", "-x", "--tb=no", "--no-header", "-m", "not docker"]  # containers would take too long
        command = [
            sys.executable,
            "-m",
            "pytest",
            *options,
            *left_out,
            *_nearest(folder, level, patch),
            f"tests/{level}",
        ]
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if run.returncode == NO_TEST_FAILED:
        return "green", "no test noticed"
    if run.returncode == SOME_TEST_FAILED and failed:
        return "red", failed[0].split(" ", 1)[1].split(" - ")[0]
    return "error", f"pytest exit code {run.returncode}: {(run.stdout + run.stderr)[-500:]}"


def _nearest(tree: Path, level: str, patch: Path | None) -> list[str]:
    """Name the tests that mirror what a patch changes: they run first, because the first that fails is enough."""
    changed = re.findall(r"^\+\+\+ b/(.+)\.py$", patch.read_text(), re.MULTILINE) if patch else []
    places = [Path("tests", level, path) for path in changed]
    mirrors = [mirror for path in places for mirror in (path.with_name(f"test_{path.name}.py"), path.parent)]
    return [str(mirror) for mirror in mirrors if (tree / mirror).exists() and mirror != Path("tests", level)]


def main() -> int:
    """Run every patch, or those that are named; print a line for each as it comes."""
    options = argparse.ArgumentParser(prog="python -m tests.seeded_bugs", description="Break the code; want red tests.")
    options.add_argument("patch", nargs="*", help="names of patches (all of them)")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (one per core)")
    args = options.parse_args()
    patches = [Patch.read(path) for path in sorted(PATCHES.glob("*.patch"))]
    if unknown := set(args.patch) - {patch.path.stem for patch in patches}:
        options.error(f"no such patch: {', '.join(sorted(unknown))}")
    chosen = [patch for patch in patches if not args.patch or patch.path.stem in args.patch]
    width = max(len(patch.path.stem) for patch in chosen)
    colours = {"red": 0, "green": 0, "error": 0}
    with tempfile.TemporaryDirectory(prefix="break-it-") as name, ThreadPoolExecutor(args.jobs) as pool:
        tree = Path(name)
        copy_tree(tree)  # once: the tree may be edited meanwhile
        levels = [level for level in LEVELS if any(patch.level == level for patch in chosen)]
        for level, (colour, why) in zip(
            levels, pool.map(lambda level: colour_of(tree, level, None), levels), strict=True
        ):
            print(f"{colour:<5}  {'(not broken)':<{width}}  {level:<10}", flush=True)
            if colour != "green":
                print(f"without any patch, {level} is {colour}: {why}; what it says of a patch would mean nothing")
                return 1
        results = pool.map(lambda patch: colour_of(tree, patch.level, patch.path), chosen)
        for patch, (colour, why) in zip(chosen, results, strict=True):
            colours[colour] += 1
            print(f"{colour:<5}  {patch.path.stem:<{width}}  {patch.level:<10}  {why}", flush=True)
    print(f"{colours['red']} red, {colours['green']} green, {colours['error']} errors; wanted: all {len(chosen)} red")
    return 0 if colours["red"] == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
