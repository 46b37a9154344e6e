"""The endpoints of a run's account: what the account's callers deploy, here and in Lambda functions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from step_scripts.local.endpoints.state import READY_TIMEOUT_S, Deployment, EndpointError, EndpointState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from step_scripts.local.endpoints.store import Endpoints


class AccountEndpoints:
    """The machine's endpoints, as `step_scripts.sandbox.endpoints.Servers` has them.

    Parameters
    ----------
    endpoints
        Where they are kept.
    timeout_s
        Seconds until a server has to be healthy; by default those of a `Deployment`.
    """

    def __init__(self, endpoints: Endpoints, *, timeout_s: float | None = None) -> None:
        self._endpoints = endpoints
        self._timeout_s = READY_TIMEOUT_S if timeout_s is None else timeout_s
        self._lock = threading.Lock()  # a function's calls come in other threads
        self._started: list[str] = []

    def deploy(
        self,
        name: str,
        *,
        update: bool,
        config: str,
        container: Mapping[str, Any],
        model: bytes,
        variants: list[dict[str, Any]],
    ) -> None:
        """Start to create or update an endpoint, and do not wait for it."""
        deployment = Deployment(
            config=config,
            image=container.get("Image") or "",
            environment=dict(container.get("Environment") or {}),
            model_package=container.get("ModelPackageName"),
            variants=variants,
            timeout_s=self._timeout_s,
        )
        change = self._endpoints.update if update else self._endpoints.create
        with self._lock:
            change(name, deployment, model=model)
            self._started.append(name)

    def states(self) -> list[EndpointState]:
        """Return the state of each endpoint."""
        return self._endpoints.list()

    def delete(self, name: str) -> None:
        """Stop an endpoint."""
        with self._lock:
            self._endpoints.delete(name)
            self._started = [each for each in self._started if each != name]

    def settle(self, check: Callable[[], object] = lambda: None) -> list[str]:
        """Wait for what was deployed, and return why an endpoint did not get into service.

        Parameters
        ----------
        check
            Is called again and again; it may raise to end the waiting.
        """
        reasons = []
        for name in dict.fromkeys(self._started):
            try:
                self._endpoints.wait(name, check=check)
            except EndpointError as error:
                reasons.append(str(error))
        return reasons

    def cancel(self) -> None:
        """End the deployments that are in progress: nothing half-made stays."""
        for name in dict.fromkeys(self._started):
            self._endpoints.cancel(name)
