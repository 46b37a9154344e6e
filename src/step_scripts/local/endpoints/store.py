"""What a program does with endpoints: create, update, describe, list and delete them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from step_scripts._shared import write_whole
from step_scripts.local.endpoints import artifact, locks, process
from step_scripts.local.endpoints.state import (
    CREATING,
    FAILED,
    IN_PROGRESS,
    IN_SERVICE,
    OUT_OF_SERVICE,
    UPDATING,
    Deployment,
    EndpointError,
    EndpointState,
    Place,
    now,
    tail,
)
from step_scripts.local.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from step_scripts.local.target import Target

POLL_S = 0.02
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # the service's


class Endpoints:
    """The endpoints of a folder.

    Parameters
    ----------
    folder
        Holds a folder for each of them, such as ``runs/endpoints``.
    target
        Where the servers of new deployments start. By default, as child processes of the endpoint's process.

    Examples
    --------
    >>> from pathlib import Path
    >>> endpoints = Endpoints(Path("runs", "endpoints"))
    >>> endpoints.create("houses", Deployment(config="houses-1"), model=Path("model.tar.gz"))  # doctest: +SKIP
    >>> endpoints.wait("houses").url  # doctest: +SKIP
    'http://127.0.0.1:20417'
    """

    def __init__(self, folder: Path, *, target: Target | None = None) -> None:
        self._folder = folder.resolve()
        self._target = target or Processes()

    def create(self, name: str, deployment: Deployment, *, model: Path | bytes) -> EndpointState:
        """Start to create an endpoint, in a process of its own, and do not wait for it.

        An endpoint of this name that has failed, or whose process has ended, is replaced. The new one gets its port.

        Parameters
        ----------
        name
            As the service allows it.
        deployment
            What it serves.
        model
            ``model.tar.gz``, or its content.

        Returns
        -------
        EndpointState
            Its status is ``Creating``.

        Raises
        ------
        EndpointError
            If there is one already, another command is changing it, or the name is invalid.
        step_scripts.local.target.TargetError
            If the target cannot run the server.
        """
        deployment = self._on_target(deployment)
        with self._changing(name) as place:
            port = None
            if place.exists():
                state = self._settled(place)
                if place.is_running():
                    raise EndpointError(f"cannot create the endpoint {name}: it exists already, and is {state.status}")
                port = state.port
            process.delete(place)
            try:
                return _create(place, deployment, model, port)
            except BaseException:
                process.delete(place)
                raise

    def update(self, name: str, deployment: Deployment, *, model: Path | bytes) -> EndpointState:
        """Start to update an endpoint, and do not wait for it. The server in service stays until the next is healthy.

        Returns
        -------
        EndpointState
            Its status is ``Updating``.

        Raises
        ------
        EndpointError
            If there is no such endpoint, it is not in service, or another command is changing it.
        step_scripts.local.target.TargetError
            If the target cannot run the server.
        """
        deployment = self._on_target(deployment)
        with self._changing(name) as place:
            state = self.describe(name)
            if state.status != IN_SERVICE:
                raise EndpointError(
                    f"cannot update the endpoint {name}: expected it to be {IN_SERVICE}; got: {state.status}"
                )
            number = state.last_deployment + 1
            shutil.rmtree(place.deployment_folder(number), ignore_errors=True)  # of an update that was cancelled early
            _write_deployment(place, number, deployment, model)
            place.want(number)
            return self.describe(name)

    def describe(self, name: str) -> EndpointState:
        """Return the state of an endpoint. Where its process has ended, it has failed or is out of service.

        Raises
        ------
        EndpointError
            If there is no such endpoint.
        """
        place = self._place(name)
        running = place.is_running()  # first: a process that ends in between has written its state before
        state = place.read()
        if not running:
            if state.status in {FAILED, OUT_OF_SERVICE}:
                return replace(state, pid=None)
            log = tail(place.log)
            reason = "its process has ended" + (f", without a message; the end of {place.log}: {log}" if log else "")
            return replace(state, status=FAILED, failure_reason=reason, pid=None)
        if state.status == IN_SERVICE and place.wanted() > state.last_deployment:
            return replace(state, status=UPDATING)
        return state

    def list(self) -> list[EndpointState]:
        """Return the state of each endpoint, by name. A folder without a state that can be read is left out."""
        found = []
        for folder in sorted(self._folder.iterdir()) if self._folder.is_dir() else []:
            if _NAME.fullmatch(folder.name) and Place(folder).exists():
                with contextlib.suppress(EndpointError):
                    found.append(self.describe(folder.name))
        return found

    def wait(self, name: str, *, check: Callable[[], object] = lambda: None) -> EndpointState:
        """Wait until an endpoint is in service, or its last deployment has failed.

        Parameters
        ----------
        name
            The endpoint.
        check
            Is called again and again; it may raise to end the waiting.

        Raises
        ------
        EndpointError
            If its last deployment has failed. The message says why, with the end of the server's log.
        """
        while (state := self.describe(name)).status in IN_PROGRESS:
            check()
            time.sleep(POLL_S)
        if state.status == IN_SERVICE and not state.failure_reason:
            return state
        if state.status == IN_SERVICE:
            raise EndpointError(
                f"the endpoint {name} was not updated to {state.last_config}, and {state.config} stays in service: "
                f"{state.failure_reason}"
            )
        raise EndpointError(f"the endpoint {name} is not in service: {state.failure_reason}")

    def cancel(self, name: str) -> None:
        """End what is in progress: delete an endpoint that is being created, roll back one that is being updated."""
        with contextlib.suppress(EndpointError):
            state = self.describe(name)
            if state.status == CREATING:
                self.delete(name)
            elif state.status == UPDATING:
                self._place(name).want(0)
                while self.describe(name).status in IN_PROGRESS:
                    time.sleep(POLL_S)

    def delete(self, name: str) -> None:
        """Stop an endpoint, with its servers, and delete its folder.

        Raises
        ------
        EndpointError
            If there is no such endpoint, or another command is changing it.
        """
        with self._changing(name) as place:
            place.read()
            process.stop(place)
            process.delete(place)

    def _on_target(self, deployment: Deployment) -> Deployment:
        """Add what a server's runner has to know about the target."""
        target = self._target
        if isinstance(target, Processes):  # a fork server would end with this program
            target = replace(target, fresh=True)
        with target.opened(self._folder) as settings:
            target.check([deployment.image])
        return replace(deployment, target=target.name, settings=settings)

    def _place(self, name: str) -> Place:
        if not _NAME.fullmatch(name):
            raise EndpointError(f"expected the name of an endpoint, letters, digits and hyphens; got: {name!r}")
        return Place(self._folder / name)

    @contextlib.contextmanager
    def _changing(self, name: str) -> Iterator[Place]:
        """Keep other commands from changing an endpoint while entered."""
        place = self._place(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._folder / f".{name}.lock"
        with locks.held(lock) as is_ours:
            if not is_ours:
                raise EndpointError(f"the endpoint {name} is being changed by another command; fix: try again after it")
            yield place
            if not place.folder.exists():
                lock.unlink()

    def _settled(self, place: Place) -> EndpointState:
        """Return the state, after a process that has failed has ended."""
        deadline = time.monotonic() + process.END_TIMEOUT_S
        while (state := self.describe(place.folder.name)).status in {FAILED, OUT_OF_SERVICE} and place.is_running():
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_S)
        return state


def _create(place: Place, deployment: Deployment, model: Path | bytes, port: int | None) -> EndpointState:
    place.folder.mkdir(parents=True)
    descriptor = locks.acquire(place.process_lock)
    assert descriptor is not None, "a new file has no lock"
    try:
        _write_deployment(place, 1, deployment, model)
        place.want(1)
        created = now()
        state = EndpointState(
            name=place.folder.name,
            status=CREATING,
            config=deployment.config,
            created=created,
            changed=created,
            port=port,
        )
        state = place.write(replace(state.with_deployment(0, deployment), last_config=deployment.config))
        process.start(place, descriptor)
    finally:
        os.close(descriptor)  # the process has a copy, which keeps the lock
    return state


def _write_deployment(place: Place, number: int, deployment: Deployment, model: Path | bytes) -> None:
    archive = place.deployment_folder(number) / artifact.ARCHIVE
    place.write_deployment(number, deployment)
    if isinstance(model, bytes):
        write_whole(archive, model)
    elif model.is_file():
        shutil.copyfile(model, archive)
    else:
        raise EndpointError(f"no model at {model}: expected a {artifact.ARCHIVE}")
