"""The image of a new project is the one that our tests in containers run in."""

from pathlib import Path

import pytest

from step_scripts import project
from step_scripts.template import image
from step_scripts.template.render import FILES

DOCKER = Path(__file__).resolve().parents[3] / "docker"
VERBS = Path(project.__file__).parent / "local/runner/verbs"


def test_it_has_the_same_libraries():
    """In the same versions, where this environment is the locked one."""
    assert image.requirements() == (DOCKER / "requirements.txt").read_text()


def test_it_is_built_in_the_same_way():
    """The first lines apart, which name the image."""
    ours, theirs = (DOCKER / "Dockerfile").read_text(), (FILES / "docker/Dockerfile.jinja").read_text()
    assert ours[ours.index("\nFROM ") :] == theirs[theirs.index("\nFROM ") :]


@pytest.mark.parametrize("name", ["train", "serve"])
def test_it_has_the_same_verbs(name):
    """A new project's are copies of the package's."""
    assert (VERBS / name).read_text() == (DOCKER / name).read_text()


def test_process_1_ends_on_sigterm_in_the_same_way():
    """By the same file."""
    assert (FILES / "docker/pid1.pth").read_text() == (DOCKER / "pid1.pth").read_text()
