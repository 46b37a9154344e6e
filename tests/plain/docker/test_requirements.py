"""What the image installs, and what the environment of everybody else is locked to."""

import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MACHINE = {
    "implementation_name": "cpython",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.2",
    "python_version": "3.11",
    "sys_platform": "linux",
}
LAPTOP_ONLY = {"botocore"}  # preflight's; the command that locks the image leaves it out


@pytest.fixture
def image(project):
    """Name to version, as the image installs them."""
    lines = (project / "docker" / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines)


def test_every_version_is_the_locks(image, project):
    """What a step meets in its container is what it was tested with; the command that says so is in requirements.in."""
    lock = (project / "requirements.txt").read_text().splitlines()
    pinned = {line.partition(" ;")[0] for line in lock if "==" in line}
    assert not {f"{name}=={version}" for name, version in image.items()} - pinned


def test_nothing_is_missing_and_nothing_is_too_much(image, project):
    """It is what the lines of docker/requirements.in need, and no more: not the SDK, not moto, no test tool."""
    todo = [(text, "") for text in asked_for(project)]
    needed = set()
    while todo:
        text, of_extra = todo.pop()
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({**MACHINE, "extra": of_extra}):
            continue
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {extra for known, extra in needed if known == name}:
            needed.add((name, extra))
            todo.extend((text, extra) for text in requires(name))
    assert sorted({name for name, _ in needed}) == sorted(image)


def asked_for(project):
    """List what docker/requirements.in asks for: the framework's dependencies in a job, and the example's libraries."""
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    for line in (project / "docker" / "requirements.in").read_text().splitlines():
        if line.startswith(".["):
            extras = line.strip(".[]").split(",")
            yield from (text for text in declared["dependencies"] if Requirement(text).name not in LAPTOP_ONLY)
            yield from (text for extra in extras for text in declared["optional-dependencies"][extra])
        elif line and not line.startswith("#"):
            yield line


def requires(name):
    """What a distribution requires; one that is for another machine than this is a leaf."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
