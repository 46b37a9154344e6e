import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

only_processes = pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")
SKIPPED = ["Skipped"] * 5


def is_alive(pid):
    """Whether a process runs; one that has ended, and that its parent has not noticed yet, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = os.popen(f"ps -o stat= -p {pid}").read().strip()
    return bool(state) and not state.startswith("Z")


@pytest.fixture
def left(target, request):
    """A function of a step's process ids: whether anything of the step is still there."""
    if target == "process":
        return lambda pids: any(map(is_alive, pids))
    traces = request.getfixturevalue("engine_traces")
    before = traces()
    return lambda _: traces() != before


@pytest.fixture
def hanging(start_tiny, left, wait, tmp_path):  # noqa: ARG001  # `left` looks before anything is there
    """A function that starts a run whose first step hangs: the program, and the ids of the step and of its child."""
    logs = set()

    def start(*arguments):
        program = start_tiny("--behaviour", "hang", *arguments)
        found = []

        def hangs():
            texts = {log: log.read_text() for log in (tmp_path / "runs").glob("*/First/log.txt") if log not in logs}
            found.extend((log, ids) for log, text in texts.items() for ids in re.findall(r"hangs (\d+) (\d+)", text))
            return found or program.poll() is not None

        wait(hangs)
        assert found, program.communicate()[0]
        logs.add(found[0][0])
        return program, [int(pid) for pid in found[0][1]]

    return start


@pytest.mark.parametrize(
    ("send", "number", "kind"),
    [(os.killpg, signal.SIGINT, []), (os.kill, signal.SIGTERM, ["--fresh"])],
    ids=["Ctrl-C in a terminal, preloaded", "SIGTERM, new process"],
)
def test_an_interrupt_ends_the_run_in_order(hanging, left, tmp_path, send, number, kind):
    """The step gets SIGTERM, its own children end with it, the record has it, nothing is left behind.

    A terminal sends the signal to the whole group of processes; that is one interrupt, too.
    """
    program, pids = hanging(*kind)
    send(program.pid, number)
    output, _ = program.communicate(timeout=20)
    assert program.returncode == 130
    assert output.splitlines()[1:] == ["First Executing", "First Interrupted", "interrupted: Interrupted"]
    assert not left(pids)
    assert list(program.temporary.iterdir()) == []
    (record,) = (tmp_path / "runs").glob("*/run.json")
    written = json.loads(record.read_text())
    assert (written["status"], written["failure"]) == ("Interrupted", None)
    assert [step["status"] for step in written["steps"]] == ["Interrupted", *SKIPPED]


def check_end(program):
    """Check that a program was ended by an interrupt before its first step, or during it, and left nothing."""
    output, _ = program.communicate(timeout=60)
    assert program.returncode == 130, output
    assert "Traceback" not in output
    lines = output.splitlines()
    before, during = ["interrupted: before it began"], ["First Executing", "First Interrupted"]
    assert lines in (["interrupted"], before, ["interrupted: Interrupted"], [*during, "interrupted: Interrupted"])
    assert list(program.temporary.iterdir()) == []
    assert str(program.temporary) not in os.popen("ps -ww -eo args").read()


@only_processes
def test_an_interrupt_at_any_moment_of_the_start(start_tiny):
    """Twenty moments of the first two seconds: imports, build, upload, first step. The exit code is always 130."""

    def interrupt(delay):
        program = start_tiny("--behaviour", "hang")
        assert program.stdout.readline() == "started\n"
        time.sleep(delay)
        program.send_signal(signal.SIGINT)
        check_end(program)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(interrupt, [number / 10 for number in range(20)]))


# The first module, one in moto, some deep in the SDK, one that a constant of the SDK's loads, one of the build.
MODULES = "moto botocore.hooks pydantic._internal sagemaker.core.shapes sagemaker.core.workflow.conditions"


@only_processes
@pytest.mark.parametrize("module", MODULES.split())
def test_an_interrupt_inside_an_import(start_tiny, module):
    """The signal comes while a library is imported, at the same place each time."""
    program = start_tiny("--behaviour", "hang", environment={"SIGNAL_AT_IMPORT": module})
    assert program.stdout.readline() == "started\n"
    check_end(program)


@pytest.mark.parametrize(
    ("target", "kind"),
    [("process", []), ("process", ["--fresh"]), pytest.param("docker", [], marks=pytest.mark.docker)],
    indirect=["target"],
    ids=["preloaded", "new process", "docker"],
    scope="session",
)
def test_a_killed_host_leaves_nothing_running(hanging, left, wait, kind):
    """A host that gets SIGKILL takes its jobs and what they have started along."""
    program, pids = hanging(*kind)
    program.kill()
    program.wait()
    assert wait(lambda: not left(pids), seconds=15)
    assert wait(lambda: f"{program.temporary}" not in os.popen("ps -ww -eo args").read())


def test_a_killed_runner_leaves_nothing_running(hanging, left, wait):
    """When the runner between the SDK and the jobs gets SIGKILL, the run fails, and the jobs end."""
    program, pids = hanging()
    processes = [line.split(maxsplit=2) for line in os.popen("ps -ww -eo pid=,ppid=,args=")]
    (runner,) = (pid for pid, parent, args in processes if parent == str(program.pid) and "runner import" in args)
    os.kill(int(runner), signal.SIGKILL)
    output, _ = program.communicate(timeout=20)
    assert (program.returncode, output.splitlines()[-1]) == (1, "Failed")
    assert wait(lambda: not left(pids))
    assert list(program.temporary.iterdir()) == []


def test_two_runs_at_once_do_not_disturb_each_other(start_tiny, hanging, tmp_path):
    """A run succeeds while another one is interrupted; it has no HOME, and a broken AWS profile."""
    broken = tmp_path / "config"
    broken.write_text("[profile x]\nregion = nowhere\ncredential_process = /bin/false\n")
    second = start_tiny(environment={"HOME": None, "AWS_PROFILE": "absent", "AWS_CONFIG_FILE": str(broken)})
    first, _ = hanging()
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=20)[0].endswith("interrupted: Interrupted\n")
    assert second.communicate(timeout=40)[0].endswith("Model Succeeded\nSucceeded\n")
    assert list(second.temporary.iterdir()) == []
