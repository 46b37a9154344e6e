"""The pytest plugin: fixtures, options, and a parameter for each step and each pipeline of the project.

It costs nothing in a test suite that does not use it: the SDK, pandas and the project are looked at when a fixture is
asked for. The tests of this package use `harness`, `harnesses`, `step_file` and `step_processes` only, so that a
project may have fixtures called ``project`` or ``steps`` of its own. Those of the plugin are about the main pipeline.
"""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from step_scripts import project as _project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from step_scripts.project import Project
    from step_scripts.testing.containers import Containers
    from step_scripts.testing.harness import Harness
    from step_scripts.testing.step_files import StepFile, StepProcesses

TESTS = (
    "data_flow",
    "definition",
    "determinism",
    "functions",
    "hosts",
    "imports",
    "isolation",
    "scripts",
    "search",
    "steps",
    "transform",
    "wiring",
)
# The files of the pipelines that the chosen tests are about, "" for the main one. Absent: all of them.
_NEEDED = pytest.StashKey[set[str]]()
pytest.register_assert_rewrite(*(f"step_scripts.testing.{name}" for name in TESTS))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("step-scripts")
    group.addoption("--no-aws", action="store_true", help="hide the user's AWS credentials and settings from the tests")
    group.addoption("--no-skips", action="store_true", help="fail when a test was skipped: for CI")
    group.addoption(
        "--refresh-snapshot", action="store_true", help="write the reviewed definition anew, instead of comparing it"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hide what AWS's tools would find on this machine, if that is asked for."""
    if config.getoption("--no-aws"):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        os.environ.update(nowhere, AWS_EC2_METADATA_DISABLED="true")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `step_file` once for each step of the project; `harness`, for each of its pipelines."""
    if "step_file" in metafunc.fixturenames:
        from step_scripts.testing._helpers import step_names

        metafunc.parametrize("step_file", step_names(_project_of(metafunc.config)), indirect=True)
    if "harness" in metafunc.fixturenames:
        from step_scripts.testing._helpers import pipeline_files

        files = pipeline_files(_project_of(metafunc.config))
        if len(files) > 1:  # with one, tests keep their names
            names = [PurePosixPath(file).stem for file in files]
            metafunc.parametrize("harness", files, indirect=True, ids=names, scope="session")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep which pipelines the chosen tests are about: a run of one test compiles one."""
    needed: set[str] = set()
    for item in session.items:
        names, call = set(getattr(item, "fixturenames", ())), getattr(item, "callspec", None)
        if "harnesses" in names:
            return  # a test that looks at all of them
        if "harness" in names:
            needed.add(call.params.get("harness", "") if call else "")
        if "main_pipeline" in names:
            needed.add("")
    session.config.stash[_NEEDED] = needed


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a session in which a test was skipped, if that is asked for."""
    if not session.exitstatus and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say why a session without a failed test failed."""
    if skipped := _skipped(config):
        terminalreporter.write_line(
            f"{len(skipped)} skipped, and with --no-skips a skipped test is a failed one", red=True
        )


def _skipped(config: pytest.Config) -> list[Any]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not config.getoption("--no-skips"):
        return []
    skipped: list[Any] = reporter.stats.get("skipped", [])
    return skipped


def _project_of(config: pytest.Config) -> Project:
    """Return the project of the working directory; where it has none, that of pytest's root directory."""
    try:
        return _project.find()
    except _project.ProjectError:
        home = _project.above(config.rootpath)
        os.environ[_project.ENVIRONMENT] = str(home.root)  # the steps, which look for it too, are in this process
        return home


@pytest.fixture(scope="session")
def _harnesses(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Harness]:
    from step_scripts.testing.harness import Harness

    needed = pytestconfig.stash.get(_NEEDED, None)
    return Harness.all(_project_of(pytestconfig), tmp_path_factory.mktemp("harness"), needed=needed)


@pytest.fixture(scope="session")
def harnesses(_harnesses: Mapping[str, Harness]) -> Mapping[str, Harness]:
    """Compile the project's pipelines once, and know their jobs: by the file of each, the main pipeline first."""
    return _harnesses


@pytest.fixture(scope="session")
def harness(request: pytest.FixtureRequest, _harnesses: Mapping[str, Harness]) -> Harness:
    """Return one of the project's pipelines: a test that takes it runs once for each of them."""
    return _harnesses[getattr(request, "param", next(iter(_harnesses)))]


@pytest.fixture(scope="session")
def step_processes(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StepProcesses]:
    """Start every step of the project as a script, in a copy of the project."""
    from step_scripts.testing.step_files import StepProcesses

    with StepProcesses(_project_of(pytestconfig), tmp_path_factory.mktemp("processes")) as processes:
        yield processes


@pytest.fixture(scope="session")
def _step_files() -> dict[str, StepFile]:
    return {}


@pytest.fixture
def step_file(
    request: pytest.FixtureRequest, _step_files: dict[str, StepFile], tmp_path_factory: pytest.TempPathFactory
) -> StepFile:
    """Return a step of the project: its module, its function, and what the function does on the fixtures."""
    from step_scripts.testing.step_files import StepFile

    if request.param not in _step_files:
        home = tmp_path_factory.mktemp(request.param)
        _step_files[request.param] = StepFile(request.param, _project_of(request.config), home)
    return _step_files[request.param]


# For the project's own tests.


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> Project:
    """Return the project: its folder and its settings."""
    return _project_of(pytestconfig)


@pytest.fixture(scope="session")
def main_pipeline(_harnesses: Mapping[str, Harness]) -> Harness:
    """Return the project's main pipeline."""
    return next(iter(_harnesses.values()))


@pytest.fixture(scope="session")
def compile_text(main_pipeline: Harness) -> Callable[..., str]:
    """Return a function that compiles the pipeline of a folder in a fresh process."""
    return main_pipeline.compile


@pytest.fixture(scope="session")
def text(main_pipeline: Harness) -> str:
    """Return the definition as the command line writes it."""
    return main_pipeline.text


@pytest.fixture(scope="session")
def definition(main_pipeline: Harness) -> Mapping[str, Any]:
    """Return the definition, parsed."""
    return main_pipeline.definition


@pytest.fixture(scope="session")
def steps(main_pipeline: Harness) -> Mapping[str, Any]:
    """Return every step of the definition by name, those in branches and loops included."""
    return main_pipeline.steps


@pytest.fixture(scope="session")
def resolve(main_pipeline: Harness) -> Callable[[Any], Any]:
    """Return a function that fills an expression with the parameters' defaults."""
    return main_pipeline.resolve


@pytest.fixture(scope="session")
def containers(main_pipeline: Harness) -> Containers:
    """Return the jobs of the definition, each run once in the folders that the definition lays out for it."""
    return main_pipeline.containers


@pytest.fixture(scope="session")
def call_function(pytestconfig: pytest.Config) -> Callable[..., Any]:
    """Return a function that calls a handler of functions/, and holds event and result to their contracts."""
    from functools import partial

    from step_scripts.testing.calls import call

    return partial(call, _project_of(pytestconfig))
