"""Start the server, and stop it as SageMaker stops one: by SIGTERM, at once, also as a container's first process."""

import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from step_scripts._shared import StepScriptsError
from step_scripts.serving.predictor import load_predictor
from step_scripts.serving.scorer import Scorer
from step_scripts.serving.server import MAX_MIB, application

SHUTDOWN_TIMEOUT_S = 5  # that requests under way get when the server is asked to end
_MAX_TRANSFORM_MIB = 100  # the largest body that the service's batch transform sends


class SettingError(StepScriptsError, ValueError):
    """An environment variable with an impossible value."""


def serve(
    model: Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    uds: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Load a model, serve it until SIGTERM or Ctrl-C, and return the exit code.

    Parameters
    ----------
    model
        The model's folder or archive, for the ``load`` of the project's predictor module.
    host
        Address to listen on.
    port
        Port to listen on, 0 for a free one; None for ``$SAGEMAKER_BIND_TO_PORT``, or 8080.
    uds
        Path of a Unix socket to listen on instead, which only this machine reaches; None for host and port.
    environment
        ``SAGEMAKER_BATCH``: whether this is a batch transform; ``SAGEMAKER_MAX_PAYLOAD_IN_MB``: size of the largest
        body.

    Returns
    -------
    int
        0 stopped, 1 the model or a setting is refused, or the port or the path is in use.

    Examples
    --------
    >>> serve(Path("runs/train/model"), port=8080)  # doctest: +SKIP
    ready on http://127.0.0.1:8080: POST /invocations
    0
    """
    try:
        if port is None:
            port = _whole_number(environment, "SAGEMAKER_BIND_TO_PORT", 8080, most=65535)
        batch = environment.get("SAGEMAKER_BATCH", "").lower() == "true"
        # 0 is the service's word for no limit.
        most = _whole_number(environment, "SAGEMAKER_MAX_PAYLOAD_IN_MB", MAX_MIB, most=_MAX_TRANSFORM_MIB)
        scorer = Scorer(load_predictor(model))
    except StepScriptsError as error:
        print(f"step-scripts serve: {error}", file=sys.stderr)
        return 1
    config = uvicorn.Config(
        application(scorer, max_mib=most or _MAX_TRANSFORM_MIB, batch=batch),
        host=host,
        port=port,
        uds=None if uds is None else str(uds),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    try:
        listening = config.bind_socket()
    except SystemExit:  # uvicorn has said why
        return 1
    place = f"http://{host}:{listening.getsockname()[1]}" if uds is None else f"the Unix socket {uds}"
    notes = scorer.description.notes
    _run(config, listening, ready=f"ready on {place}: POST /invocations{f' ({notes})' if notes else ''}")
    if batch:
        print(f"report: rows={scorer.counts.records} refused={scorer.counts.refused}", flush=True)
    return 0


def _run(config: uvicorn.Config, listening: socket.socket, *, ready: str) -> None:
    """Print that the server is ready, and run it until a signal."""
    listening.listen(config.backlog)  # a client that calls as soon as the server is ready has to wait, at most
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    # For signals that come before uvicorn handles them itself, and afterwards, because uvicorn raises them again when
    # it has stopped: a server that was asked to end has not failed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    print(ready, flush=True)
    server.run(sockets=[listening])


def _whole_number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) > most:
        raise SettingError(f"{name}: expected a whole number up to {most}; got {text!r}")
    return int(text)
