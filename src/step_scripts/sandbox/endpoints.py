"""Endpoints of moto's SageMaker that really serve: each is a process of this machine, and lasts after the account.

``tests/step_scripts/sandbox/test_endpoints.py`` has a canary for each line of this table.

======================================================  ===============================================================
of moto's SageMaker                                     what is different here
======================================================  ===============================================================
create_endpoint                                         moto serves nothing, says InService at once, and takes a name
                                                        that is in use
update_endpoint                                         moto does not have it
describe_endpoint                                       moto never says Creating, Updating or Failed
sagemaker-runtime's invoke_endpoint                     moto answers a fixed text
======================================================  ===============================================================
"""

from __future__ import annotations

import contextlib
import http.client
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from moto.core.responses import ActionResult
from moto.s3.models import s3_backends
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, FakeEndpointConfig, SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse
from moto.utilities.utils import get_partition

from step_scripts._shared import StepScriptsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PREFIX = "s3://"
_ENDED = frozenset({"Failed", "OutOfService"})
_TIMEOUT_S = 70.0  # of an invocation: a little longer than the endpoint's own


class State(Protocol):
    """What an account has to know of an endpoint. `step_scripts.local.endpoints.EndpointState` has it."""

    @property
    def name(self) -> str:
        """The endpoint's."""

    @property
    def status(self) -> str:
        """As in the service."""

    @property
    def config(self) -> str:
        """The endpoint configuration in service."""

    @property
    def created(self) -> str:
        """As ISO 8601, in UTC."""

    @property
    def changed(self) -> str:
        """As ISO 8601, in UTC."""

    @property
    def failure_reason(self) -> str | None:
        """Why the last deployment failed."""

    @property
    def port(self) -> int | None:
        """Of this machine."""

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The production variants of the configuration."""


class Servers(Protocol):
    """The machine's endpoints. An error of theirs is a `StepScriptsError`."""

    def deploy(
        self,
        name: str,
        *,
        update: bool,
        config: str,
        container: Mapping[str, Any],
        model: bytes,
        variants: list[dict[str, Any]],
    ) -> None:
        """Start to create or update an endpoint, and do not wait for it.

        Parameters
        ----------
        name
            The endpoint's.
        update
            Whether it is there already.
        config
            Name of the endpoint configuration.
        container
            The model's container, as in the service; of a model package, it has ``ModelPackageName`` too.
        model
            The content of model.tar.gz.
        variants
            The configuration's production variants.
        """

    def states(self) -> Sequence[State]:
        """Return the state of each endpoint."""

    def delete(self, name: str) -> None:
        """Stop an endpoint."""


