import json
import re

import pytest

from step_scripts.local import preloaded
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
PRIVATE = re.compile(r"/\S*?step-scripts-\w+/(base-\w+)?")


def seen(execution):
    """Whether the first step found a library loaded; what it saw and printed, without names of private folders."""
    facts = json.loads((execution.step("First").outputs["facts"] / "facts.json").read_text())
    has_library = facts.pop("preloaded")
    return has_library, PRIVATE.sub("PRIVATE/", json.dumps([facts, execution.step("First").log.read_text()]))


@pytest.fixture(scope="module")
def preloaded_run(run_tiny, tmp_path_factory):
    """A run whose first step has a preloaded library, which it does not import itself."""
    target = Processes(preload=["pandas"], image_environment={"FROM_IMAGE": "1"})
    return run_tiny(tmp_path_factory.mktemp("preloaded"), target=target)


def test_a_preloaded_worker_sees_what_a_new_process_sees(tiny_run, preloaded_run):
    """Arguments, environment, import path, our modules, main module and output are the same."""
    (has_library, worker), (without, process) = seen(preloaded_run), seen(tiny_run.execution)
    assert (has_library, without) == (True, False)
    assert worker == process


def test_a_preloaded_worker_fails_as_a_new_process_does(run_tiny, tmp_path):
    """Exit codes, signals, tracebacks and failure messages are the same."""
    for behaviour in ("fail", "crash", "kill", "interrupt-code"):
        runs = [
            run_tiny(tmp_path, Behaviour=behaviour, stop_after="First", target=Processes(preload=["yaml"], fresh=fresh))
            for fresh in (False, True)
        ]
        worker, process = (PRIVATE.sub("", str(execution.failure)) for execution in runs)
        assert worker == process


def test_a_run_survives_the_death_of_its_server(run_tiny, tmp_path):
    """A library that ends the interpreter which imports it ends the fork server, not the run."""
    (tmp_path / "deadly.py").write_text("import os; os._exit(1)")
    target = Processes(preload=["deadly"], image_environment={"PYTHONPATH": str(tmp_path)})
    execution = run_tiny(tmp_path / "runs", target=target)
    assert execution.status == "Succeeded"


@pytest.mark.usefixtures("target")
def test_there_is_no_server_without_work_for_it(tmp_path):
    """Without libraries to preload, no server starts."""
    with preloaded.fork_server(tmp_path, modules=[], environment={}) as started:
        assert not started
    assert list(tmp_path.iterdir()) == []
