"""A real-time endpoint on this machine: a model's server behind the SDK's ``create_endpoint``."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

from step_scripts.local.hosting import HostingError
from step_scripts.local.interrupt import Interrupt, Phase
from step_scripts.local.launch import stage
from step_scripts.local.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from step_scripts.local.runner.job_spec import RunSpec
    from step_scripts.local.target import Target

NAME = "local"
IMAGE = "step-scripts:latest"
ARCHIVE = "model.tar.gz"
TAIL = 1000  # characters of a server's log


class Endpoint:
    """An endpoint in service.

    Attributes
    ----------
    url : str
        Where its server listens; ``/ping`` and ``/invocations`` are below it.
    """

    def __init__(self, session: Any, port: int, spec: RunSpec) -> None:  # noqa: ANN401
        self._client, self._spec = session.sagemaker_runtime_client, spec
        self.url = f"http://127.0.0.1:{port}"

    def invoke(self, body: bytes, *, content_type: str, accept: str | None = None) -> bytes:
        """Send a body to the server, and return its answer, as ``invoke_endpoint`` does.

        Raises
        ------
        step_scripts.local.hosting.HostingError
            If the status is not 2xx. The message has the status, and the server's answer.
        """
        response = self._client.invoke_endpoint(body, NAME, content_type, accept)
        with contextlib.closing(response["Body"]) as answer:
            content: bytes = answer.read()
        return content

    def serves(self) -> bool:
        """Tell whether the server is running: it has not ended by itself."""
        return self._spec.result() is None


@contextlib.contextmanager
def endpoint(
    model: Path, *, folder: Path, target: Target | None = None, image: str = IMAGE, port: int | None = None
) -> Iterator[Endpoint]:
    """Keep an endpoint in service while entered.

    Parameters
    ----------
    model
        A ``model.tar.gz``, or a folder that holds one.
    folder
        Gets ``log.txt``, the server's output.
    target
        Where the server starts. By default, as a child process of this one.
    image
        The image of the server, where the target has images.
    port
        On which it is reached. By default, a free one.

    Raises
    ------
    step_scripts.local.hosting.HostingError
        If there is no model, or the server does not start. The message has the end of the server's log.
    step_scripts.local.interrupt.InterruptedRunError
        At Ctrl-C, SIGTERM or SIGHUP. The server has ended by then.
    step_scripts.local.target.TargetError
        If the target cannot run the server.

    Examples
    --------
    >>> from pathlib import Path
    >>> model = Path("runs/2DRR2511NGO3/Train/output")
    >>> with endpoint(model, folder=Path("runs/endpoint")) as served:  # doctest: +SKIP
    ...     served.invoke(b'{"house_id": 1, "rooms": 3}', content_type="application/json")
    b'{"house_id": 1, "probability": 0.12046012282371521, ...'
    """
    target, log = target or Processes(), folder / "log.txt"
    with Interrupt() as interrupt, stage(interrupt, target) as (session, spec):
        target.check([image])
        if port:
            session.config = {"local": {**session.config["local"], "serving_port": port}}
        place = spec.folder / "endpoint"
        _copy(model, place)
        folder.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        spec.job(folder, isolated=True).write()  # a server needs no way out
        client = session.sagemaker_client
        client.create_model(NAME, {"Image": image, "ModelDataUrl": place.as_uri(), "Environment": {}})
        variant = {"ModelName": NAME, "InstanceType": "local", "InitialInstanceCount": 1, "VariantName": "AllTraffic"}
        client.create_endpoint_config(NAME, [variant])
        try:
            with _with_server_log(folder):
                client.create_endpoint(NAME, NAME)
            interrupt.check()
            interrupt.phase = Phase.SERVING
            yield Endpoint(session, session.config["local"]["serving_port"], spec)
        finally:
            interrupt.phase = Phase.CLEANUP
            client.delete_endpoint(NAME)


def _copy(model: Path, place: Path) -> None:
    """Copy the archive into a folder of our own, because the SDK unpacks it beside the file."""
    archive = model if model.is_file() else model / ARCHIVE
    if not archive.is_file():
        raise HostingError(
            f"no model at {model}: expected a {ARCHIVE}, or a folder that holds one, such as a training step's output"
        )
    place.mkdir()
    shutil.copyfile(archive, place / ARCHIVE)


@contextlib.contextmanager
def _with_server_log(folder: Path) -> Iterator[None]:
    """Add the end of the server's log to an error."""
    try:
        yield
    except HostingError as error:
        logs = [path.read_text(errors="replace").strip() for path in sorted(folder.glob("*.txt"))]
        raise HostingError(": ".join([str(error), *(text[-TAIL:] for text in logs if text)])) from None
