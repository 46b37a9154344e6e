"""The process of an endpoint: it takes deployments, and sends requests to the server in service.

Run as a program: ``python3 -m step_scripts.local.endpoints.front FOLDER DESCRIPTOR``. The descriptor is the file lock
of the process, which the program that starts it has taken.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.local.endpoints import artifact
from step_scripts.local.endpoints.invocations import HttpServer
from step_scripts.local.endpoints.router import Router
from step_scripts.local.endpoints.server import Server
from step_scripts.local.endpoints.state import (
    CREATING,
    DELETING,
    FAILED,
    IN_SERVICE,
    OUT_OF_SERVICE,
    ROLLING_BACK,
    UPDATING,
    EndpointError,
    EndpointState,
    Place,
)
from step_scripts.local.hosting import free_port, port_of

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_S = 0.02  # between two questions whether a server is healthy
IDLE_S = 0.1  # between two looks whether there is anything to do
DRAIN_TIMEOUT_S = 60.0  # that requests to a server out of service get: the service's own limit for an answer
END_TIMEOUT_S = 5.0  # that requests get when the endpoint ends
MAX_RESTARTS = 3  # of a server that ends by itself, in RESTARTS_S seconds
RESTARTS_S = 60.0


class Front:
    """Carries out deployments, one at a time, and watches the server in service.

    Parameters
    ----------
    place
        The endpoint's folder.

    Attributes
    ----------
    router
        Sends requests to the server in service.
    """

    def __init__(self, place: Place) -> None:
        self._place, self.router = place, Router()
        self._state = place.read()
        self._current: Server | None = None
        self._retired: list[tuple[Server, float]] = []  # with the time at which they are stopped in any case
        self._restarts: list[float] = []
        self._stopped_by: int | None = None

    def run(self) -> int:
        """Serve until a signal, or until nothing can serve any more; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        listener = _listen(self._state, self.router)
        self._write(port=listener.server_address[1], pid=os.getpid())
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        try:
            while self.tick():
                time.sleep(IDLE_S)
        finally:
            listener.shutdown()
            listener.server_close()
            self._end()
        return 0 if self._state.status == OUT_OF_SERVICE else 1

    def _on_signal(self, number: int, _: object) -> None:
        self._stopped_by = number

    def tick(self) -> bool:
        """Do what there is to do now; return False when the endpoint has to end."""
        if self._stopped_by or not self._place.exists():  # its folder is deleted
            return False
        self._stop_retired()
        wanted = self._place.wanted()
        if wanted > self._state.last_deployment:
            self._deploy(wanted)
        elif self._current and self._current.has_ended():
            self._restart(self._current)
        return self._current is not None or self._state.status == CREATING

    def _deploy(self, number: int) -> None:
        deployment, before = self._place.deployment(number), self._current
        self._say(f"deployment {number}: {deployment.config}")
        self._write(
            status=UPDATING if before else CREATING,
            last_deployment=number,
            last_config=deployment.config,
            failure_reason=None,
        )
        server = None
        try:
            folder = self._place.deployment_folder(number)
            artifact.unpack(folder / artifact.ARCHIVE, folder / "model")
            (folder / artifact.ARCHIVE).unlink()
            server = Server(number, deployment, folder, name=self._state.name)
            self._wait_until_healthy(server, deployment.timeout_s, is_wanted=lambda: self._place.wanted() == number)
        except (EndpointError, OSError) as error:
            self._roll_back(server, str(error))
            return
        self._put_into_service(server)
        self._state = self._state.with_deployment(number, deployment)
        self._write(status=IN_SERVICE)
        self._say(f"deployment {number}: in service")

    def _wait_until_healthy(self, server: Server, timeout_s: float, is_wanted: Callable[[], bool]) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            is_healthy = server.is_healthy()
            if server.has_ended():  # also where another program answers at its port
                raise EndpointError(f"the server ended before it was healthy: {server.why_ended()}")
            if is_healthy:
                return
            if self._stopped_by or not is_wanted():
                raise EndpointError("the deployment was cancelled")
            if time.monotonic() > deadline:
                log = server.log_tail() or "it printed nothing"
                raise EndpointError(f"the server did not answer /ping with 200 within {timeout_s:g} seconds: {log}")
            time.sleep(POLL_S)

    def _put_into_service(self, server: Server) -> None:
        before, self._current = self.router.switch(server), server
        if before:
            self._retired.append((before, time.monotonic() + DRAIN_TIMEOUT_S))

    def _roll_back(self, server: Server | None, reason: str) -> None:
        """Stop a server that is not healthy. The one before stays in service; without one the endpoint has failed."""
        self._say(f"deployment {self._state.last_deployment}: failed: {reason}")
        if self._current:
            self._write(status=ROLLING_BACK, failure_reason=reason)
        if server:
            server.stop()
        _delete_model(self._place.deployment_folder(self._state.last_deployment))
        self._write(status=IN_SERVICE if self._current else FAILED, failure_reason=reason)

    def _restart(self, ended: Server) -> None:
        """Start a server again that has ended by itself, unless it has done so too often."""
        reason = f"the server ended: {ended.why_ended()}"
        self._say(reason)
        self.router.switch(None)
        self._current = None
        ended.stop()
        start = time.monotonic()
        self._restarts = [*(each for each in self._restarts if each > start - RESTARTS_S), start]
        if len(self._restarts) > MAX_RESTARTS:
            self._write(status=FAILED, failure_reason=f"{reason} (it was started again {MAX_RESTARTS} times)")
            return
        number = self._state.deployment
        deployment = self._place.deployment(number)
        server = Server(number, deployment, self._place.deployment_folder(number), name=self._state.name)
        try:
            self._wait_until_healthy(server, deployment.timeout_s, is_wanted=lambda: True)
        except EndpointError as error:
            server.stop()
            self._write(status=FAILED, failure_reason=f"{reason}; {error}")
            return
        self._put_into_service(server)
        self._say("the server was started again")

    def _stop_retired(self) -> None:
        for server, deadline in list(self._retired):
            if self.router.is_idle(server) or time.monotonic() > deadline:
                self._retired.remove((server, deadline))
                server.stop()
                shutil.rmtree(self._place.deployment_folder(server.number), ignore_errors=True)

    def _end(self) -> None:
        """Stop every server, after the requests that they have."""
        self._say("ends")
        servers = [server for server, _ in self._retired]
        if current := self.router.switch(None):
            servers.append(current)
        if self._place.exists() and self._stopped_by:
            self._write(status=DELETING)
        deadline = time.monotonic() + END_TIMEOUT_S
        while time.monotonic() < deadline and not all(map(self.router.is_idle, servers)):
            time.sleep(POLL_S)
        for server in servers:
            server.ask_to_stop()
        for server in servers:
            server.stop()
        if self._place.exists():
            if self._stopped_by:
                name = signal.Signals(self._stopped_by).name
                self._write(status=OUT_OF_SERVICE, failure_reason=f"its process was stopped by {name}")
            self._write(pid=None)

    def _write(self, **changes: object) -> None:
        self._state = self._place.write(replace(self._state, **changes))  # type: ignore[arg-type]

    def _say(self, message: str) -> None:
        print(time.strftime("%Y-%m-%d %H:%M:%S"), message, flush=True)


def _listen(state: EndpointState, router: Router) -> HttpServer:
    """Listen on the port that the endpoint had before, on that of its name, or on a free one."""
    with contextlib.suppress(OSError):  # another program has it
        return HttpServer(state.port or port_of(state.name), state.name, router)
    while True:
        try:
            return HttpServer(free_port(), state.name, router)
        except OSError:
            time.sleep(POLL_S)  # another program was faster


def _delete_model(folder: Path) -> None:
    """Delete what is large in a deployment's folder, and keep its log."""
    shutil.rmtree(folder / "model", ignore_errors=True)
    (folder / artifact.ARCHIVE).unlink(missing_ok=True)


def main(folder: str, descriptor: str) -> int:
    """Run an endpoint to its end; return the exit code."""
    os.set_inheritable(int(descriptor), False)  # noqa: FBT003  # the lock is this process's alone
    return Front(Place(Path(folder))).run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
