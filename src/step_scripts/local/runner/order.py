"""What the host tells the runner, past the SDK that stands between them, about the step that is running."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "STEP_SCRIPTS_ORDER"
RESULT = "result.json"  # in the run's folder


class Order(NamedTuple):
    """One step's order, a JSON file that the environment variable ``STEP_SCRIPTS_ORDER`` names.

    Attributes
    ----------
    host
        Process id of the program that runs the pipeline; when it is gone, the children go too.
    folder
        Private folder for the children's base folders.
    log
        File that collects what the step prints.
    failure
        File that receives the step's own failure message.
    result
        File that receives ``{"exit_code": ..., "service": ..., "reason": ...}`` of a job that failed; the reason is
        null where the exit code says it all.
    stop
        When this file appears, the children are stopped.
    isolated
        Whether the step's jobs have no network.
    target
        ``process`` or ``docker``: what the jobs start as.
    settings
        What only that target has to know.
    """

    host: int
    folder: str
    log: str
    failure: str
    result: str
    stop: str
    isolated: bool
    target: str
    settings: dict[str, Any]


class Orders:
    """The orders of one run.

    Parameters
    ----------
    folder, stop, target, settings
        As in `Order`.

    Attributes
    ----------
    folder
        As in `Order`.
    """

    def __init__(self, *, folder: Path, stop: Path, target: str, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        self._result = folder / RESULT
        self._common = {"stop": str(stop), "target": target, "settings": dict(settings)}

    def place(self, step_folder: Path, *, isolated: bool = False) -> None:
        """Leave an order for the step whose log and failure message belong into a folder."""
        self._result.unlink(missing_ok=True)
        order = Order(
            host=os.getpid(),
            folder=str(self.folder),
            log=str(step_folder / "log.txt"),
            failure=str(step_folder / "failure.txt"),
            result=str(self._result),
            isolated=isolated,
            **self._common,  # type: ignore[arg-type]
        )
        path = self.folder / "order.json"
        path.write_text(json.dumps(order._asdict()))
        os.environ.update({VARIABLE: str(path), "STEP_SCRIPTS_PYTHON": sys.executable})

    def result(self) -> dict[str, Any] | None:
        """Return what the runner says of a job that failed, if it came to that."""
        result: dict[str, Any] | None = json.loads(self._result.read_text()) if self._result.is_file() else None
        return result


def received() -> Order:
    """Read the order that the environment names.

    Raises
    ------
    KeyError
        If there is none: something other than a run of a pipeline has called the runner.
    """
    return Order(**json.loads(Path(os.environ[VARIABLE]).read_text()))
