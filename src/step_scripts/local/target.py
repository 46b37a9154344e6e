"""What a run has to know about the place where its jobs start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path


class TargetError(StepScriptsError):
    """A target cannot run the jobs. The message says how to fix that."""


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
        """Prepare the target on entry, and clean up on exit.

        Entered before the SDK is imported. Yields the runner's settings, as values that JSON can hold. Raises a
        `TargetError` if no job could start.

        Parameters
        ----------
        folder
            The run's private folder.
        """

    def check(self, images: Iterable[str]) -> None:
        """Raise a `TargetError` if one of the images that the jobs need is missing."""