class EndpointsBackend(SageMakerModelBackend):  # type: ignore[misc]  # moto ships no types
    """moto's SageMaker, whose endpoints serve.

    Attributes
    ----------
    servers
        The machine's endpoints; None for an account whose endpoints are moto's.
    """

    __module__ = "moto.sagemaker.models"  # moto's metaclass reads the service's name from here
    servers: Servers | None = None

    def create_endpoint(self, endpoint_name: str, endpoint_config_name: str, tags: Any) -> FakeEndpoint:  # noqa: ANN401
        """Start to create an endpoint; its status is Creating."""
        self._read_endpoints()
        if endpoint_name in self.endpoints:
            raise ValidationError(f'Cannot create already existing endpoint "{self._arn(endpoint_name)}".')
        endpoint = super().create_endpoint(endpoint_name, endpoint_config_name, tags)
        try:
            self._deploy(endpoint_name, endpoint_config_name, update=False)
        except BaseException:
            del self.endpoints[endpoint_name]
            raise
        self._read_endpoints()
        return endpoint

    def update_endpoint(self, endpoint_name: str, endpoint_config_name: str) -> str:
        """Start to update an endpoint; its status is Updating, and it answers on."""
        endpoint = self._endpoint(endpoint_name)
        self.describe_endpoint_config(endpoint_config_name)
        if endpoint.endpoint_status != "InService":
            raise ValidationError(
                f'Cannot update endpoint "{endpoint.arn}": its status is {endpoint.endpoint_status}, not InService.'
            )
        if endpoint.endpoint_config_name == endpoint_config_name:
            raise ValidationError(
                f'Cannot update endpoint "{endpoint.arn}" with the endpoint configuration that it has: '
                f'"{endpoint_config_name}".'
            )
        if self.servers is None:
            endpoint.endpoint_config_name = endpoint_config_name
        self._deploy(endpoint_name, endpoint_config_name, update=True)
        self._read_endpoints()
        return str(endpoint.arn)

    def describe_endpoint(self, endpoint_name: str) -> Any:  # noqa: ANN401
        """Describe an endpoint as it is now."""
        self._read_endpoints()
        return super().describe_endpoint(endpoint_name)

    def list_endpoints(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """List the endpoints, also those that run since before this account."""
        self._read_endpoints()
        return super().list_endpoints(*args, **kwargs)

    def delete_endpoint(self, endpoint_name: str) -> None:
        """Stop an endpoint."""
        self._endpoint(endpoint_name)
        if self.servers is not None:
            with _as_the_service_says():
                self.servers.delete(endpoint_name)
        self.endpoints.pop(endpoint_name, None)

    def _endpoint(self, name: str) -> FakeEndpoint:
        self._read_endpoints()
        if name not in self.endpoints:
            raise ValidationError(f'Could not find endpoint "{self._arn(name)}".')
        return self.endpoints[name]

    def _arn(self, name: str) -> str:
        return str(FakeEndpoint.arn_formatter(name, self.account_id, self.region_name))

    def _deploy(self, name: str, config: str, *, update: bool) -> None:
        if self.servers is None:
            return
        variants = self.endpoint_configs[config].production_variants
        if len(variants) != 1:
            raise ValidationError(
                f"Endpoint configuration {config}: expected one production variant, as an endpoint of this machine "
                f"has; got {len(variants)}."
            )
        container = self._container(variants[0]["ModelName"])
        model = self._artifact(container)
        with _as_the_service_says():
            self.servers.deploy(
                name, update=update, config=config, container=container, model=model, variants=list(variants)
            )

    def _container(self, name: str) -> dict[str, Any]:
        """Return the container of a model; a model package's own container with the model's environment in it."""
        model = self.describe_model(name)
        containers = [*filter(None, [model.primary_container]), *model.containers]
        if len(containers) != 1:
            raise ValidationError(f"Model {name}: expected one container; got {len(containers)}.")
        container = dict(containers[0])
        package = container.get("ModelPackageName")
        if not package:
            return container
        described = self.describe_model_package(package)
        specified = (described.inference_specification or {}).get("Containers") or [{}]
        environment = {**(specified[0].get("Environment") or {}), **(container.get("Environment") or {})}
        return {**specified[0], "Environment": environment, "ModelPackageName": str(described.arn)}

    def _artifact(self, container: Mapping[str, Any]) -> bytes:
        """Return the model.tar.gz of a container."""
        source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
        uri = container.get("ModelDataUrl") or source.get("S3Uri")
        if not uri or source.get("CompressionType", "Gzip") != "Gzip":
            raise ValidationError("expected the container's model as a model.tar.gz in S3: ModelDataUrl.")
        bucket, _, key = uri.removeprefix(_PREFIX).partition("/")
        storage = s3_backends[self.account_id][get_partition(self.region_name)]
        found = storage.get_object(bucket, key) if bucket in storage.buckets else None
        if found is None:
            raise ValidationError(f"Could not find model data at {uri}.")
        return bytes(found.value)

    def _read_endpoints(self) -> None:
        """Make moto's endpoints the machine's. What ended before this account does not count: it can be made anew."""
        if self.servers is None:
            return
        states: dict[str, State] = {state.name: state for state in self.servers.states()}
        for name in self.endpoints.keys() - states.keys():  # another program has stopped it
            del self.endpoints[name]
        for name, state in states.items():
            if name in self.endpoints or state.status not in _ENDED:
                self._take_endpoint(state)

    def _take_endpoint(self, state: State) -> None:
        if state.config not in self.endpoint_configs:  # of an earlier account
            self.endpoint_configs[state.config] = FakeEndpointConfig(
                account_id=self.account_id,
                region_name=self.region_name,
                endpoint_config_name=state.config,
                production_variants=state.variants,
                async_inference_config=None,
                data_capture_config={},
                tags=[],
                kms_key_id=None,
            )
        endpoint = FakeEndpoint(
            account_id=self.account_id,
            region_name=self.region_name,
            endpoint_name=state.name,
            endpoint_config_name=state.config,
            production_variants=state.variants,
            data_capture_config={},
            tags=self.endpoints[state.name].tags if state.name in self.endpoints else [],
        )
        endpoint.endpoint_status, endpoint.failure_reason = state.status, state.failure_reason
        # moto writes times without a zone, and means UTC.
        endpoint.creation_time = datetime.fromisoformat(state.created).replace(tzinfo=None)
        endpoint.last_modified_time = datetime.fromisoformat(state.changed).replace(tzinfo=None)
        self.endpoints[state.name] = endpoint


@contextlib.contextmanager
def operations() -> Iterator[None]:
    """Let moto answer UpdateEndpoint, and pass InvokeEndpoint on, while entered."""
    invoke = SageMakerRuntimeResponse.invoke_endpoint
    SageMakerResponse.update_endpoint = _update_endpoint
    SageMakerRuntimeResponse.invoke_endpoint = _invoking(invoke)
    try:
        yield
    finally:
        SageMakerRuntimeResponse.invoke_endpoint = invoke
        del SageMakerResponse.update_endpoint


def _update_endpoint(response: Any) -> ActionResult:  # noqa: ANN401
    names = (response._get_param(member) for member in ("EndpointName", "EndpointConfigName"))  # noqa: SLF001
    return ActionResult({"EndpointArn": response.sagemaker_backend.update_endpoint(*names)})


def _invoking(by_moto: Any) -> Any:  # noqa: ANN401
    def invoke_endpoint(response: Any) -> Any:  # noqa: ANN401
        backend = sagemaker_backends[response.current_account][response.region]
        servers: Servers | None = getattr(backend, "servers", None)
        if servers is None:
            return by_moto(response)
        name = response.path.split("/")[2]
        ports = {state.name: state.port for state in servers.states() if state.status not in _ENDED}
        if port := ports.get(name):
            return _passed_on(port, name, response)
        return 400, {"status": 400, "x-amzn-errortype": "ValidationError"}, _not_found(name, backend.account_id)

    return invoke_endpoint


def _passed_on(port: int, name: str, response: Any) -> tuple[int, dict[str, Any], bytes]:  # noqa: ANN401
    body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
    kept = ("content-type", "accept", "x-amzn-sagemaker-custom-attributes")
    headers = {key: value for key, value in response.headers.items() if key.lower() in kept}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    with contextlib.closing(connection):
        connection.request("POST", f"/endpoints/{name}/invocations", body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    return answer.status, {**dict(answer.getheaders()), "status": answer.status}, content


def _not_found(name: str, account: str) -> str:
    return f'{{"Message": "Endpoint {name} of account {account} not found."}}'


@contextlib.contextmanager
def _as_the_service_says() -> Iterator[None]:
    try:
        yield
    except StepScriptsError as error:
        raise ValidationError(str(error)) from None
