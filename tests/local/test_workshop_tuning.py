"""The workshop's tuned settings, asked for as grids: its own figures, from trials that a tuning job runs."""

import json
import subprocess
import sys

import pytest

# The AUC in validation that the workshop printed for each of `workshop/tuning.py`'s settings.
FOUND = (0.8272278, 0.8268817, 0.8015403, 0.7976671, 0.7914665)


def test_the_tuned_settings_of_the_workshop_give_its_figures(project, data_dir, tmp_path):
    """Each step has one trial, whose objective is the workshop's figure to the last digit that is known."""
    command = [sys.executable, project / "tests/local/workshop/tuning.py", "--execute", "--input-dir", data_dir]
    program = subprocess.run(
        [*command, "--runs-dir", tmp_path, "--param", "Split=sequential"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert program.returncode == 0, program.stdout + program.stderr
    (record,) = tmp_path.glob("*/run.json")
    steps = [step for step in json.loads(record.read_text())["steps"] if step["type"] == "Tuning"]
    assert [len(step["trials"]) for step in steps] == [1] * len(FOUND)
    assert [step["trials"][0]["objective"] for step in steps] == pytest.approx(FOUND, rel=0, abs=1e-7)
    for step in steps:
        assert (record.parent / step["outputs"]["output"] / "model.tar.gz").is_file()
