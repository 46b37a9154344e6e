"""The tests that a project imports pass on a sound project, and each mistake turns one of them red."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from step_scripts.testing import definition, scripts, steps
from tests.step_scripts.testing.cases import CASES

HERE = Path(__file__).resolve().parent
HOUSES = HERE.parents[1] / "projects" / "houses"


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory):
    """What each test says of the houses project, unbroken and with each change."""
    home = tmp_path_factory.mktemp("houses").resolve()
    folder = shutil.copytree(HOUSES, home / "project", ignore=shutil.ignore_patterns("__pycache__", "runs"))
    (home / "homes").mkdir()
    # The project's modules come before those of this repository that have the same names.
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "HOMES": str(home / "homes")}
    done = subprocess.run(
        [sys.executable, HERE / "driver.py", folder],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_test_passes_on_a_sound_project(outcomes):
    """The houses project passes: each test of a step for its three steps, each of a pipeline for its two pipelines."""
    assert {test: said for test, said in outcomes["unbroken"].items() if said[0] != "passed"} == {}
    alone = {"test_a_step_is_in_the_pipeline": 3, "test_every_function_has_contracts_of_its_event_and_its_result": 1}
    of_pipelines = 2 * len({*definition.__all__} - {*alone}) + sum(alone.values())
    assert len(outcomes["unbroken"]) == of_pipelines + 3 * len([*steps.__all__, *scripts.__all__])


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_turns_the_test_red_that_is_meant_for_it(name, outcomes):
    """And the message says where, what was expected, what came, and what to do."""
    outcome, said = outcomes["broken"][name]
    assert outcome == "failed", said
    assert re.search(CASES[name].says, said, re.DOTALL), said


def test_every_test_is_seen_to_fail():
    """A test that no case turns red may be unable to fail."""
    assert {case.test.partition("[")[0] for case in CASES.values()} == {
        *definition.__all__,
        *steps.__all__,
        *scripts.__all__,
    }
