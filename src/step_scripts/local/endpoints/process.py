"""Start an endpoint's process, end it, and delete what is left of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from step_scripts.closure import PACKAGE
from step_scripts.local.containers import remove_traces
from step_scripts.local.endpoints.server import PREFIX
from step_scripts.local.endpoints.state import EndpointError
from step_scripts.local.runner.engine import Engine, EngineError

if TYPE_CHECKING:
    from step_scripts.local.endpoints.state import Place

POLL_S = 0.02
END_TIMEOUT_S = 30.0  # from SIGTERM to SIGKILL of an endpoint's process, which has its servers to stop
START_TIMEOUT_S = 20.0  # until a process that was started has written its number


def start(place: Place, descriptor: int) -> None:
    """Start an endpoint's process, which neither a terminal nor this process ends."""
    private = ("AWS_", "SAGEMAKER_", "STEP_SCRIPTS_")  # of the pipeline that runs now
    with place.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "step_scripts.local.endpoints.front", str(place.folder), str(descriptor)],
            cwd=PACKAGE.parent,  # where it finds this package, installed or not
            env={name: value for name, value in os.environ.items() if not name.startswith(private)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[descriptor],
        )
    threading.Thread(target=process.wait, daemon=True).start()  # where it ends first, nothing of it is left


def stop(place: Place) -> None:
    """End an endpoint's process, if it runs."""
    started = time.monotonic()
    asked = False
    while place.is_running():
        waited = time.monotonic() - started
        pid = place.read().pid
        if pid and not asked:
            _signal(pid, signal.SIGTERM)
            asked = True
        elif pid and waited > END_TIMEOUT_S:
            _signal(pid, signal.SIGKILL)
        elif waited > START_TIMEOUT_S and not pid:
            raise EndpointError(f"the process of the endpoint {place.folder.name} has not started; see {place.log}")
        time.sleep(POLL_S)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def delete(place: Place) -> None:
    """Delete an endpoint's folder, and the containers that a killed process has left."""
    for run in place.folder.glob(f"*/{PREFIX}*"):
        deployment = place.deployment(int(run.parent.name))
        if deployment.target == "docker":
            with contextlib.suppress(EngineError):
                remove_traces(Engine(deployment.settings["program"]), run.name)
    shutil.rmtree(place.folder, ignore_errors=True)
