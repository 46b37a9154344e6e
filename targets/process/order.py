"""What this program tells the runner, past the SDK that stands between them, about the step that is running."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "STEP_SCRIPTS_ORDER"


@dataclass(frozen=True)
class Order:
    """One step's order, a file that the environment variable ``STEP_SCRIPTS_ORDER`` names.

    Attributes
    ----------
    host
        Process id of the program that runs the pipeline; when it is gone, so are the children.
    folder
        Private folder for the children's base folders.
    log
        File that collects what the step prints.
    failure
        File that receives the step's own failure message.
    result
        File that receives ``{"exit_code": ..., "service": ...}`` of a job that failed.
    stop
        When this file appears, the children are stopped.
    search_path
        The user's ``PATH``, without the program that plays Docker.
    image_environment
        What the image's ``ENV`` lines would set.
    warm
        Whether a server of warm children listens on ``<folder>/warm``.
    """

    host: int
    folder: str
    log: str
    failure: str
    result: str
    stop: str
    search_path: str
    image_environment: dict[str, str]
    warm: bool

    def place(self, path: Path) -> None:
        """Write the order where the next runner finds it."""
        path.write_text(json.dumps(asdict(self)))
        os.environ.update({VARIABLE: str(path), "STEP_SCRIPTS_PYTHON": sys.executable})


def received() -> Order:
    """Read the order that the environment names.

    Raises
    ------
    KeyError
        If there is none, because something other than a pipeline called the runner.
    """
    return Order(**json.loads(Path(os.environ[VARIABLE]).read_text()))
