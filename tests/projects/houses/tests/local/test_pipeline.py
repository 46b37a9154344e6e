"""The pipeline on this machine, as `python pipeline.py --execute` runs it."""

import subprocess
import sys


def execute(project, runs, *options):
    """Run the pipeline; return its exit code and what it printed."""
    command = [sys.executable, "pipeline.py", "--execute", "--runs-dir", str(runs), *options]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_pipeline_succeeds(project, tmp_path):
    """Every step runs, and the houses that were held out get their prices."""
    code, out = execute(project, tmp_path)
    assert code == 0, out
    (answers,) = tmp_path.rglob("records.jsonl.out")
    assert len(answers.read_text().splitlines()) == 71


def test_a_bad_model_is_rejected(project, tmp_path):
    """Where the error may be one euro, no model is good enough."""
    code, out = execute(project, tmp_path, "--param", "MaxRmseUpperBound=1")
    assert code == 1, out
    assert "above MaxRmseUpperBound" in out
