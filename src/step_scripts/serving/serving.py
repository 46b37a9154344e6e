"""Start the server, and stop it as SageMaker stops one: by SIGTERM, at once, also as a container's first process."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from model.answer import Scorer
from model.artifact import ArtifactError, load_artifact
from step_scripts._shared import StepScriptsError
from step_scripts.serving.server import MOST_MIB, application

GRACE = 5  # seconds that requests under way get when the server is asked to end


class SettingError(StepScriptsError, ValueError):
    """An environment variable that says what cannot be."""


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
        As `model.load_artifact` takes it.
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
        0 stopped, 1 the model or a setting is refused, or the port or the path is taken.

    Examples
    --------
    >>> serve(Path("runs/train/model"), port=8080)  # doctest: +SKIP
    ready on http://127.0.0.1:8080: POST /invocations (threshold 0.1135)
    0
    """
    try:
        if port is None:
            port = _whole(environment, "SAGEMAKER_BIND_TO_PORT", 8080, most=65535)
        batch = environment.get("SAGEMAKER_BATCH", "").lower() == "true"
        # Absent or 0, the service's word for no limit: the largest that it sends.
        most = _whole(environment, "SAGEMAKER_MAX_PAYLOAD_IN_MB", MOST_MIB, most=100) or 100
        scorer = Scorer(load_artifact(model))
    except (ArtifactError, SettingError) as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1
    app = application(scorer, most_mib=most, batch=batch)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        uds=None if uds is None else str(uds),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )
    try:
        listening = config.bind_socket()
    except SystemExit:  # uvicorn has said why
        return 1
    listening.listen(config.backlog)  # who calls as soon as it says ready waits in line, and is not refused
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    # Before uvicorn listens to signals itself, and afterwards, for it raises them again when it is through: being
    # stopped is how a server ends, not how it fails.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    place = f"http://{host}:{listening.getsockname()[1]}" if uds is None else f"the Unix socket {uds}"
    print(f"ready on {place}: POST /invocations (threshold {scorer.artifact.threshold:.4f})", flush=True)
    server.run(sockets=[listening])
    if batch:
        print(f"report: rows={scorer.counts.records} refused={scorer.counts.refused}", flush=True)
    return 0


def _whole(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    told = environment.get(name, "")
    if not told:
        return default
    if not told.isdecimal() or int(told) > most:
        raise SettingError(f"{name}: expected a whole number up to {most}; got {told!r}")
    return int(told)
