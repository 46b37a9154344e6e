"""Runs of the claims pipeline from the command line, each once a session, as processes or in containers."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from step_scripts.local.runner.engine import Engine, EngineError

WITHOUT_AWS = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


@pytest.fixture(scope="session", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def target(request):
    """The name of each target in turn."""
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


class Run(NamedTuple):
    """A run that has ended: exit code, what it printed, its folder, and its run.json."""

    code: int
    out: str
    err: str
    folder: Path
    record: dict

    @property
    def reports(self):
        """What each step has reported, by its name."""
        return {step["name"]: step["report"] for step in self.record["steps"]}

    @property
    def statuses(self):
        """The status of each step, by its name."""
        return {step["name"]: step["status"] for step in self.record["steps"]}


@pytest.fixture(scope="session")
def one_bad_claim(project, tmp_path_factory):
    """A folder with the shipped tables, in which one claim names an unknown authority."""
    folder = tmp_path_factory.mktemp("one-bad-claim")
    for table in ("claims", "customers"):
        shutil.copy(project / "fixtures" / f"{table}.csv", folder)
    path = folder / "claims.csv"
    path.write_text(path.read_text().replace(",Police,", ",Sheriff,", 1))
    return folder


@pytest.fixture(scope="session")
def options(request):
    """A function of a run's name: the options of its command line."""

    def of(name):
        if name == "shipped tables":
            return []
        if name == "real tables":
            return ["--input-dir", request.getfixturevalue("data_dir")]
        if name == "two hosts":
            real = ["--input-dir", os.environ["CLAIMS_DATA_DIR"]] if "CLAIMS_DATA_DIR" in os.environ else []
            return ["--to", "train", "--param", "PreprocessInstanceCount=2", *real]
        bad = ["--input-dir", request.getfixturevalue("one_bad_claim")]
        if name == "bad row forbidden":
            return [*bad, "--param", "MaxQuarantineShare=0"]
        settings = ["Split=sequential", "TestFraction=0.3", "MinAucLowerBound=0.99"]
        return [*bad, *(word for setting in settings for word in ("--param", setting))]

    return of


@pytest.fixture(scope="session")
def claims_run(project, options, tmp_path_factory):
    """A function of a name and a target: that run of the claims pipeline, in a folder that is not the project's.

    The names: shipped tables; real tables; two hosts, on the real tables where they are; bad row forbidden; bad row
    and high bound.
    """
    done = {}

    def run(name, target="process"):
        if (name, target) not in done:
            runs = tmp_path_factory.mktemp("runs")
            command = [sys.executable, project / "pipeline.py", "--execute", "--target", target, "--runs-dir", runs]
            program = subprocess.run(
                [*command, *options(name)],
                cwd=runs,
                env=WITHOUT_AWS,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=180,
            )
            assert list(runs.glob("*/run.json")), program.stdout + program.stderr
            (folder,) = (path.parent for path in runs.glob("*/run.json"))  # beside it lies the registry
            record = json.loads((folder / "run.json").read_text())
            done[name, target] = Run(program.returncode, program.stdout, program.stderr, folder, record)
        return done[name, target]

    return run


@pytest.fixture
def in_service(project, tmp_path):
    """A function that keeps an endpoint on a target while entered, as a program of its own: its address."""

    @contextlib.contextmanager
    def serve(target, model):
        words = ["endpoint", "--target", target, "--model", model, "--folder", tmp_path / "endpoint"]
        program = subprocess.Popen(
            [sys.executable, "-m", "step_scripts", *words], cwd=project, stdout=subprocess.PIPE, text=True
        )
        try:
            found = re.search(r"POST (http\S+)/invocations", program.stdout.readline())
            assert found, (tmp_path / "endpoint" / "log.txt").read_text()
            yield found[1]
        finally:
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=30)
        assert program.returncode == 0

    return serve
