"""The process target's substitute for a container: a private folder with the job's volumes, and a rewritten command.

Nothing can be mounted at ``/opt/ml`` without privileges, so the folder ``<base>/opt/ml`` takes its place. The job
finds the folder's path in its arguments, environment and hyperparameters, and in ``SAGEMAKER_BASE_DIR``.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = "/opt/ml"
CANNOT_START = 125  # what Docker exits with when it cannot start a container
BIN = Path(__file__).resolve().parent / "bin"  # holds the stand-in for Docker
VERBS = Path(__file__).resolve().parent / "verbs"  # the step image's programs `train` and `serve`
# A whole path that starts at the root, alone or after `=`, `:` or `file://`; never a part of s3://bucket/opt/ml.
_ROOT = re.compile(r"(?:(?<=file://)|(?<![\w.~/-]))/opt/ml(?![\w.-])")
# A job has these variables of the machine; all others come from its definition.
_INHERITED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")


class ContainerError(StepScriptsError, RuntimeError):
    """A job cannot be started. The message says what its author can do."""


class Container(NamedTuple):
    """A job's command, ready to run.

    Attributes
    ----------
    argv
        Program and arguments.
    environment
        All of its environment.
    base
        The private folder: working directory, and root of ``opt/ml``.
    """

    argv: list[str]
    environment: dict[str, str]
    base: Path


def environment(image_environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that every job has in its environment.

    Parameters
    ----------
    image_environment
        What the image's ``ENV`` lines would set.
    """
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONFAULTHANDLER": "1",
        "PYTHONUNBUFFERED": "1",
        **image_environment,
    }


def make(service: Mapping[str, Any], *, base: Path, environment: Mapping[str, str]) -> Container:
    """Lay out one service of a compose file below `base`.

    Parameters
    ----------
    service
        As the SDK writes it: ``volumes``, ``environment``, and ``entrypoint`` or ``command``.
    base
        An empty folder.
    environment
        What every job has in its environment; a variable of the service wins over one of the same name.

    Raises
    ------
    ContainerError
        If the job has no command of its own, or a volume outside ``/opt/ml``.
    """
    root = base / "opt" / "ml"
    for source, target in volumes(service):
        _bind(Path(source), target, base)
    root.mkdir(parents=True, exist_ok=True)
    hyperparameters = root / "input" / "config" / "hyperparameters.json"
    if hyperparameters.is_file():
        hyperparameters.write_text(rewrite(hyperparameters.read_text(), root))
    temporary = base / "tmp"
    temporary.mkdir()
    settings = dict(item.split("=", 1) for item in service.get("environment", []))
    return Container(
        argv=_argv(service, root),
        environment={
            **environment,
            **{name: rewrite(value, root) for name, value in settings.items()},
            **({"SAGEMAKER_BIND_TO_PORT": str(port)} if (port := published(service)) else {}),
            "SAGEMAKER_BASE_DIR": str(root),
            "TMPDIR": str(temporary),
        },
        base=base,
    )


def rewrite(text: str, root: Path) -> str:
    """Replace ``/opt/ml`` wherever it is a path of the container.

    Examples
    --------
    >>> rewrite("--in=/opt/ml/input:/opt/ml s3://b/opt/ml /opt/mlx", Path("/x"))
    '--in=/x/input:/x s3://b/opt/ml /opt/mlx'
    """
    return _ROOT.sub(lambda _: str(root), text)


def volumes(service: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List a service's folders on this machine and their places in the container, the outer before the inner.

    Examples
    --------
    >>> volumes({"volumes": ["/tmp/a:/opt/ml/output/data", "/tmp/b:/opt/ml/output:z"]})
    [('/tmp/b', '/opt/ml/output'), ('/tmp/a', '/opt/ml/output/data')]
    """
    pairs = (text.removesuffix(":z").rpartition(":") for text in service.get("volumes", []))
    return sorted(((source, target) for source, _, target in pairs), key=lambda volume: volume[1])


def failure(service: Mapping[str, Any], base: Path) -> Path:
    """Return the file in which a job may write why it failed."""
    places = {target: Path(source) for source, target in volumes(service)}
    return places.get(f"{ROOT}/output", base / "opt" / "ml" / "output") / "failure"


def published(service: Mapping[str, Any]) -> int | None:
    """Return the port of this machine on which a service is reached; None for a job that is no server.

    Examples
    --------
    >>> published({"ports": ["8123:8080"]})
    8123
    """
    return next((int(ports.partition(":")[0]) for ports in service.get("ports", [])), None)


def _argv(service: Mapping[str, Any], root: Path) -> list[str]:
    command = service.get("entrypoint") or service.get("command")
    if not command:
        raise ContainerError("the job has no entry point, and a process has no image that has one; fix: give it one")
    program, *arguments = [command] if isinstance(command, str) else command
    if service.get("entrypoint") is None and program in {"train", "serve"}:
        return [sys.executable, str(VERBS / program), *arguments]
    if program in {"python", "python3"}:
        program = sys.executable
    return [rewrite(str(word), root) for word in (program, *arguments)]


def _bind(source: Path, target: str, base: Path) -> None:
    if not target.startswith("/opt/ml/"):
        raise ContainerError(f"volume: expected a folder below /opt/ml; got: {target}")
    place = base / target.lstrip("/")
    source.mkdir(parents=True, exist_ok=True)
    if place.exists():
        if place.samefile(source):
            return
        place.rmdir()  # the SDK's empty folder for a channel, inside the folder that it mounts at /opt/ml/input
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(source, target_is_directory=True)
