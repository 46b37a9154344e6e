"""The way of a request: from a client, by HTTP or by ``boto3``, to the server in service, and back."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from step_scripts.local.endpoints.router import Router
    from step_scripts.local.endpoints.server import Server

MAX_BYTES = 25_000_000  # of a request's body: the service's own limit for a real-time endpoint
_DRAINED_BYTES = 4 * MAX_BYTES  # of a larger body are read before the answer, because its client is still sending
INVOCATION_TIMEOUT_S = 60.0  # the service's own limit for an answer
VARIANT = "AllTraffic"
# Headers that belong to one connection, and those that each side writes anew.
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "date", "expect", "host", "keep-alive", "proxy-authenticate"}
    | {"proxy-authorization", "server", "te", "trailer", "transfer-encoding", "upgrade"}
)


class Answer(NamedTuple):
    """What a client gets."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpServer(ThreadingHTTPServer):
    """Listens on this machine alone."""

    daemon_threads = True
    request_queue_size = 128  # connections that wait to be accepted; the default of five refuses some under load

    def __init__(self, port: int, name: str, router: Router) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.name, self.router = name, router

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as the standard library has it
        """Print a traceback, unless the client has gone."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Passes requests on: ``/invocations`` and any other path as they are, those of ``boto3`` with its errors."""

    server: HttpServer
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Pass a question on, such as ``/ping``."""
        if self.headers.get("Content-Length", "0") != "0":
            self.close_connection = True  # a body that is not read would be taken for the next request
        self._send(self._passed_on(b""))

    def do_POST(self) -> None:
        """Pass records on, and answer as the service does where ``boto3`` sent them."""
        body = self._body()
        if isinstance(body, Answer):
            self.close_connection = True
            self._send(body)
            return
        first, _, rest = self.path.lstrip("/").partition("/")
        if first != "endpoints":
            self._send(self._passed_on(body))
        elif rest != f"{self.server.name}/invocations" or not self.server.router.is_in_service():
            self._send(_not_found(rest.partition("/")[0]))
        else:
            self.path = "/invocations"
            self._send(_as_service(self._passed_on(body)))

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""

    def _body(self) -> bytes | Answer:
        announced = self.headers.get("Content-Length", "")
        if not announced.isdecimal():
            return _error(411, "expected a Content-Length header")
        if (size := int(announced[:20])) > MAX_BYTES:
            if size <= _DRAINED_BYTES:
                while size and (part := self.rfile.read(min(size, 2**20))):
                    size -= len(part)
            return _error(413, f"expected at most {MAX_BYTES:,} bytes; got {announced}: send several requests")
        return self.rfile.read(size)

    def _passed_on(self, body: bytes) -> Answer:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}
        with self.server.router.server() as server:
            if server is None:
                return _error(503, "the endpoint is not in service")
            return _ask(server, self.command, self.path, headers, body)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        with contextlib.suppress(OSError):  # the client has gone
            self.end_headers()
            self.wfile.write(answer.body)


def _ask(server: Server, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=INVOCATION_TIMEOUT_S)
    with contextlib.closing(connection):
        try:
            connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _OWN_HEADERS}
            return Answer(response.status, kept, response.read())
        except TimeoutError:
            return _error(504, f"the server gave no answer within {INVOCATION_TIMEOUT_S:.0f} seconds")
        except (OSError, http.client.HTTPException) as error:
            return _error(502, f"the server gave no answer: {error or type(error).__name__}")


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps({"error": message}).encode())


def _not_found(name: str) -> Answer:
    """Return the service's answer for an endpoint that does not exist."""
    headers = {"Content-Type": "application/json", "x-amzn-errortype": "ValidationError"}
    return Answer(400, headers, json.dumps({"Message": f"Endpoint {name} not found."}).encode())


def _as_service(answer: Answer) -> Answer:
    """Return an answer as ``InvokeEndpoint`` gives it: an error of the server is a ``ModelError``."""
    if 200 <= answer.status < 300:
        return Answer(200, {**answer.headers, "x-Amzn-Invoked-Production-Variant": VARIANT}, answer.body)
    text = answer.body.decode("utf-8", "replace")
    side = "client" if answer.status < 500 else "server"
    message = f'Received {side} error ({answer.status}) from primary with message "{text}".'
    content = {"Message": message, "OriginalMessage": text, "OriginalStatusCode": answer.status}
    headers = {"Content-Type": "application/json", "x-amzn-errortype": "ModelError"}
    return Answer(424, headers, json.dumps(content).encode())
