"""A tiny pipeline for the tests of both targets: it needs no step of ours."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from step_scripts.local import launch
from step_scripts.local.containers import Containers
from step_scripts.local.processes import Processes
from step_scripts.local.runner.engine import Engine, EngineError

TINY = Path(__file__).resolve().parent / "tiny" / "pipeline.py"


@pytest.fixture(scope="session")
def tiny():
    """The tiny pipeline's module."""
    spec = importlib.util.spec_from_file_location("tiny_pipeline", TINY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def target(request):
    """The name of each target in turn; a module that is for one of them says so in its `pytestmark`."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    return request.param


@pytest.fixture(scope="session")
def engine(tiny):
    """The Docker engine, where one answers and has the step image; the tiny pipeline's image is the same."""
    program = shutil.which("docker")
    if not program:
        pytest.skip("no program called docker is on PATH")
    engine = Engine(program)
    try:
        engine.ask("tag", "step-scripts", tiny.IMAGE)
    except EngineError as error:
        pytest.skip(f"no Docker engine with the image step-scripts: {error}")
    yield engine
    engine.ask("rmi", tiny.IMAGE)


@pytest.fixture
def engine_traces(engine):
    """A function that lists all of the engine's containers and networks."""
    return lambda: (
        engine.ask("ps", "--all", "--format", "{{.Names}}").split("\n"),
        engine.ask("network", "ls", "--format", "{{.Name}}").split("\n"),
    )


@pytest.fixture(scope="session")
def run_tiny(tiny, target):
    """A function that runs the tiny pipeline in this process: parameters by name, options of `run` with them."""

    def run(runs_dir, *, uploads=None, **options):
        parameters = {name: options.pop(name) for name in list(options) if name[0].isupper()}
        options.setdefault("target", Containers() if target == "docker" else Processes())
        uploads = {**tiny.uploads(), **(uploads or {})}
        return launch.run(tiny.build, runs_dir=Path(runs_dir), parameters=parameters, uploads=uploads, **options)

    return run


@pytest.fixture(scope="session")
def tiny_run(run_tiny, target, tmp_path_factory):
    """One run of the tiny pipeline with new interpreters, and what was seen of it: execution, events, left-overs."""
    image_environment = {"target": Processes(image_environment={"FROM_IMAGE": "1"})}
    temporary, events = tmp_path_factory.mktemp("temporary"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr("tempfile.tempdir", None)
        patch.setenv("AWS_PROFILE", "of-the-user")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-user")
        patch.setenv("AWS_ENDPOINT_URL", "http://of-the-user.invalid")
        environment, on_interrupt = dict(os.environ), signal.getsignal(signal.SIGINT)
        execution = run_tiny(
            tmp_path_factory.mktemp("runs"),
            **(image_environment if target == "process" else {}),
            on_event=lambda step: events.append((step.name, step.status)),
        )
        return SimpleNamespace(
            execution=execution,
            events=events,
            left=list(temporary.iterdir()),
            environment_kept=dict(os.environ) == environment,
            signals_kept=signal.getsignal(signal.SIGINT) is on_interrupt,
        )


@pytest.fixture
def start_tiny(tmp_path, target):
    """A function that starts the tiny pipeline as a program of its own, with a private temporary folder."""
    started = []

    def start(*arguments, environment=None):
        temporary = Path(tempfile.mkdtemp(prefix="temporary-", dir=tmp_path))
        environment = {**os.environ, "TMPDIR": str(temporary), **(environment or {})}
        program = subprocess.Popen(
            [sys.executable, TINY, tmp_path / "runs", "--target", target, *arguments],
            env={name: value for name, value in environment.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        program.temporary = temporary
        started.append(program)
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()


@pytest.fixture
def wait():
    """A function that waits until something is true, at most some seconds."""
    return wait_until


def wait_until(is_true, seconds=30):
    """Wait until something is true, and return True."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return True
