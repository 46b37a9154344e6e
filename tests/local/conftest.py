"""The claims pipeline as a user runs it: from the command line, as processes or in containers."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from step_scripts.local.runner.engine import Engine, EngineError


@pytest.fixture(scope="session", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def target(request):
    """The name of each target in turn; a module that is for one of them says so in its `pytestmark`."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    return request.param


@pytest.fixture(scope="session")
def engine():
    """The Docker engine, where one answers and has the step image."""
    program = shutil.which("docker")
    if not program:
        pytest.skip("no program called docker is on PATH")
    engine = Engine(program)
    try:
        engine.ask("image", "inspect", "step-scripts")
    except EngineError as error:
        pytest.skip(f"no Docker engine with the image step-scripts: {error}")
    return engine


@pytest.fixture
def engine_traces(engine):
    """A function that lists the engine's containers and networks."""
    return lambda: (
        engine.ask("ps", "--all", "--format", "{{.Names}}").split("\n"),
        engine.ask("network", "ls", "--format", "{{.Name}}").split("\n"),
    )


@pytest.fixture
def serving(project, tmp_path):
    """A function that keeps an endpoint on a target while entered, as a program of its own: its address."""

    @contextlib.contextmanager
    def serve(target, model):
        words = ["endpoint", "--target", target, "--model", model, "--folder", tmp_path / "endpoint"]
        program = subprocess.Popen(
            [sys.executable, "-m", "step_scripts", *words], cwd=project, stdout=subprocess.PIPE, text=True
        )
        try:
            told = re.search(r"POST (http\S+)/invocations", program.stdout.readline())
            assert told, (tmp_path / "endpoint" / "log.txt").read_text()
            yield told[1]
        finally:
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=30)
        assert program.returncode == 0

    return serve


@pytest.fixture(scope="session")
def start_claims(project):
    """A function that starts the claims pipeline without credentials, in a folder that is not the project's."""

    def start(runs, *options):
        return subprocess.Popen(
            [sys.executable, str(project / "pipeline.py"), "--execute", "--runs-dir", str(runs), *options],
            cwd=runs,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def execute(start_claims, tmp_path_factory):
    """Run the claims pipeline to its end; return what it printed, on stdout and stderr, its folder and its record."""

    def run(*options, check=0):
        runs = tmp_path_factory.mktemp("runs")
        done = start_claims(runs, *options)
        out, err = done.communicate(timeout=120)
        assert done.returncode == check, out + err
        folders = list(runs.iterdir())
        record = json.loads((folders[0] / "run.json").read_text()) if folders else None
        return out, err, folders[0] if folders else None, record

    return run
