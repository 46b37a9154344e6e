"""The jobs of a compose file as child processes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local.runner import child, container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from step_scripts.local.runner.job_spec import JobSpec


class Processes:
    """The child processes of one compose file.

    Parameters
    ----------
    spec
        The step's job. Its settings: ``environment`` is what every job has in its environment; ``preloaded`` tells
        whether a fork server, started in that environment, listens in the run's folder; ``hidden`` are the folders
        that a job must not import from, joined as in PATH.
    """

    def __init__(self, spec: JobSpec) -> None:
        self._environment: dict[str, str] = spec.settings["environment"]
        self._server = Path(spec.folder) if spec.settings["preloaded"] else None
        self._log = Path(spec.log)
        self._hidden: str = spec.settings.get("hidden", "")

    def prepare(self, _: str, service: Mapping[str, Any], base: Path) -> Callable[[], child.Child]:
        """Lay out a service, and return a function that starts it.

        Raises
        ------
        container.ContainerError
            If the service needs something that a plain process does not have.
        """
        laid_out = container.make(service, base=base, environment=self._environment)
        return partial(
            child.start, laid_out, self._log, server=self._server, known=self._environment, hidden=self._hidden
        )

    def cleanup(self) -> None:
        """Remove nothing: a process that has ended leaves nothing."""
