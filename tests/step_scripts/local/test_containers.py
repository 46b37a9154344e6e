import os

import pytest

from step_scripts.local import docker_advice as advice
from step_scripts.local import stand_in
from step_scripts.local.containers import Containers
from step_scripts.local.target import TargetError


@pytest.fixture
def play(tmp_path, monkeypatch):
    """A function that puts a script on PATH in the place of Docker."""

    def write(script):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "docker").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return folder / "docker"

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return write


def test_jobs_run_as_the_user_of_the_pipeline(play, tmp_path):
    """What they write belongs to the user."""
    program = play("")
    with Containers(options=["--memory=1g"]).opened(tmp_path) as settings:
        user = f"{os.getuid()}:{os.getgid()}"
        assert settings == {"program": str(program), "user": user, "options": ["--memory=1g"]}


def test_a_rootless_engine(play, tmp_path):
    """Its root is the user already."""
    play("""[ "$1" != info ] || echo '["name=seccomp,profile=default","name=rootless"]'""")
    with Containers().opened(tmp_path) as settings:
        assert settings["user"] is None


@pytest.mark.parametrize("executable", [True, False])
def test_our_stand_in_is_not_taken_for_docker(play, tmp_path, monkeypatch, executable):
    """While a pipeline runs, the first docker on PATH is ours: the installed one, or a copy in the run's folder."""
    program = play("")
    monkeypatch.setattr(os, "access", lambda path, _: executable or path != stand_in.BIN / "docker")
    with stand_in.on_path(tmp_path), Containers().opened(tmp_path) as settings:
        monkeypatch.undo()
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
    ("message", "fix"),
    [
        ("Cannot connect to the Docker daemon at unix:///x. Is it running?", f"fix: start it: {advice.START}"),
        ("permission denied while trying to connect", f"and log in again: {advice.JOIN}"),
    ],
)
def test_an_engine_that_cannot_be_used(play, tmp_path, message, fix):
    """Each reason has the command that fixes it."""
    play(f'echo "{message}" >&2; exit 1')
    with pytest.raises(TargetError) as caught, Containers().opened(tmp_path):
        pass
    assert message in str(caught.value)
    assert str(caught.value).endswith(fix)


def test_without_a_program(tmp_path, monkeypatch):
    """The command that installs one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TargetError, match="install Docker: "), Containers().opened(tmp_path):
        pass


def test_an_image_that_is_missing(play):
    """The command that builds it."""
    play('echo "Error: No such image: $5" >&2; exit 1')
    with pytest.raises(TargetError, match="docker build --platform linux/amd64 --tag a:1 docker"):
        Containers().check({"a:1"})
