"""A server of a model for the time of a step: a process of its own, which nobody else can reach."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from step_scripts import project, step

_PATIENCE = 120  # seconds in which it must have imported its libraries and loaded the model
_GRACE = 10  # seconds in which it must have ended


@contextmanager
def serving(model: Path) -> Iterator[Path]:
    """Serve a model on a Unix socket in a private folder; the server ends with the context.

    A socket in a folder, because a port is open to the whole machine, and one that is free now may be taken next.

    Parameters
    ----------
    model
        As `model.load_artifact` takes it.

    Yields
    ------
    Path
        Of the socket, once the server is ready.

    Raises
    ------
    StepError
        When the server refuses the model, with its own sentence, or is not ready in time.
    """
    with tempfile.TemporaryDirectory() as folder:
        path, errors = Path(folder, "s"), Path(folder, "stderr")  # short: a socket's path has at most 103 bytes
        command = [sys.executable, "-m", "step_scripts", "serve", "--model", str(model.absolute()), "--uds", str(path)]
        with (
            errors.open("wb") as said,
            subprocess.Popen(command, cwd=project.find().root, stdout=subprocess.PIPE, stderr=said) as server,  # noqa: S603
        ):
            try:
                if not _is_ready(server):
                    raise step.StepError(errors.read_text().strip().removeprefix("serve: ") or _silence(server))
                yield path
            finally:
                _end(server)


def _is_ready(server: "subprocess.Popen[bytes]") -> bool:
    """Wait for the line that says so; a server that ends, or takes too long and is ended, says none."""
    assert server.stdout
    limit = threading.Timer(_PATIENCE, server.kill)
    limit.start()
    try:
        return bool(server.stdout.readline())
    finally:
        limit.cancel()


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End a server and wait for it, after Ctrl-C too, when `subprocess.Popen` itself would not."""
    server.terminate()
    try:
        server.wait(_GRACE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _silence(server: "subprocess.Popen[bytes]") -> str:
    return (
        f"the server of the model ended with {server.wait()} and without a word, or was not ready in {_PATIENCE} s: "
        "start one by step-scripts serve, and name its URL by --endpoint"
    )
