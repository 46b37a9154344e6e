"""The tests that a project imports pass on a project whose table has no key, and on one with a key of two columns."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.step_scripts.testing.test_harness import HERE, HOUSES

MODULES = ("data_flow", "hosts", "transform")  # of the tests: the others know nothing of tables
# By kind of key: in which file which text takes the place of which other.
CHANGES = {
    "no key": {
        "contracts/houses.yaml": [(r"      - name: house_id\n(        .*\n)+", "")],
        "contracts/features.yaml": [(r"      - \{name: house_id, .*\n", "")],
        "model/linear.py": [(r'\["house_id", "rooms", "area"\]', '["rooms", "area"]')],
        "model/predictor.py": [('"house_id": 1, ', "")],
        "steps/preprocess.py": [(r'features\["house_id"\].to_numpy\(\)', "houses"), (r"insert\(1, ", "insert(0, ")],
        "fixtures/refresh.py": [(r'"house_id": range\(1, ROWS \+ 1\), ', "")],
    },
    # A house has a number within the houses of its kind, so neither column is a key.
    "two columns": {
        "contracts/houses.yaml": [(r"(      - name: kind\n)", r"\1        primaryKey: true\n")],
        "contracts/features.yaml": [
            (r"(      - \{name: house_id.*\n)", r"\1" + "      - {name: kind, logicalType: string, KIND}\n"),
            ("KIND", "primaryKey: true, required: true, pattern: 1"),
            (", pattern: 1", ", quality: [{metric: invalidValues, arguments: {validValues: [flat, house]}}]"),
        ],
        "model/linear.py": [(r'\["house_id", "rooms", "area"\]', '["house_id", "kind", "rooms", "area"]')],
        "steps/preprocess.py": [(r'features\["house_id"\].to_numpy\(\)', 'houses[["house_id", "kind"]]')],
        "fixtures/refresh.py": [(r"range\(1, ROWS \+ 1\)", "pd.Series(kind).groupby(kind).cumcount() + 1")],
    },
}


@pytest.fixture(scope="session", params=CHANGES)
def outcomes(request, tmp_path_factory):
    """What each test says of the houses project with another key, whose fixtures are made anew."""
    home = tmp_path_factory.mktemp("keys").resolve()
    folder = shutil.copytree(HOUSES, home / "project", ignore=shutil.ignore_patterns("__pycache__", "runs"))
    (home / "homes").mkdir()
    for name, changes in CHANGES[request.param].items():
        text = (folder / name).read_text()
        for old, new in changes:
            text, times = re.subn(old, new, text)
            assert times == 1, (name, old)
        (folder / name).write_text(text)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "HOMES": str(home / "homes")}
    environment["STEP_SCRIPTS_PROJECT"] = str(folder)
    for command in ([folder / "fixtures" / "refresh.py"], [HERE / "driver.py", folder, *MODULES]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["unbroken"]


def test_every_test_passes_whatever_the_key(outcomes):
    """Tables travel under their contracts, several hosts share the rows, and the model answers the records."""
    assert {test: said for test, said in outcomes.items() if said[0] != "passed"} == {}
    assert "test_two_hosts_write_the_rows_of_one of pipeline.py" in outcomes
