"""The process target: each job is a child process of this program."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from step_scripts.closure import PACKAGE
from step_scripts.local import preloaded
from step_scripts.local.runner import container
from step_scripts.project import ProjectError, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Processes:
    """Jobs start as child processes.

    Attributes
    ----------
    preload
        Modules to import in advance, in this order; `step_scripts.closure` finds those of a step. They are imported
        while the SDK is imported, and the jobs start as forks of the interpreter that has them. Without any, each job
        starts in a new interpreter.
    fresh
        Start each job in a new interpreter, without preloaded libraries.
    image_environment
        What the image's ``ENV`` lines set; every job has these variables.
    """

    preload: Sequence[str] = ()
    fresh: bool = False
    image_environment: Mapping[str, str] = field(default_factory=dict)
    name = "process"

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Keep a fork server with the steps' libraries while entered."""
        environment = container.environment(self.image_environment)
        modules = [] if self.fresh else self.preload
        with preloaded.fork_server(folder, modules=modules, environment=environment) as is_preloaded:
            hidden = os.pathsep.join(map(str, working_tree()))
            yield {"environment": environment, "preloaded": is_preloaded, "hidden": hidden}

    def check(self, images: Iterable[str]) -> None:
        """Accept any image: a process needs none."""


def working_tree() -> list[Path]:
    """List the folders of code that no image has: the project, and this package where it is installed for editing."""
    folders = [] if PACKAGE.is_relative_to(sys.prefix) else [PACKAGE.parent]
    with contextlib.suppress(ProjectError):
        folders.append(find().root)
    return folders
