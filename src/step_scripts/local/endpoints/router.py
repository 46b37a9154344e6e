"""Which server gets a request: the one in service, and it keeps the requests that it has."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from step_scripts.local.endpoints.server import Server


class Router:
    """The server in service, for the threads that answer requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: Server | None = None

    @contextlib.contextmanager
    def server(self) -> Iterator[Server | None]:
        """Yield the server in service, which is not stopped while entered; None where none is in service."""
        with self._lock:
            server = self._server
            if server:
                server.in_flight += 1
        try:
            yield server
        finally:
            if server:
                with self._lock:
                    server.in_flight -= 1

    def switch(self, server: Server | None) -> Server | None:
        """Send all later requests to another server, and return the one before."""
        with self._lock:
            before, self._server = self._server, server
        return before

    def is_in_service(self) -> bool:
        """Tell whether a server is in service."""
        return self._server is not None

    def is_idle(self, server: Server) -> bool:
        """Tell whether a server that is out of service has answered all its requests."""
        with self._lock:
            return server.in_flight == 0
