import json
import os
import subprocess
import sys
import time

import pytest
import yaml

from step_scripts.local.runner import container, job_spec


@pytest.fixture
def compose(tmp_path):
    """A function that starts `docker compose up` for services, as the SDK does; the job's files are in `tmp_path`."""
    programs = []

    def start(**services):
        path = tmp_path / "docker-compose.yaml"
        path.write_text(yaml.safe_dump({"services": services}))
        settings = {"environment": {"PATH": "/usr/bin:/bin"}, "preloaded": False}
        spec = job_spec.RunSpec(tmp_path, "process", settings)
        before = dict(os.environ)
        spec.job(tmp_path).write()
        program = subprocess.Popen(
            [container.BIN / "docker", "compose", "-f", path, "up", "--build"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        os.environ.clear()
        os.environ.update(before)
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.kill()
        program.wait()
        program.stdout.close()


def python(code):
    """A service that runs Python code."""
    return {"entrypoint": ["python3", "-c", code]}


def test_success(compose, tmp_path):
    """The exit code is 0, output goes to the log and not to the SDK, the base folder is gone."""
    program = compose(one=python("print('hello')"))
    assert (program.communicate()[0], program.returncode) == ("", 0)
    assert (tmp_path / "log.txt").read_text() == "hello\n"
    assert not list(tmp_path.glob("base-*"))
    assert not (tmp_path / "result.json").exists()


def test_a_job_is_found_by_its_name(compose, tmp_path):
    """A trial of a tuning job has a log and a result of its own; any other training job has the step's."""
    spec = job_spec.RunSpec(tmp_path, "process", {"environment": {"PATH": "/usr/bin:/bin"}, "preloaded": False})
    for name in ("trial-1", "trial-2"):
        (tmp_path / name).mkdir()
        job = spec.job(tmp_path / name, name=name)
        (tmp_path / job.file).write_text(json.dumps(job._asdict()))
    named = "TRAINING_JOB_NAME="
    for name in ("trial-2", "trial-1", "Train-1"):
        program = compose(one={**python(f"print('{name}'); raise SystemExit(3)"), "environment": [f"{named}{name}"]})
        assert program.wait() == 3
    logs = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("log.txt")}
    assert logs == {"trial-1/log.txt": "trial-1\n", "trial-2/log.txt": "trial-2\n", "log.txt": "Train-1\n"}
    assert [spec.reason(name) for name in ("trial-1", "trial-2", None)] == ["exit code 3"] * 3
    assert spec.reason("trial-3") is None


def test_the_failure_file_is_kept(compose, tmp_path):
    """What a job writes to /opt/ml/output/failure survives the job's folder."""
    code = "import os, sys; open(os.environ['SAGEMAKER_BASE_DIR'] + '/output/failure', 'w').write('no'); sys.exit(9)"
    program = compose(one={**python(code), "volumes": [f"{tmp_path}/output:/opt/ml/output"]})
    assert program.wait(10) == 9
    assert (tmp_path / "failure.txt").read_text() == "no"
    assert json.loads((tmp_path / "result.json").read_text()) == {"exit_code": 9, "service": "one", "reason": None}


def test_code_130_is_not_passed_on(compose, tmp_path):
    """The SDK would take it for success; the true code is in the result."""
    assert compose(one=python("raise SystemExit(130)")).wait(10) == 1
    assert json.loads((tmp_path / "result.json").read_text())["exit_code"] == 130


def test_a_signal_is_reported_as_such(compose, tmp_path):
    """The exit code is 128 + the signal; the result has the signal as a negative number."""
    assert compose(one=python("import os; os.kill(os.getpid(), 9)")).wait(10) == 137
    assert json.loads((tmp_path / "result.json").read_text())["exit_code"] == -9


def test_a_failed_host_stops_the_others(compose, tmp_path):
    """Two hosts: one fails, and the other gets SIGTERM."""
    failing = f"import os, time\nwhile not os.path.exists('{tmp_path}/up'): time.sleep(0.01)\nraise SystemExit(4)"
    other = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('tidy'), sys.exit(0)))\n"
        f"open('{tmp_path}/up', 'w').close()\n"
        "time.sleep(60)"
    )
    assert compose(one=python(failing), two=python(other)).wait(10) == 4
    assert (tmp_path / "log.txt").read_text() == "tidy\n"


def test_a_host_that_has_ended_does_not_stop_the_others(compose, tmp_path):
    """Two hosts: the runner waits for both."""
    program = compose(one=python("pass"), two=python("import time; time.sleep(0.5); print('done')"))
    assert program.wait(10) == 0
    assert (tmp_path / "log.txt").read_text() == "done\n"


def test_the_stop_file_stops_all(compose, tmp_path):
    """When the file appears the job ends, and the runner with it."""
    program = compose(one=python("import time; print('up', flush=True); time.sleep(60)"))
    while not (tmp_path / "log.txt").exists() or not (tmp_path / "log.txt").read_text():
        time.sleep(0.01)
    (tmp_path / "stop").touch()
    assert program.wait(10) == 143


def test_a_job_that_cannot_start_is_explained(compose, tmp_path):
    """No traceback on the console: the reason goes where a job's own message would be."""
    program = compose(one={"image": "any"})
    assert (program.communicate()[0], program.returncode) == ("", 125)
    assert "has no entry point" in (tmp_path / "failure.txt").read_text()
    program = compose(one={"entrypoint": ["no-such-program"]})
    assert program.wait(10) == 125
    assert (tmp_path / "failure.txt").read_text().startswith("FileNotFoundError")


def test_other_commands_are_rejected():
    """The stand-in for Docker knows three commands."""
    done = subprocess.run([container.BIN / "docker", "ps"], capture_output=True, text=True, check=False)
    assert done.returncode == 125
    assert done.stderr.startswith("docker ps: this stand-in for Docker knows ")


def test_the_runner_starts_without_the_sdk():
    """Each job waits for the runner to be imported, so it imports nothing heavy."""
    slow = {"sagemaker", "boto3", "pandas", "dataclasses"}
    code = f"import sys, step_scripts.local.runner.main; print({slow} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
