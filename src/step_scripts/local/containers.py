"""The docker target: each job is a container of the image that its definition names."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts.local import docker_advice as advice
from step_scripts.local.runner.container import BIN
from step_scripts.local.runner.docker import LABEL
from step_scripts.local.runner.engine import Engine, EngineError
from step_scripts.local.target import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PATIENCE = 10.0  # seconds for the first answer: an engine that takes longer is no place to run a pipeline


@dataclass(frozen=True)
class Containers:
    """Jobs start as containers.

    Attributes
    ----------
    options
        Passed to ``docker create`` for every container, such as ``--memory=8g``.
    user
        ``UID:GID`` as whom the jobs run; the one who runs the pipeline unless told otherwise.
    """

    options: Sequence[str] = ()
    user: str | None = None
    name = "docker"

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Find the engine; at the end, remove what a runner that was killed has left."""
        engine = _engine()
        rootless = "rootless" in _told(engine, "info", "--format", "{{json .SecurityOptions}}")
        # To a rootless engine its user is root inside a container, and any other number somebody else outside.
        user = self.user or (None if rootless else f"{os.getuid()}:{os.getgid()}")
        try:
            yield {"program": engine.program, "user": user, "options": list(self.options)}
        finally:
            with contextlib.suppress(EngineError):
                _remove_all_of(engine, folder.name)

    def check(self, images: Iterable[str]) -> None:
        """Raise a `TargetError` for an image that the engine does not have; nothing is ever pulled."""
        engine = _engine()
        for image in sorted(images):
            try:
                engine.ask("image", "inspect", "--format", "{{.Id}}", image, patience=PATIENCE)
            except EngineError as error:
                raise TargetError(advice.on_image(image, str(error))) from None


def _engine() -> Engine:
    # Past our own program of that name, which is the first while a pipeline runs.
    path = os.pathsep.join(folder for folder in os.get_exec_path() if folder != str(BIN))
    program = shutil.which("docker", path=path)
    if not program:
        raise TargetError(advice.WITHOUT_A_PROGRAM)
    return Engine(program)


def _told(engine: Engine, *words: str) -> str:
    try:
        return engine.ask(*words, patience=PATIENCE)
    except EngineError as error:
        raise TargetError(advice.on_engine(str(error))) from None


def _remove_all_of(engine: Engine, run: str) -> None:
    label = f"label={LABEL}={run}"
    if left := engine.ask("ps", "--all", "--quiet", "--filter", label).split():
        engine.ask("rm", "--force", "--volumes", *left)
    if left := engine.ask("network", "ls", "--quiet", "--filter", label).split():
        engine.ask("network", "rm", *left)
