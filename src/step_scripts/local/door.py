"""A door for child processes into a run's AWS: moto's server on loopback, with the memory of this process."""

from __future__ import annotations

import logging
from typing import Any

_LOG = logging.getLogger("werkzeug")  # prints a line for each request


class Door:
    """Opens when somebody asks for it: most runs need none, and the server takes a second to import."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._server: Any = None

    def environment(self) -> dict[str, str]:
        """Return the variables by which a program finds the run's AWS, and no other one."""
        if self._server is None:
            from moto.server import ThreadedMotoServer

            _LOG.disabled = True
            self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
            self._server.start()
        host, port = self._server.get_host_and_port()
        return {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def close(self) -> None:
        """Close the door, if it is open."""
        if self._server is not None:
            self._server.stop()
            self._server = None
            _LOG.disabled = False
