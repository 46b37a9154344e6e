"""Send claims to an endpoint by HTTP, over a port or over a Unix socket."""

import json
import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TypeAlias

from step_scripts import step

Ask: TypeAlias = Callable[[bytes], bytes]  # a claim in, its answer out, both JSON; raises StepError
ANSWER_TIMEOUT_S = 60  # as long as SageMaker waits for a container's answer

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
_MAX_SHOWN = 200  # characters of an unexpected answer


class UnixConnection(HTTPConnection):
    """HTTP over a Unix socket, by its path."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_TIMEOUT_S)
        self.sock.connect(str(self._path))


def over_http(connection: HTTPConnection, path: str, shown: str) -> Ask:
    """Return a function that posts a claim to ``/invocations`` over a connection that stays open.

    Parameters
    ----------
    connection
        Open or not.
    path
        Path of the server's URL, usually empty. It may end with ``/invocations``.
    shown
        Name of the endpoint in error messages.
    """
    place = f"{path.rstrip('/').removesuffix('/invocations')}/invocations"

    def ask(claim: bytes) -> bytes:
        try:
            connection.request("POST", place, claim, _HEADERS)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            raise step.StepError(
                f"{shown} does not answer ({error or type(error).__name__}): start a server there, as by "
                "step-scripts serve, or name another endpoint"
            ) from None
        if response.status != 200:
            raise step.StepError(f"{shown} answers {response.status}: {sentence(answer)}")
        return answer

    return ask


def sentence(body: bytes) -> str:
    """Return the error in the body of a refusal, or the beginning of a body without one.

    Examples
    --------
    >>> sentence(b'{"error": "num_injuries is missing"}'), sentence(b"<html>")
    ('num_injuries is missing', '<html>')
    """
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:_MAX_SHOWN].decode(errors="replace") or "nothing"
