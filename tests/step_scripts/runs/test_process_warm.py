import json
import re

import pytest

from step_scripts.local import preloaded as nursery
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
PRIVATE = re.compile(r"/\S*?step-scripts-\w+/(base-\w+)?")


def seen(execution):
    """Whether the first step found a library loaded; and what it saw and printed, without private folders' names."""
    facts = json.loads((execution.step("First").outputs["facts"] / "facts.json").read_text())
    preloaded = facts.pop("preloaded")
    return preloaded, PRIVATE.sub("PRIVATE/", json.dumps([facts, execution.step("First").log.read_text()]))


@pytest.fixture(scope="module")
def warm_run(run_tiny, tmp_path_factory):
    """A run whose first step starts warm, with a library that it does not import itself."""
    target = Processes(preload=["pandas"], image_environment={"FROM_IMAGE": "1"})
    return run_tiny(tmp_path_factory.mktemp("warm"), target=target)


def test_warm_and_cold_children_see_the_same(tiny_run, warm_run):
    """Arguments, environment, import path, our modules, main module and output do not tell how a child started."""
    (warm_preloaded, warm), (cold_preloaded, cold) = seen(warm_run), seen(tiny_run.execution)
    assert (warm_preloaded, cold_preloaded) == (True, False)
    assert warm == cold


def test_warm_and_cold_children_fail_the_same(run_tiny, tmp_path):
    """Exit codes, signals, tracebacks and failure messages do not tell how a child started."""
    for behaviour in ("fail", "crash", "kill", "interrupt-code"):
        warm = run_tiny(tmp_path, Behaviour=behaviour, target=Processes(preload=["yaml"]))
        cold = run_tiny(tmp_path, Behaviour=behaviour, target=Processes(preload=["yaml"], fresh=True))
        stories = [PRIVATE.sub("", str(execution.failure)) for execution in (warm, cold)]
        assert stories[0] == stories[1]


def test_a_run_survives_the_death_of_its_server(run_tiny, tmp_path):
    """A library that ends the interpreter which imports it costs the warm children, not the run."""
    (tmp_path / "deadly.py").write_text("import os; os._exit(1)")
    target = Processes(preload=["deadly"], image_environment={"PYTHONPATH": str(tmp_path)})
    execution = run_tiny(tmp_path / "runs", target=target)
    assert execution.status == "Succeeded"


@pytest.mark.usefixtures("target")
def test_there_is_no_server_without_work_for_it(tmp_path):
    """No libraries to import, no server."""
    with nursery.opened(tmp_path, modules=[], environment={}) as warm:
        assert not warm
    assert list(tmp_path.iterdir()) == []
