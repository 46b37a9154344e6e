"""A model's server behind an endpoint: the runner of local jobs, which watches this process, and the server below it.

The runner stops the server, and removes its container, at SIGTERM and when this process is gone.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.closure import PACKAGE
from step_scripts.local.containers import remove_traces
from step_scripts.local.endpoints.state import tail
from step_scripts.local.hosting import free_port
from step_scripts.local.runner.engine import Engine, EngineError
from step_scripts.local.runner.job_spec import VARIABLE, JobSpec

if TYPE_CHECKING:
    from step_scripts.local.endpoints.state import Deployment

PING_TIMEOUT_S = 2.0  # the service's own limit for an answer to /ping
STOP_TIMEOUT_S = 15.0  # the runner gives a server five seconds, and an engine takes a few more
PREFIX = "step-scripts-"  # of the run's name: containers and networks have it in theirs
# As the stand-in for Docker starts the runner: the package is found where this process has it, installed or not.
_RUNNER = """
import sys
sys.path.append(sys.argv[1])
from step_scripts.local.runner import main
sys.exit(main.main(sys.argv[2]))
"""


class Server:
    """A running server.

    Attributes
    ----------
    number
        The deployment.
    port
        Of this machine, on which it listens.
    in_flight
        Requests that it is answering now. `step_scripts.local.endpoints.router` counts them.
    """

    def __init__(self, number: int, deployment: Deployment, folder: Path, *, name: str) -> None:
        self.number, self.port, self.in_flight = number, free_port(), 0
        self._folder, self._log, self._deployment = folder, folder / "log.txt", deployment
        self._run = folder / f"{PREFIX}{name}-{number}-{secrets.token_hex(4)}"
        self._run.mkdir()
        spec = JobSpec(
            host=os.getpid(),
            folder=str(self._run),
            log=str(self._log),
            failure=str(folder / "failure.txt"),
            result=str(folder / "result.json"),
            stop=str(folder / "stop"),
            isolated=True,  # a server needs no way out
            target=deployment.target,
            settings=deployment.settings,
        )
        for leftover in (spec.failure, spec.result):
            Path(leftover).unlink(missing_ok=True)
        service = {
            "image": deployment.image,
            "command": "serve",
            "environment": [f"{key}={value}" for key, value in deployment.environment.items()],
            "volumes": [f"{folder / 'model'}:/opt/ml/model"],
            "ports": [f"{self.port}:8080"],
        }
        (self._run / "job.json").write_text(json.dumps(spec._asdict()))
        compose = self._run / "compose.json"  # YAML holds JSON
        compose.write_text(json.dumps({"services": {"server": service}}))
        self._runner = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-P", "-c", _RUNNER, str(PACKAGE.parent), str(compose)],
            env={**os.environ, VARIABLE: str(self._run / "job.json")},
            stdin=subprocess.DEVNULL,
        )

    def has_ended(self) -> bool:
        """Tell whether it has ended by itself."""
        return self._runner.poll() is not None

    def is_healthy(self) -> bool:
        """Tell whether it answers ``/ping`` with 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PING_TIMEOUT_S)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        return False

    def why_ended(self) -> str:
        """Return why it ended: the exit code or signal, its failure message, and the end of its log."""
        try:
            result = json.loads((self._folder / "result.json").read_text())
        except (OSError, ValueError):
            result = {"reason": None, "exit_code": self._runner.poll()}
        reason = result["reason"] or f"exit code {result['exit_code']}"
        return ": ".join(filter(None, [reason, tail(self._folder / "failure.txt"), self.log_tail()]))

    def log_tail(self) -> str:
        """Return the end of its log."""
        return tail(self._log)

    def ask_to_stop(self) -> None:
        """Ask it to end, and do not wait."""
        self._runner.terminate()

    def stop(self) -> None:
        """End it, and what it started."""
        self.ask_to_stop()
        try:
            self._runner.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:  # a process ends with it
            self._runner.kill()
            self._runner.wait()
        if self._deployment.target == "docker":  # a runner that was killed has left its container
            with contextlib.suppress(EngineError):
                remove_traces(Engine(self._deployment.settings["program"]), self._run.name)
        shutil.rmtree(self._run, ignore_errors=True)
