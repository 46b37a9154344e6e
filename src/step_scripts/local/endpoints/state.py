"""What is known of an endpoint: a folder with its state, its deployments and their logs.

::

    runs/endpoints/houses/
      endpoint.json   its state; the endpoint's process writes it, whole, whenever something changes
      wanted.json     the number of the deployment that was asked for last
      process.lock    locked for as long as the process runs
      log.txt         what the process did
      2/              a deployment: deployment.json, model.tar.gz, model/, and log.txt of its server
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError, write_whole
from step_scripts.local.endpoints import locks

if TYPE_CHECKING:
    from pathlib import Path

# The service's words, https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
CREATING, IN_SERVICE, UPDATING, ROLLING_BACK = "Creating", "InService", "Updating", "RollingBack"
DELETING, FAILED, OUT_OF_SERVICE = "Deleting", "Failed", "OutOfService"
IN_PROGRESS = frozenset({CREATING, UPDATING, ROLLING_BACK, DELETING})

READY_TIMEOUT_S = 120.0  # until a server is healthy: the SDK's own
TAIL = 1000  # characters of a log that a message shows


class EndpointError(StepScriptsError, RuntimeError):
    """An endpoint cannot be changed as asked, or a deployment has failed. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One model, put into service.

    Attributes
    ----------
    config
        Name of the endpoint configuration.
    image
        The server's image, where the target has images.
    environment
        The model's own environment variables.
    model_package
        ARN of the model package, if the model comes from one.
    variants
        The configuration's production variants, as the service has them.
    target
        ``process`` or ``docker``.
    settings
        What only that target has to know.
    timeout_s
        Seconds until the server has to be healthy.
    """

    config: str
    image: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    model_package: str | None = None
    variants: list[dict[str, Any]] = field(default_factory=list)
    target: str = "process"
    settings: dict[str, Any] = field(default_factory=dict)
    timeout_s: float = READY_TIMEOUT_S


@dataclass(frozen=True, kw_only=True)
class EndpointState:
    """The state of an endpoint.

    Attributes
    ----------
    name
        Its name.
    status
        ``Creating``, ``InService``, ``Updating``, ``RollingBack``, ``Deleting``, ``OutOfService`` or ``Failed``.
    config
        The endpoint configuration that is in service. While the endpoint is created: the one that will be.
    deployment
        Number of the deployment that is in service; 0 for none.
    last_deployment
        Number of the deployment that was tried last.
    last_config
        The endpoint configuration that was tried last.
    failure_reason
        Why the last deployment failed; None where it did not.
    port
        On which it is reached; the same one after an update.
    pid
        Its process, if it runs.
    created, changed
        When, as ISO 8601 in UTC.
    target, image, model_package, variants
        Of the deployment that is in service.
    """

    name: str
    status: str
    config: str
    created: str
    changed: str
    deployment: int = 0
    last_deployment: int = 0
    last_config: str = ""
    failure_reason: str | None = None
    port: int | None = None
    pid: int | None = None
    target: str = "process"
    image: str = ""
    model_package: str | None = None
    variants: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str | None:
        """Where it listens: ``/invocations`` and ``/ping`` are below it."""
        return f"http://127.0.0.1:{self.port}" if self.port else None

    @property
    def version(self) -> str | None:
        """The version of the model package in service.

        Examples
        --------
        >>> arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/houses/3"
        >>> EndpointState(name="a", status="", config="", created="", changed="", model_package=arn).version
        '3'
        """
        return self.model_package.rpartition("/")[2] if self.model_package else None

    def with_deployment(self, number: int, deployment: Deployment) -> EndpointState:
        """Return the state with another deployment in service."""
        return replace(
            self,
            config=deployment.config,
            deployment=number,
            target=deployment.target,
            image=deployment.image,
            model_package=deployment.model_package,
            variants=deployment.variants,
        )


@dataclass(frozen=True)
class Place:
    """An endpoint's folder."""

    folder: Path

    @property
    def log(self) -> Path:
        """What its process printed."""
        return self.folder / "log.txt"

    @property
    def process_lock(self) -> Path:
        """Locked by its process."""
        return self.folder / "process.lock"

    def exists(self) -> bool:
        """Tell whether there is an endpoint in the folder."""
        return (self.folder / "endpoint.json").is_file()

    def is_running(self) -> bool:
        """Tell whether its process runs. A process that has got the same number later does not count."""
        return locks.is_held(self.process_lock)

    def read(self) -> EndpointState:
        """Return the state as its process wrote it.

        Raises
        ------
        EndpointError
            If there is no endpoint, or its state cannot be read.
        """
        path = self.folder / "endpoint.json"
        try:
            found = json.loads(path.read_text())
            return EndpointState(**{name: value for name, value in found.items() if name not in {"schema", "url"}})
        except FileNotFoundError:
            raise EndpointError(f"there is no endpoint {self.folder.name} in {self.folder.parent}") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise EndpointError(
                f"{path}: expected the state of an endpoint; got {error!r}; fix: delete {self.folder}"
            ) from None

    def write(self, state: EndpointState) -> EndpointState:
        """Write the state, with the time of the change, and return it."""
        state = replace(state, changed=now())
        content = {"schema": 1, **asdict(state), "url": state.url}
        write_whole(self.folder / "endpoint.json", (json.dumps(content, indent=2) + "\n").encode())
        return state

    def wanted(self) -> int:
        """Return the number of the deployment that was asked for last; 0 where it was cancelled."""
        try:
            number: int = json.loads((self.folder / "wanted.json").read_text())["deployment"]
        except FileNotFoundError:
            return 0
        return number

    def want(self, number: int) -> None:
        """Ask for a deployment."""
        write_whole(self.folder / "wanted.json", json.dumps({"deployment": number}).encode())

    def deployment_folder(self, number: int) -> Path:
        """Return the folder of a deployment."""
        return self.folder / str(number)

    def deployment(self, number: int) -> Deployment:
        """Return a deployment."""
        return Deployment(**json.loads((self.deployment_folder(number) / "deployment.json").read_text()))

    def write_deployment(self, number: int, deployment: Deployment) -> None:
        """Write a deployment."""
        path = self.deployment_folder(number) / "deployment.json"
        write_whole(path, (json.dumps(asdict(deployment), indent=2) + "\n").encode())


def now() -> str:
    """Return the time, in seconds and UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def tail(path: Path) -> str:
    """Return the end of a log, and nothing where the file does not exist."""
    try:
        text = path.read_text(errors="replace").strip()
    except OSError:
        return ""
    return text if len(text) <= TAIL else f"…{text[-TAIL:]}"
