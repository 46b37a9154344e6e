"""What the runner has to know about a step's job, in a JSON file, because the SDK stands between host and runner."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

VARIABLE = "STEP_SCRIPTS_JOB_SPEC"
RESULT = "result.json"  # in the run's folder
STOP = "stop"  # in the run's folder


class JobSpec(NamedTuple):
    """One step's job. The environment variable ``STEP_SCRIPTS_JOB_SPEC`` names its JSON file.

    Attributes
    ----------
    host
        Process id of the program that runs the pipeline. When it is gone, the runner ends the job.
    folder
        The run's private folder. The jobs' folders lie in it.
    log
        File that collects what the step prints.
    failure
        File that receives the step's own failure message.
    result
        File that receives ``{"exit_code": ..., "service": ..., "reason": ...}`` of a job that failed. The reason is
        null where the exit code says it all.
    stop
        When this file appears, the runner ends the job.
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

    def write(self) -> None:
        """Write the file and name it in this process's environment, for the runner that the SDK starts next."""
        Path(self.result).unlink(missing_ok=True)
        path = Path(self.folder, "job.json")
        path.write_text(json.dumps(self._asdict()))
        package = Path(__file__).resolve().parents[2]
        os.environ.update(
            {VARIABLE: str(path), "STEP_SCRIPTS_PYTHON": sys.executable, "STEP_SCRIPTS_PATH": str(package.parent)}
        )


class RunSpec(NamedTuple):
    """What all jobs of one run share; the attributes are those of `JobSpec`."""

    folder: Path
    target: str
    settings: dict[str, Any]

    @property
    def stop(self) -> Path:
        """The file that ends the job which is running."""
        return self.folder / STOP

    def job(self, step_folder: Path, *, isolated: bool = False) -> JobSpec:
        """Return the spec of a step whose log and failure message belong into a folder."""
        return JobSpec(
            host=os.getpid(),
            folder=str(self.folder),
            log=str(step_folder / "log.txt"),
            failure=str(step_folder / "failure.txt"),
            result=str(self.folder / RESULT),
            stop=str(self.stop),
            isolated=isolated,
            target=self.target,
            settings=self.settings,
        )

    def result(self) -> dict[str, Any] | None:
        """Return what the runner wrote about a job that failed, or None."""
        path = self.folder / RESULT
        result: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
        return result


def read() -> JobSpec:
    """Read the spec that the environment names.

    Raises
    ------
    KeyError
        If the environment names none: the runner was not started by a run of a pipeline.
    """
    return JobSpec(**json.loads(Path(os.environ[VARIABLE]).read_text()))
