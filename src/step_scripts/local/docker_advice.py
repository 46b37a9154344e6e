"""Sentences for a user whose engine is not ready: what is wrong, and the command that mends it."""

from __future__ import annotations

import os
import sys

_MAC = sys.platform == "darwin"
INSTALL = "brew install --cask docker" if _MAC else "sudo apt-get install docker.io"
START = "open -a Docker" if _MAC else "sudo systemctl start docker"
JOIN = "sudo usermod --append --groups docker $USER"

WITHOUT_A_PROGRAM = f"No program called docker is on PATH, and --target docker needs it. Install Docker: {INSTALL}"


def on_engine(said: str) -> str:
    """Say what to do about an engine that does not answer, or not us.

    Parameters
    ----------
    said
        Docker's own words.

    Examples
    --------
    >>> on_engine("permission denied while trying to connect to the Docker daemon socket").partition(". ")[2]
    'Join its group, and log in again: sudo usermod --append --groups docker $USER'
    """
    if "permission denied" in said.lower():
        return f"This user may not use the Docker engine ({said}). Join its group, and log in again: {JOIN}"
    if host := os.environ.get("DOCKER_HOST"):
        return f"No Docker engine answers at DOCKER_HOST={host} ({said}). Start it there, or: unset DOCKER_HOST"
    return f"The Docker engine does not answer ({said}). Start it: {START}"


def on_image(image: str, said: str) -> str:
    """Say what to do about an image that the engine does not have.

    Examples
    --------
    >>> print(on_image("step-scripts:latest", "No such image: step-scripts:latest"))
    There is no image step-scripts:latest on this machine, and none is pulled. Build it:
      docker build --platform linux/amd64 --tag step-scripts:latest docker
    Where no registry can be reached:
      docker/build-without-registry step-scripts:latest
    """
    if "no such image" not in said.lower():
        return on_engine(said)
    return (
        f"There is no image {image} on this machine, and none is pulled. Build it:\n"
        f"  docker build --platform linux/amd64 --tag {image} docker\n"
        f"Where no registry can be reached:\n"
        f"  docker/build-without-registry {image}"
    )
