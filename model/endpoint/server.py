"""A server of a model for the time of a step: a process that only this user can reach."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from step_scripts import project, step

_START_TIMEOUT_S = 120  # to import its libraries and to load the model
_STOP_TIMEOUT_S = 10


@contextmanager
def serving(model: Path) -> Iterator[Path]:
    """Serve a model on a Unix socket in a private folder; the server ends with the context.

    A socket, because every user of the machine can reach a port, and a port that is free now may be in use next.

    Parameters
    ----------
    model
        As `model.load_artifact` takes it.

    Yields
    ------
    Path
        The socket, once the server is ready.

    Raises
    ------
    StepError
        When there is no model, the server refuses it, with the server's own error, or is not ready in time.
    """
    if not model.exists():  # found before a server starts, which takes seconds
        raise step.StepError(f"no model artifact at {model}: expected the folder or the model.tar.gz of a train step")
    with tempfile.TemporaryDirectory() as folder:
        path, errors = Path(folder, "s"), Path(folder, "stderr")  # short: a socket's path has at most 103 bytes
        command = [sys.executable, "-m", "step_scripts", "serve", "--model", str(model.absolute()), "--uds", str(path)]
        with (
            errors.open("wb") as stderr,
            subprocess.Popen(command, cwd=project.find().root, stdout=subprocess.PIPE, stderr=stderr) as server,  # noqa: S603
        ):
            try:
                if not _is_ready(server):
                    message = errors.read_text().strip().removeprefix("step-scripts serve: ")
                    raise step.StepError(message or _no_message(server))
                yield path
            finally:
                _end(server)


def _is_ready(server: "subprocess.Popen[bytes]") -> bool:
    """Wait for the server's first line; a server that ends, or is killed after the timeout, prints none."""
    assert server.stdout
    limit = threading.Timer(_START_TIMEOUT_S, server.kill)
    limit.start()
    try:
        return bool(server.stdout.readline())
    finally:
        limit.cancel()


def _end(server: "subprocess.Popen[bytes]") -> None:
    """Stop a server and wait for it, also after Ctrl-C, when `subprocess.Popen` itself does not wait."""
    server.terminate()
    try:
        server.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _no_message(server: "subprocess.Popen[bytes]") -> str:
    return (
        f"the server of the model ended with {server.wait()} and no message, or was not ready in {_START_TIMEOUT_S} s: "
        "start one by step-scripts serve, and name its URL by --endpoint"
    )
