"""Messages about a Docker engine that is not ready: what is wrong, and the command that fixes it."""

from __future__ import annotations

import os
import sys

_MAC = sys.platform == "darwin"
INSTALL = "brew install --cask docker" if _MAC else "sudo apt-get install docker.io"
START = "open -a Docker" if _MAC else "sudo systemctl start docker"
JOIN = "sudo usermod --append --groups docker $USER"

NO_PROGRAM = f"--target docker needs the program docker, and it is not on PATH; fix: install Docker: {INSTALL}"


def on_engine(message: str) -> str:
    """Explain what to do about an engine that does not answer, or not this user.

    Parameters
    ----------
    message
        Docker's own message.

    Examples
    --------
    >>> on_engine("permission denied while trying to connect to the Docker daemon socket").partition("fix: ")[2]
    'join its group, and log in again: sudo usermod --append --groups docker $USER'
    """
    if "permission denied" in message.lower():
        return f"this user may not use the Docker engine ({message}); fix: join its group, and log in again: {JOIN}"
    if host := os.environ.get("DOCKER_HOST"):
        return f"no Docker engine answers at DOCKER_HOST={host} ({message}); fix: start it there, or: unset DOCKER_HOST"
    return f"the Docker engine does not answer ({message}); fix: start it: {START}"


def on_image(image: str, message: str) -> str:
    """Explain what to do about an image that the engine does not have.

    Examples
    --------
    >>> print(on_image("step-scripts:latest", "No such image: step-scripts:latest"))
    this machine has no image step-scripts:latest, and no image is pulled; fix: build it:
      docker build --platform linux/amd64 --tag step-scripts:latest docker
    Without access to a registry:
      docker/build-without-registry step-scripts:latest
    """
    if "no such image" not in message.lower():
        return on_engine(message)
    return (
        f"this machine has no image {image}, and no image is pulled; fix: build it:\n"
        f"  docker build --platform linux/amd64 --tag {image} docker\n"
        f"Without access to a registry:\n"
        f"  docker/build-without-registry {image}"
    )
