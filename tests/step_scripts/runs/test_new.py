"""`step-scripts new` as a program: what a signal leaves, and the new project in containers.

The wheel's check (`python -m tests.wheel`) runs new projects as processes.
"""

import os
import re
import signal
import subprocess
import sys

import pytest


def started(*words, cwd):
    """Start one of our programs; its output and its errors are one stream."""
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith("STEP_SCRIPTS_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_an_interrupted_command_leaves_nothing(tmp_path):
    """It ends with 130 and a message."""
    program = started("-m", "step_scripts", "new", "houses", cwd=tmp_path)
    for line in program.stdout:
        if "running steps/preprocess.py" in line:
            break
    program.send_signal(signal.SIGINT)
    printed = program.communicate(timeout=60)[0]
    assert (program.returncode, printed) == (130, "step-scripts new: interrupted; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.docker
def test_a_new_project_runs_in_containers(engine, tmp_path):  # noqa: ARG001  # without an engine, a skip
    """Its pipeline needs nothing but the step image, and its results are those of the processes."""
    program = started("-m", "step_scripts", "new", "houses", cwd=tmp_path)
    printed = program.communicate(timeout=300)[0]
    assert program.returncode == 0, printed
    found = []
    for target in ("process", "docker"):
        words = ["--execute", "--target", target, "--param", "Image=step-scripts:latest"]
        program = started("pipeline.py", *words, cwd=tmp_path / "houses")
        printed = program.communicate(timeout=300)[0]
        assert program.returncode == 0, printed
        found.append(re.findall(r"rmse=[0-9.]+ upper=[0-9.]+", printed)[0])
    assert found[0] == found[1]
