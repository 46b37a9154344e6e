"""Where a pipeline comes from: the function that builds it, its file, and the project around it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts import closure, project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the command line needs to know about a pipeline.

    Attributes
    ----------
    build : callable
        Takes a session of the SDK and returns the pipeline.
    file : Path
        The file in which `build` is written.
    project : step_scripts.project.Project
        The project in whose folder, or below it, that file lies.
    input_parameter, store_parameter : str
        The pipeline's parameters for the S3 folder of the input tables, and for the S3 prefix below which code lies.
    local_data : mapping of str to str
        Other parameters that hold a place in S3, and what of the project lies there in a local run.
    """

    build: Callable[[Any], Any]
    file: Path
    project: project.Project
    input_parameter: str
    store_parameter: str
    local_data: Mapping[str, str]

    @property
    def program(self) -> str:
        """How a user starts it from the project's folder, for example ``pipeline.py``."""
        return self.file.relative_to(self.project.root).as_posix()

    @cached_property
    def scripts(self) -> tuple[str, ...]:
        """The scripts that it names by their paths, as ``steps/train.py``."""
        return tuple(text for text in self._texts if text.endswith(".py") and (self.project.root / text).is_file())

    @property
    def input_patterns(self) -> dict[str, tuple[str, ...]]:
        """The file name patterns of each input contract: a run needs at least one file for each contract.

        There are none for a pipeline that names neither a script nor the parameter of the tables: one that deploys a
        model reads none.
        """
        reads = self.scripts or self.input_parameter in self._texts
        inputs = self.project.inputs if reads else ()
        return {name: tuple(f"{prefix}*" for prefix in self.project.prefixes(name)) for name in inputs}

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return closure.texts_in(self.file, self.project)


def source_of(
    build: Callable[[Any], Any],
    *,
    input_parameter: str,
    store_parameter: str,
    local_data: Mapping[str, str] | None = None,
) -> Source:
    """Find the file and the project of a function that builds a pipeline.

    Raises
    ------
    ProjectError
        When the function's file lies in no project, or the project's settings are wrong.
    """
    file = Path(inspect.getfile(build)).resolve()
    return Source(
        build=build,
        file=file,
        project=project.above(file.parent),
        input_parameter=input_parameter,
        store_parameter=store_parameter,
        local_data=local_data or {},
    )
