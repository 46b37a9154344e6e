"""What this project needs of the SageMaker SDK's local hosting, endpoints and batch transforms, that it does not do.

Part two of `step_scripts.local.sdk`, and like that kept in one place: ``tests/local/test_hosting_canaries.py`` fails when the
SDK renames a symbol, or mends what made it necessary.

======================================================  ===============================================================
symbol                                                  why
======================================================  ===============================================================
LocalSagemakerRuntimeClient.invoke_endpoint (patched)   never looks at the status: a batch transform writes an error's
                                                        body as a prediction, and succeeds
_LocalTransformJob.start (patched)                      leaves the server running when the transform fails
entities._wait_for_serving_container (patched)          asks every five seconds, and for two minutes also a server that
                                                        has ended
_SageMakerContainer.serve (patched)                     takes port 8080 of this machine, whoever has it
_HostingContainer.run (patched)                         prints a traceback when the server ends; the runner tells why
_HostingContainer.down (patched)                        looks for the runner's children with pgrep, which a machine need
                                                        not have; the runner stops them itself
======================================================  ===============================================================
"""

from __future__ import annotations

import contextlib
import socket
import time
import urllib.error
import urllib.request
from functools import wraps
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError
from step_scripts.local.patches import patched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLL = 0.02  # seconds between two questions whether a server is ready
PATIENCE = 120  # seconds, the SDK's own


class HostingError(StepScriptsError, RuntimeError):
    """A server that did not start, or an answer that is none."""


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def mended(has_ended: Callable[[], bool]) -> Iterator[None]:
    """Mend the SDK's local hosting while entered.

    Parameters
    ----------
    has_ended
        Tells whether the server that was started last has ended by itself.
    """
    from sagemaker.core.local import entities, image, local_session

    def wait(port: int, timeout: float = PATIENCE) -> None:
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
        patched(runtime, "invoke_endpoint", _answered(runtime.invoke_endpoint)),
        patched(transform, "start", _cleared(transform.start)),
        patched(image._SageMakerContainer, "serve", _with_a_port(image._SageMakerContainer.serve)),  # noqa: SLF001
        patched(hosting, "run", _quiet(hosting.run)),
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
            raise HostingError("the server has ended before it was ready")
        time.sleep(POLL)
    raise HostingError(f"the server was not ready after {timeout:.0f} seconds")


def _answered(invoke: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @wraps(invoke)
    def invoke_endpoint(*args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        response = invoke(*args, **kwargs)
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        if not 200 <= status < 300:
            told = response["Body"].read(1000).decode("utf-8", "replace")
            raise HostingError(f"the server answered {status}: {told}")
        return response

    return invoke_endpoint


def _with_a_port(serve: Callable[..., None]) -> Callable[..., None]:
    @wraps(serve)
    def serve_on_a_port(container: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        session = container.sagemaker_session
        settings = {"serving_port": free_port(), **session.config["local"]}
        session.config = {**session.config, "local": settings}
        serve(container, *args, **kwargs)

    return serve_on_a_port


def _cleared(start: Callable[..., None]) -> Callable[..., None]:
    @wraps(start)
    def start_and_clear(job: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        try:
            start(job, *args, **kwargs)
        except BaseException:
            if job.container:
                job.container.stop_serving()
            raise

    return start_and_clear


def _quiet(run: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(run)
    def run_quietly(container: Any) -> None:  # noqa: ANN401
        with contextlib.suppress(RuntimeError):
            run(container)

    return run_quietly
