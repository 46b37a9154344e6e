"""The SDK's local endpoints and batch transforms: what we replace in them, and why.

A part of `step_scripts.local.sdk`, under the same rule: ``tests/step_scripts/runs/test_hosting_canaries.py`` fails when
the SDK renames a symbol, or no longer needs what we do.

======================================================  ===============================================================
symbol                                                  why
======================================================  ===============================================================
LocalSagemakerRuntimeClient.invoke_endpoint (patched)   ignores the status: a batch transform writes the body of an
                                                        error as a prediction, and succeeds
_LocalTransformJob.start (patched)                      leaves the server running when the transform fails
entities._wait_for_serving_container (patched)          asks every five seconds, and asks for two minutes even a server
                                                        that has ended
_SageMakerContainer.serve (patched)                     takes port 8080 of this machine, also when it is not free
_HostingContainer.run (patched)                         prints a traceback when the server ends; the runner reports why
_HostingContainer.down (patched)                        looks for the runner's children with pgrep, which a machine may
                                                        lack; the runner stops them itself
======================================================  ===============================================================
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
import urllib.error
import urllib.request
import zlib
from functools import wraps
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError
from step_scripts.local.patches import patched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLL_S = 0.02  # between two questions whether a server is ready
READY_TIMEOUT_S = 120  # the SDK's own
_PORTS = range(20_000, 32_000)  # connections have those from 32,768 on Linux, from 49,152 on macOS
_asked = itertools.count()


class HostingError(StepScriptsError, RuntimeError):
    """A server did not start, or answered with an error."""


def free_port() -> int:
    """Return a free port of this machine, on which a server may start a moment later.

    It lies below the ports that systems give to connections. One of those could be taken in that moment: even by our
    own question whether the server is ready, which the system may connect to itself.
    """
    # Parallel runs try the ports in different orders.
    first = os.getpid() * 97 + next(_asked)
    for number in range(len(_PORTS)):
        port = _PORTS[(first + number) % len(_PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise HostingError(f"expected a free port from {_PORTS[0]} to {_PORTS[-1]}; got: all are in use")


def port_of(name: str) -> int:
    """Return the port that a server of this name tries first, so that its address can be written down.

    Examples
    --------
    >>> port_of("houses")
    26347
    """
    return _PORTS[zlib.crc32(name.encode()) % len(_PORTS)]


@contextlib.contextmanager
def patched_hosting(has_ended: Callable[[], bool]) -> Iterator[None]:
    """Replace parts of the SDK's local hosting while entered.

    Parameters
    ----------
    has_ended
        Tells whether the server that was started last has ended by itself.
    """
    from sagemaker.core.local import entities, image, local_session

    def wait(port: int, timeout: float = READY_TIMEOUT_S) -> None:
        _wait_for_server(port, timeout, has_ended)

    def down(container: Any) -> None:  # noqa: ANN401
        container.process.terminate()

    runtime, transform, hosting = (
        local_session.LocalSagemakerRuntimeClient,
        entities._LocalTransformJob,  # noqa: SLF001
        image._HostingContainer,  # noqa: SLF001
    )
    with (
        patched(entities, "_wait_for_serving_container", wait),
        patched(runtime, "invoke_endpoint", _raising_errors(runtime.invoke_endpoint)),
        patched(transform, "start", _stopping_server(transform.start)),
        patched(image._SageMakerContainer, "serve", _on_free_port(image._SageMakerContainer.serve)),  # noqa: SLF001
        patched(hosting, "run", _without_traceback(hosting.run)),
        patched(hosting, "down", down),
    ):
        yield


def _wait_for_server(port: int, timeout: float, has_ended: Callable[[], bool]) -> None:
    """Wait until a server is ready.

    Raises
    ------
    HostingError
        If it has ended, or takes too long.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5) as answer:
            if answer.status == 200:
                return
        if has_ended():
            raise HostingError("the server ended before it was ready")
        time.sleep(POLL_S)
    raise HostingError(f"the server was not ready after {timeout:.0f} seconds")


def _raising_errors(invoke: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @wraps(invoke)
    def invoke_endpoint(*args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        response = invoke(*args, **kwargs)
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        if not 200 <= status < 300:
            body = response["Body"].read(1000).decode("utf-8", "replace")
            raise HostingError(f"the server answered {status}: {body}")
        return response

    return invoke_endpoint


def _on_free_port(serve: Callable[..., None]) -> Callable[..., None]:
    @wraps(serve)
    def serve_on_free_port(container: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        session = container.sagemaker_session
        settings = {"serving_port": free_port(), **session.config["local"]}
        session.config = {**session.config, "local": settings}
        serve(container, *args, **kwargs)

    return serve_on_free_port


def _stopping_server(start: Callable[..., None]) -> Callable[..., None]:
    @wraps(start)
    def start_and_stop(job: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        try:
            start(job, *args, **kwargs)
        except BaseException:
            if job.container:
                job.container.stop_serving()
            raise

    return start_and_stop


def _without_traceback(run: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(run)
    def run_without_traceback(container: Any) -> None:  # noqa: ANN401
        with contextlib.suppress(RuntimeError):
            run(container)

    return run_without_traceback
