"""What a new project does besides its own tests: it serves, puts bad rows aside, and its tests find bugs."""

from __future__ import annotations

import json
import re
import shutil
import sys
import urllib.request
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.wheel.__main__ import Environment


class Bug(NamedTuple):
    """A bug in a file of the project, and the test of a level that must go red."""

    level: str
    file: str
    old: str
    new: str
    test: str


BUGS = (
    Bug(
        "plain",
        "model/predictor.py",
        "self.contract.table(records)",
        "self.contract.table(records[::-1])",
        "test_an_answer_is_that_of_the_table",
    ),
    Bug(
        "definition",
        "pipeline.py",
        '"test-fraction"',
        '"test-fracton"',
        "test_every_argument_parses_with_its_scripts_parser",
    ),
    Bug(
        "local",
        "steps/evaluate.py",
        "    step.report(",
        "    print(",
        "test_a_step_runs_as_a_script_without_arguments",
    ),
)


def checks(environment: Environment, folder: Path) -> Iterator[str]:
    """Yield what was found to be true of a project; end with the first thing that is not.

    Parameters
    ----------
    environment : Environment
        In which the package is installed.
    folder : Path
        The project: a regression on one table without a key.
    """
    yield _serves(environment, folder)
    yield _quarantines(environment, folder)
    for bug in BUGS:
        yield _finds(environment, folder, bug)


def _serves(environment: Environment, folder: Path) -> str:
    record = (folder / "fixtures/preprocess/records/records.jsonl").read_text().splitlines()[0]
    server = environment.start("step-scripts", "serve", "--port", "0", cwd=folder)
    try:
        assert server.stdout
        line = server.stdout.readline()
        found = re.search(r"http://[\w.]+:\d+", line)
        if not found:
            sys.exit(f"step-scripts serve: expected a line with its address; got: {line}{server.communicate()[0]}")
        request = urllib.request.Request(
            f"{found[0]}/invocations",
            data=record.encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answered:
            answer = json.loads(answered.read())
    finally:
        server.terminate()
        server.communicate()
    if not {"rent", "reasons"} <= answer.keys():
        sys.exit(f"step-scripts serve: expected an answer with rent and reasons; got: {answer}")
    return f"step-scripts serve: {answer['rent']:.0f} for the first record, with {len(answer['reasons'])} reasons"


def _quarantines(environment: Environment, folder: Path) -> str:
    data = folder.parent / "data"
    data.mkdir()
    lines = (folder / "fixtures/rents.csv").read_text().splitlines(keepends=True)
    lines[5] = re.sub(r"[^,]*\n", "-1\n", lines[5])
    (data / "rents.csv").write_text("".join(lines))
    printed = environment.run("python", "pipeline.py", "--execute", "--input-dir", data, cwd=folder)
    if "quarantined=1" not in printed:
        sys.exit(f"expected the bad row in quarantine; got:\n{printed}")
    shutil.rmtree(data)
    return "a bad row went to quarantine, and the pipeline went on without it"


def _finds(environment: Environment, folder: Path, bug: Bug) -> str:
    path = folder / bug.file
    sound = path.read_text()
    if sound.count(bug.old) != 1:
        sys.exit(f"{bug.file}: expected {bug.old!r} once; fix: seed the bug of the level {bug.level} in another way")
    path.write_text(sound.replace(bug.old, bug.new))
    try:
        done = environment.ended("pytest", "-q", "-k", bug.test, f"tests/{bug.level}", cwd=folder)
    finally:
        path.write_text(sound)
    if done.returncode != 1:
        sys.exit(f"{bug.level}: expected {bug.test} to be red with {bug.new!r} in {bug.file}; got:\n{done.stdout}")
    return f"a bug in {bug.file} turned {bug.test} red"
