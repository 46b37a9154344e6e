"""A tiny pipeline for the tests of the process target: it needs no step of ours."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from targets import local, process

TINY = Path(__file__).resolve().parent / "tiny" / "pipeline.py"


@pytest.fixture(scope="session")
def tiny():
    """The tiny pipeline's module."""
    spec = importlib.util.spec_from_file_location("tiny_pipeline", TINY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run_tiny(tiny):
    """A function that runs the tiny pipeline in this process: parameters by name, options of `run` with them."""

    def run(runs_dir, *, uploads=None, **options):
        parameters = {name: options.pop(name) for name in list(options) if name[0].isupper()}
        uploads = {**tiny.uploads(), **(uploads or {})}
        return local.run(tiny.build, runs_dir=Path(runs_dir), parameters=parameters, uploads=uploads, **options)

    return run


@pytest.fixture(scope="session")
def tiny_run(run_tiny, tmp_path_factory):
    """One run of the tiny pipeline with new interpreters, and what was seen of it: execution, events, left-overs."""
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
            target=process.Processes(image_environment={"FROM_IMAGE": "1"}),
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
def start_tiny(tmp_path):
    """A function that starts the tiny pipeline as a program of its own, with a private temporary folder."""
    started = []

    def start(*arguments, environment=None, wait_for=None):
        temporary = tmp_path / f"temporary{len(started)}"
        temporary.mkdir()
        environment = {**os.environ, "TMPDIR": str(temporary), **(environment or {})}
        program = subprocess.Popen(
            [sys.executable, TINY, tmp_path / "runs", *arguments],
            env={name: value for name, value in environment.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        program.temporary = temporary
        started.append(program)
        if wait_for:
            wait_until(lambda: program.poll() is not None or (wait_for.exists() and wait_for.read_text()))
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
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
