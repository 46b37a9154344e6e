"""What a run has to know of the place where its jobs start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path


class TargetError(StepScriptsError):
    """A place that cannot take jobs as it is. The message says what would mend that."""


class Target(Protocol):
    """Where the jobs of a run start.

    Attributes
    ----------
    name
        As in ``run.json``, and as the runner (``step_scripts.local.runner.main``) knows it.
    """

    @property
    def name(self) -> str:
        """``process`` or ``docker``."""

    def opened(self, folder: Path) -> AbstractContextManager[dict[str, Any]]:
        """Get ready, and clear away at the end.

        Entered before the SDK is imported. Lends what the runner has to know, as what JSON can hold; raises a
        `TargetError` where no job could start.

        Parameters
        ----------
        folder
            The run's private folder.
        """

    def check(self, images: Iterable[str]) -> None:
        """Raise a `TargetError` where one of the images that the jobs need is missing."""
