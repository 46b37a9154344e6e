"""The docker target: each job is a container of the image that its definition names."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts.local import docker_advice as advice
from step_scripts.local import stand_in
from step_scripts.local.runner.docker import LABEL
from step_scripts.local.runner.engine import Engine, EngineError
from step_scripts.local.target import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

ANSWER_TIMEOUT_S = 10.0  # for the first answer: with a slower engine a pipeline is no use


@dataclass(frozen=True)
class Containers:
    """Jobs start as containers.

    Attributes
    ----------
    options
        Passed to ``docker create`` for every container, such as ``--memory=8g``.
    user
        ``UID:GID`` of the jobs. By default, the user who runs the pipeline.
    """

    options: Sequence[str] = ()
    user: str | None = None
    name = "docker"

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Find the engine on entry. On exit, remove what a killed runner has left."""
        engine = _engine()
        rootless = "rootless" in _answer(engine, "info", "--format", "{{json .SecurityOptions}}")
        # In a container of a rootless engine, root is the engine's user. Any other number is another user outside.
        user = self.user or (None if rootless else f"{os.getuid()}:{os.getgid()}")
        try:
            yield {"program": engine.program, "user": user, "options": list(self.options)}
        finally:
            with contextlib.suppress(EngineError):
                remove_traces(engine, folder.name)

    def check(self, images: Iterable[str]) -> None:
        """Raise a `TargetError` for an image that the engine does not have. No image is pulled."""
        engine = _engine()
        for image in sorted(images):
            try:
                engine.ask("image", "inspect", "--format", "{{.Id}}", image, timeout=ANSWER_TIMEOUT_S)
            except EngineError as error:
                raise TargetError(advice.on_image(image, str(error))) from None


def _engine() -> Engine:
    path = os.pathsep.join(folder for folder in os.get_exec_path() if not stand_in.is_folder(folder))
    program = shutil.which("docker", path=path)
    if not program:
        raise TargetError(advice.NO_PROGRAM)
    return Engine(program)


def _answer(engine: Engine, *words: str) -> str:
    try:
        return engine.ask(*words, timeout=ANSWER_TIMEOUT_S)
    except EngineError as error:
        raise TargetError(advice.on_engine(str(error))) from None


def remove_traces(engine: Engine, run: str) -> None:
    """Remove the containers and networks that have a run's label."""
    label = f"label={LABEL}={run}"
    if left := engine.ask("ps", "--all", "--quiet", "--filter", label).split():
        engine.ask("rm", "--force", "--volumes", *left)
    if left := engine.ask("network", "ls", "--quiet", "--filter", label).split():
        engine.ask("network", "rm", *left)
