import json
import os
import re
import signal
import time

import pytest


def is_alive(pid):
    """Whether a process runs; one that has ended and only waits to be noticed does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = os.popen(f"ps -o stat= -p {pid}").read().strip()
    return bool(state) and not state.startswith("Z")


@pytest.fixture
def left(target, request):
    """A function of the ids that a step told: whether anything of the step is still there."""
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
        told = []

        def hangs():
            found = {log: log.read_text() for log in (tmp_path / "runs").glob("*/First/log.txt") if log not in logs}
            told.extend((log, pids) for log, text in found.items() for pids in re.findall(r"hangs (\d+) (\d+)", text))
            return told or program.poll() is not None

        wait(hangs)
        assert told, program.communicate()[0]
        logs.add(told[0][0])
        return program, [int(pid) for pid in told[0][1]]

    return start


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, []), (signal.SIGTERM, ["--cold"])], ids=["warm", "cold"])
def test_an_interrupt_ends_the_run_in_order(hanging, left, tmp_path, number, kind):
    """The step is asked to end, its own children end with it, the record says so, nothing is left behind."""
    program, pids = hanging(*kind)
    program.send_signal(number)
    output, _ = program.communicate(timeout=20)
    assert program.returncode == 130
    assert output.splitlines() == ["First Executing", "First Interrupted", "interrupted: Interrupted"]
    assert not left(pids)
    assert list(program.temporary.iterdir()) == []
    (record,) = (tmp_path / "runs").glob("*/run.json")
    written = json.loads(record.read_text())
    assert (written["status"], written["failure"]) == ("Interrupted", None)
    assert [step["status"] for step in written["steps"]] == ["Interrupted", *["Skipped"] * 5]


def test_ctrl_c_in_a_terminal_is_one_interrupt(hanging, left):
    """A signal to the whole foreground group, as a terminal sends it, ends the run as orderly."""
    program, pids = hanging()
    os.killpg(program.pid, signal.SIGINT)
    output, _ = program.communicate(timeout=20)
    assert (program.returncode, output.splitlines()[-1]) == (130, "interrupted: Interrupted")
    assert not left(pids)
    assert list(program.temporary.iterdir()) == []


@pytest.mark.parametrize("delay", [0.3, 0.9])
def test_an_interrupt_before_the_first_step(start_tiny, wait, delay):
    """While the SDK is imported and the pipeline is built, an interrupt ends the program at once and tidily."""
    program = start_tiny()
    wait(lambda: list(program.temporary.iterdir()))
    time.sleep(delay)
    program.send_signal(signal.SIGINT)
    output, _ = program.communicate(timeout=20)
    assert program.returncode == 130
    assert output.startswith("interrupted: ") or output.splitlines()[-1] == "interrupted: Interrupted"
    assert list(program.temporary.iterdir()) == []


@pytest.mark.parametrize("kind", [[], ["--cold"]], ids=["warm", "cold"])
def test_a_killed_host_leaves_nothing_running(hanging, left, wait, kind):
    """A host that is killed outright takes its jobs and what they have started along."""
    program, pids = hanging(*kind)
    program.kill()
    program.wait()
    wait(lambda: not left(pids), seconds=15)
    wait(lambda: f"{program.temporary}" not in os.popen("ps -eo args").read())


def test_a_killed_runner_leaves_nothing_running(hanging, left, wait):
    """When what stands between the SDK and the jobs is killed, the run fails, and the jobs are gone all the same."""
    program, pids = hanging()
    processes = [line.split(maxsplit=2) for line in os.popen("ps -eo pid=,ppid=,args=")]
    (runner,) = (pid for pid, parent, args in processes if parent == str(program.pid) and "local.runner.main" in args)
    os.kill(int(runner), signal.SIGKILL)
    output, _ = program.communicate(timeout=20)
    assert (program.returncode, output.splitlines()[-1]) == (1, "Failed")
    wait(lambda: not left(pids))
    assert list(program.temporary.iterdir()) == []


def test_two_runs_at_once_do_not_disturb_each_other(start_tiny, hanging):
    """A run succeeds while another one is interrupted beside it."""
    first, _ = hanging()
    second = start_tiny()
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=20)[0].endswith("interrupted: Interrupted\n")
    assert second.communicate(timeout=40)[0].endswith("Model Succeeded\nSucceeded\n")


def test_a_run_needs_neither_home_nor_credentials(start_tiny, tmp_path):
    """With no HOME, a broken AWS profile and a long temporary folder a run succeeds."""
    broken = tmp_path / "config"
    broken.write_text("[profile x]\nregion = nowhere\ncredential_process = /bin/false\n")
    program = start_tiny(environment={"HOME": None, "AWS_PROFILE": "absent", "AWS_CONFIG_FILE": str(broken)})
    assert program.communicate(timeout=40)[0].endswith("Succeeded\nSucceeded\n")
    assert list(program.temporary.iterdir()) == []
