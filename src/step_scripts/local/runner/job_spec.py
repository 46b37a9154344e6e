"""What the runner has to know about a step's job, in a JSON file, because the SDK stands between host and runner.

A step has one job, whose file is ``job.json``. The trials of a tuning step are jobs of their own that run at the same
time: each has a file that its name is part of. The SDK puts a training job's name into the job's environment, by which
the runner finds the file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "STEP_SCRIPTS_JOB_SPEC"
JOB = "job.json"  # in the run's folder
JOB_NAME = "TRAINING_JOB_NAME="  # an entry of a service's environment
RESULT = "result.json"  # in the run's folder
STOP = "stop"  # in the run's folder


class JobSpec(NamedTuple):
    """One job. The environment variable ``STEP_SCRIPTS_JOB_SPEC`` names ``job.json``, and the others lie beside it.

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
    file
        The spec's own file.
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
    file: str = JOB

    def write(self) -> None:
        """Write the file, and name its folder in this process's environment, for the runner that the SDK starts next.

        The environment is the same for all jobs of a run, so that they may start at the same time.
        """
        Path(self.result).unlink(missing_ok=True)
        Path(self.folder, self.file).write_text(json.dumps(self._asdict()))
        package = Path(__file__).resolve().parents[2]
        path = Path(self.folder, JOB)
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

    def job(self, step_folder: Path, *, isolated: bool = False, name: str | None = None) -> JobSpec:
        """Return the spec of a job whose log and failure message belong into a folder.

        Parameters
        ----------
        step_folder
            The folder.
        isolated
            Whether the job has no network.
        name
            The training job's name, of one of several that run at the same time.
        """
        return JobSpec(
            host=os.getpid(),
            folder=str(self.folder),
            log=str(step_folder / "log.txt"),
            failure=str(step_folder / "failure.txt"),
            result=str(self.folder / _of(RESULT, name)),
            stop=str(self.stop),
            isolated=isolated,
            target=self.target,
            settings=self.settings,
            file=_of(JOB, name),
        )

    def result(self, name: str | None = None) -> dict[str, Any] | None:
        """Return what the runner wrote about a job that failed, or None.

        Parameters
        ----------
        name
            As of `job`.
        """
        path = self.folder / _of(RESULT, name)
        result: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
        return result

    def reason(self, name: str | None = None) -> str | None:
        """Return why a job failed, as a person reads it, or None. The name is as of `job`."""
        result = self.result(name)
        return (result["reason"] or exit_reason(result["exit_code"])) if result else None


def exit_reason(code: int) -> str:
    """Say what a child process's exit code means.

    Examples
    --------
    >>> exit_reason(3), exit_reason(-15)
    ('exit code 3', 'killed by signal 15')
    """
    if code >= 0:
        return f"exit code {code}"
    hint = ", as the system does when memory runs out" if code == -9 else ""
    return f"killed by signal {-code}{hint}"


def read(services: Mapping[str, Mapping[str, Any]]) -> JobSpec:
    """Read the spec of a compose file's job.

    Parameters
    ----------
    services
        As the SDK writes them, by name.

    Raises
    ------
    KeyError
        If the environment names no spec: the runner was not started by a run of a pipeline.
    """
    step = Path(os.environ[VARIABLE])
    words = [word for service in services.values() for word in service.get("environment", [])]
    names = [word.removeprefix(JOB_NAME) for word in words if word.startswith(JOB_NAME)]
    own = [path for name in names if (path := step.with_name(_of(JOB, name))).is_file()]
    return JobSpec(**json.loads((own[0] if own else step).read_text()))


def _of(file: str, name: str | None) -> str:
    return f"{name}.{file}" if name else file
