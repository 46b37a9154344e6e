import signal
import subprocess
import sys
import time

import pytest

from step_scripts.local import preloaded
from step_scripts.local.runner import child
from step_scripts.local.runner import script as script_runner
from step_scripts.local.runner.container import Container


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The folder of a fork server, with a path that is too long for a socket."""
    folder = tmp_path_factory.mktemp("server") / ("long" * 30)
    folder.mkdir()
    environment = {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
    with preloaded.fork_server(folder, modules=["yaml", "numpy.random"], environment=environment):
        deadline = time.monotonic() + 10
        while not (folder / script_runner.SOCKET).exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield folder


def as_python_does(script, environment):
    """Exit code and output of `python3 script`."""
    done = subprocess.run(
        [sys.executable, script, "an argument"],
        env=environment,
        cwd=script.parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_new_process_does_what_python_does(script, environment, finish):
    """Exit code and output are those of `python3 script`, traceback and all."""
    argv = [sys.executable, script, "an argument"]
    assert finish(argv, environment) == as_python_does(script, environment)


def test_a_preloaded_worker_does_what_a_new_process_does(script, environment, finish, server):
    """Exit code and output are the same."""
    argv = [sys.executable, script, "an argument"]
    known = {"PATH": environment["PATH"], "PYTHONUNBUFFERED": "1"}
    assert finish(argv, environment, server=server, known=known) == finish(argv, environment)


def test_a_preloaded_worker_has_the_libraries_already(tmp_path, environment, finish, server):
    """A library that the server has imported is there before the script imports it; no module of the server is."""
    code = "import sys; print([name in sys.modules for name in ('yaml', 'script', 'fork_server', 'step_scripts')])"
    (tmp_path / "asks.py").write_text(code)
    argv = [sys.executable, tmp_path / "asks.py"]
    assert finish(argv, environment, server=server, known=environment) == (0, "[True, False, False, False]\n")
    assert finish(argv, environment) == (0, "[False, False, False, False]\n")


@pytest.mark.parametrize("source", ["random", "numpy.random"])
def test_preloaded_workers_differ_in_their_random_numbers(tmp_path, environment, finish, server, source):
    """No two workers of one server draw the same numbers."""
    (tmp_path / "draws.py").write_text(f"import {source} as source; print(source.random())")
    argv = [sys.executable, tmp_path / "draws.py"]
    drawn = [finish(argv, environment, server=server, known=environment) for _ in range(2)]
    assert drawn[0][0] == 0
    assert drawn[0] != drawn[1]


def test_a_job_with_variables_of_its_own_gets_a_new_process(tmp_path, environment, finish, server):
    """A library reads its variables while it is imported, so a job that sets any gets a new interpreter."""
    (tmp_path / "asks.py").write_text("import sys; print('yaml' in sys.modules)")
    argv = [sys.executable, tmp_path / "asks.py"]
    own = {**environment, "OMP_NUM_THREADS": "1"}
    assert finish(argv, own, server=server, known=environment) == (0, "False\n")


def test_other_programs_are_started_as_they_are(environment, finish, server):
    """A job may be a shell script, or a module."""
    assert finish(["sh", "-c", "echo $0; exit 5"], environment, server=server, known=environment) == (5, "sh\n")
    argv = [sys.executable, "-c", "print(1)"]
    assert finish(argv, environment, server=server, known=environment) == (0, "1\n")


def test_without_a_server_a_job_gets_a_new_process(tmp_path, environment, finish):
    """A server that has ended costs time, nothing else."""
    (tmp_path / "prints.py").write_text("print('here')")
    (tmp_path / "gone").mkdir()
    argv = [sys.executable, tmp_path / "prints.py"]
    assert finish(argv, environment, server=tmp_path / "gone", known=environment) == (0, "here\n")


@pytest.mark.parametrize("is_preloaded", [True, False], ids=["preloaded", "new"])
def test_a_child_is_stopped_with_all_that_it_started(
    tmp_path, environment, server, is_preloaded, wait_for_end, monkeypatch
):
    """It gets SIGTERM first, and can clean up; what it has started ends with it."""
    monkeypatch.setattr(child, "STOP_TIMEOUT_S", 60)  # on a busy machine a child may have to wait
    script, pids = tmp_path / "hangs.py", tmp_path / "pids"
    script.write_text(
        "import os, pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('tidy', flush=True), sys.exit(7)))\n"
        "other = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(pids)!r}).write_text(str(other.pid))\n"
        "time.sleep(60)\n"
    )
    log = tmp_path / "log.txt"
    container = Container([sys.executable, str(script)], environment, tmp_path)
    job = child.start(container, log, server=server if is_preloaded else None, known=environment)
    while not (pids.exists() and pids.read_text()):
        time.sleep(0.01)  # without a call of `poll`: its process id is not read yet
    child.stop([job])
    assert (job.poll(), log.read_text()) == (7, "tidy\n")
    assert wait_for_end(int(pids.read_text()))


def test_a_child_that_will_not_end_is_killed(tmp_path, environment, monkeypatch):
    """A job that ignores SIGTERM gets SIGKILL after the time limit."""
    monkeypatch.setattr(child, "STOP_TIMEOUT_S", 0.2)
    (tmp_path / "stays.py").write_text(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log.txt"
    container = Container([sys.executable, str(tmp_path / "stays.py")], environment, tmp_path)
    job = child.start(container, log, server=None, known={})
    while not log.read_text():
        time.sleep(0.01)
    child.stop([job])
    assert job.poll() == -signal.SIGKILL
