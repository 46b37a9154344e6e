"""Where the Dockerfile, the script for machines without a registry and the verbs have to agree."""

import os
import re

import pytest

from step_scripts.local.runner.container import VERBS


@pytest.fixture
def dockerfile(project):
    """Its text."""
    return (project / "docker" / "Dockerfile").read_text()


def test_both_stages_have_one_base(dockerfile, project):
    """The virtual environment's Python is a link to the base's; the script makes one base, with that name."""
    (base,) = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    assert re.fullmatch(r"python:3\.11-slim-\w+", base)
    assert base not in (project / "docker" / "build-without-registry").read_text()  # it reads the name here


def test_one_python_everywhere(dockerfile, project):
    """The base's, the one that the wheels are for, and the one for which the image's libraries are resolved."""
    script = (project / "docker" / "build-without-registry").read_text()
    lock = (project / "requirements.in").read_text()
    found = re.findall(r"python:?(\d\.\d+)", dockerfile) + re.findall(r"--python-version (\d\.\d+)", script + lock)
    assert set(found) == {"3.11"}


def test_the_image_has_every_verb(dockerfile, project):
    """Each program beside the Dockerfile that Python runs is copied, and can be started."""
    programs = [path for path in (project / "docker").iterdir() if path.is_file() and is_verb(path)]
    assert sorted(path.name for path in programs) == sorted(
        re.search(r"COPY (.*) /usr/local/bin/", dockerfile)[1].split()
    )
    assert all(os.access(path, os.X_OK) for path in programs)


@pytest.mark.parametrize("verb", ["train", "serve"])
def test_the_verbs_are_those_of_the_process_target(project, verb):
    """A job as a process runs the framework's copy of each program; the two are equal."""
    assert (project / "docker" / verb).read_bytes() == (VERBS / verb).read_bytes()


def is_verb(path):
    """Whether a file is a program in Python."""
    return path.read_text().startswith("#!/usr/bin/env python3\n")
