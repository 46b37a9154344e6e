"""The jobs of a compose file as child processes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local.runner import child, container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from step_scripts.local.runner.order import Order


class Processes:
    """The child processes of one compose file.

    Parameters
    ----------
    job
        The step's order. Its settings: ``environment`` is what every job finds in its environment, ``warm`` tells
        whether a server of warm children, started in that environment, listens in the run's folder.
    """

    def __init__(self, job: Order) -> None:
        self._environment: dict[str, str] = job.settings["environment"]
        self._server = Path(job.folder) if job.settings["warm"] else None
        self._log = Path(job.log)
        self._hidden: str = job.settings.get("hidden", "")

    def prepare(self, _: str, service: Mapping[str, Any], base: Path) -> Callable[[], child.Child]:
        """Lay out a service; return what starts it.

        Raises
        ------
        container.ContainerError
            If it needs more of a container than plain processes offer.
        """
        laid_out = container.make(service, base=base, environment=self._environment)
        return partial(
            child.start, laid_out, self._log, server=self._server, known=self._environment, hidden=self._hidden
        )

    def disband(self) -> None:
        """Leave nothing: of a process that has ended, nothing is left."""
