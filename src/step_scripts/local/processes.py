"""The process target: each job is a child process of this program."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from step_scripts.closure import PACKAGE
from step_scripts.local import preloaded as nursery
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
        Modules to import in advance, in this order (`step_scripts.closure` finds those of a step). They are imported
        while the SDK is, and the jobs start as forks of the interpreter that has done so. Without any, each job
        starts in a new interpreter.
    fresh
        Start each job in a new interpreter all the same.
    image_environment
        What the image's ``ENV`` lines set; every job sees it.
    """

    preload: Sequence[str] = ()
    fresh: bool = False
    image_environment: Mapping[str, str] = field(default_factory=dict)
    name = "process"

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Keep warm children ready."""
        environment = container.environment(self.image_environment)
        modules = [] if self.fresh else self.preload
        with nursery.opened(folder, modules=modules, environment=environment) as warm:
            yield {"environment": environment, "warm": warm, "hidden": os.pathsep.join(map(str, _working_tree()))}

    def check(self, images: Iterable[str]) -> None:
        """Find nothing missing: no job needs an image."""


def _working_tree() -> list[Path]:
    """List the folders of code that no image has: the project, and this package where it is installed for editing."""
    folders = [] if PACKAGE.is_relative_to(sys.prefix) else [PACKAGE.parent]
    with contextlib.suppress(ProjectError):
        folders.append(find().root)
    return folders
