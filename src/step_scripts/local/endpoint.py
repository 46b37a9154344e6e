"""A real-time endpoint on this machine: a model's server behind the SDK's own ``create_endpoint``."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

from step_scripts.local.hosting import HostingError
from step_scripts.local.interrupt import Interrupt
from step_scripts.local.launch import stage
from step_scripts.local.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from step_scripts.local.runner.order import Orders
    from step_scripts.local.target import Target

NAME = "local"
IMAGE = "step-scripts:latest"
ARCHIVE = "model.tar.gz"
TAIL = 1000  # characters of what a server said


class Endpoint:
    """An endpoint that serves.

    Attributes
    ----------
    url : str
        Where its server listens; ``/ping`` and ``/invocations`` lie below.
    """

    def __init__(self, session: Any, port: int, orders: Orders) -> None:  # noqa: ANN401
        self._client, self._orders = session.sagemaker_runtime_client, orders
        self.url = f"http://127.0.0.1:{port}"

    def invoke(self, body: bytes, *, content_type: str, accept: str | None = None) -> bytes:
        """Ask, as ``invoke_endpoint`` does.

        Raises
        ------
        step_scripts.local.hosting.HostingError
            If the answer has a status other than 2xx; the message says which, and what the server said.
        """
        response = self._client.invoke_endpoint(body, NAME, content_type, accept)
        with contextlib.closing(response["Body"]) as answer:
            told: bytes = answer.read()
        return told

    def serves(self) -> bool:
        """Tell whether the server has not ended by itself."""
        return self._orders.result() is None


@contextlib.contextmanager
def endpoint(
    model: Path, *, folder: Path, target: Target | None = None, image: str = IMAGE, port: int | None = None
) -> Iterator[Endpoint]:
    """Keep an endpoint while entered.

    Parameters
    ----------
    model
        A ``model.tar.gz``, or a folder that holds one.
    folder
        Gets ``log.txt``, what the server prints.
    target
        Where the server starts; as a child process of this one unless told otherwise.
    image
        The image of the server, where the target has images.
    port
        On which it is reached; a free one unless told otherwise.

    Raises
    ------
    step_scripts.local.hosting.HostingError
        If there is no model, or the server does not start; the message says what it said.
    step_scripts.local.interrupt.InterruptedRunError
        At Ctrl-C, SIGTERM or SIGHUP; the server is gone by then.
    step_scripts.local.target.TargetError
        If the target cannot take the server.

    Examples
    --------
    >>> from pathlib import Path
    >>> model = Path("runs/2DRR2511NGO3/Train/output")
    >>> with endpoint(model, folder=Path("runs/endpoint")) as served:  # doctest: +SKIP
    ...     served.invoke(claim, content_type="application/json")
    b'{"policy_id": 1, "probability": 0.12046012282371521, ...'
    """
    target, log = target or Processes(), folder / "log.txt"
    with Interrupt() as interrupt, stage(interrupt, target) as (session, orders):
        target.check([image])
        if port:
            session.config = {"local": {**session.config["local"], "serving_port": port}}
        place = orders.folder / "endpoint"
        _copied(model, place)
        folder.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        orders.place(folder, isolated=True)  # a server answers, and asks nobody
        client = session.sagemaker_client
        client.create_model(NAME, {"Image": image, "ModelDataUrl": place.as_uri(), "Environment": {}})
        variant = {"ModelName": NAME, "InstanceType": "local", "InitialInstanceCount": 1, "VariantName": "AllTraffic"}
        client.create_endpoint_config(NAME, [variant])
        try:
            with _explained(folder):
                client.create_endpoint(NAME, NAME)
            interrupt.check()
            yield Endpoint(session, session.config["local"]["serving_port"], orders)
        finally:
            client.delete_endpoint(NAME)


def _copied(model: Path, place: Path) -> None:
    """Copy the archive into a folder of our own: the SDK unpacks it where it finds it."""
    archive = model if model.is_file() else model / ARCHIVE
    if not archive.is_file():
        raise HostingError(f"no model at {model}: expected a {ARCHIVE}, or a folder that holds one, as Train's output")
    place.mkdir()
    shutil.copyfile(archive, place / ARCHIVE)


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Let an error say what the server said last."""
    try:
        yield
    except HostingError as error:
        told = [path.read_text(errors="replace").strip() for path in sorted(folder.glob("*.txt"))]
        raise HostingError(": ".join([str(error), *(text[-TAIL:] for text in told if text)])) from None
