import os

import pytest

from step_scripts.local import docker_advice as advice
from step_scripts.local.containers import Containers
from step_scripts.local.runner.container import BIN
from step_scripts.local.target import TargetError


@pytest.fixture
def play(tmp_path, monkeypatch):
    """A function that puts a program on PATH, in place of Docker, which says and does what the test wants."""

    def write(script):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "docker").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return folder / "docker"

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return write


def test_jobs_run_as_who_runs_the_pipeline(play, tmp_path):
    """What they write belongs to the user, without a step that would have to give it away."""
    program = play("")
    with Containers(options=["--memory=1g"]).opened(tmp_path) as settings:
        user = f"{os.getuid()}:{os.getgid()}"
        assert settings == {"program": str(program), "user": user, "options": ["--memory=1g"]}


def test_a_rootless_engine(play, tmp_path):
    """Its root is the user already."""
    play("""[ "$1" != info ] || echo '["name=seccomp,profile=default","name=rootless"]'""")
    with Containers().opened(tmp_path) as settings:
        assert settings["user"] is None


def test_our_own_program_is_passed_over(play, tmp_path, monkeypatch):
    """While a pipeline runs, the first docker on PATH is ours."""
    program = play("")
    monkeypatch.setenv("PATH", str(BIN), prepend=":")
    with Containers().opened(tmp_path) as settings:
        assert settings["program"] == str(program)


def test_what_a_killed_runner_has_left_is_removed(play, tmp_path):
    """The containers and networks with this run's label, and no others."""
    play(
        f'echo "$*" >>{tmp_path}/calls\n'
        f'case "$1 $2" in "ps --all") echo c1 c2;; "network ls") echo n1;; esac\n'
        f'case "$*" in *label=step-scripts=*|rm*|"network rm"*|info*) ;; *) exit 1;; esac'
    )
    with Containers().opened(tmp_path / "run-1"):
        pass
    calls = (tmp_path / "calls").read_text()
    assert "ps --all --quiet --filter label=step-scripts=run-1\nrm --force --volumes c1 c2\n" in calls
    assert calls.endswith("network rm n1\n")


@pytest.mark.parametrize(
    ("said", "advised"),
    [
        ("Cannot connect to the Docker daemon at unix:///x. Is it running?", f"Start it: {advice.START}"),
        ("permission denied while trying to connect", f"and log in again: {advice.JOIN}"),
    ],
)
def test_an_engine_that_takes_no_jobs(play, tmp_path, said, advised):
    """Each reason has the command that mends it."""
    play(f'echo "{said}" >&2; exit 1')
    with pytest.raises(TargetError) as caught, Containers().opened(tmp_path):
        pass
    assert said in str(caught.value)
    assert str(caught.value).endswith(advised)


def test_without_a_program(tmp_path, monkeypatch):
    """The command that installs one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TargetError, match="Install Docker: "), Containers().opened(tmp_path):
        pass


def test_an_image_that_is_missing(play):
    """The command that builds it."""
    play('echo "Error: No such image: $5" >&2; exit 1')
    with pytest.raises(TargetError, match="docker build --platform linux/amd64 --tag a:1 docker"):
        Containers().check({"a:1"})
