"""Endpoint: created, or updated where there is one of that name."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from step_scripts.local.endpoints import Endpoints
from step_scripts.local.executors.base import Executor, StepError

if TYPE_CHECKING:
    from collections.abc import Mapping

POLL_S = 0.05
PROGRESS_S = 10  # between two lines that say that the step waits
IN_PROGRESS = frozenset({"Creating", "Updating", "RollingBack"})


class Endpoint(Executor):
    """Deploys an endpoint of this machine, which stays up after the run, and waits until it is in service."""

    step_type = "Endpoint"

    def run(self) -> dict[str, Any]:
        """Create or update the endpoint.

        Raises
        ------
        StepError
            If its server does not become healthy. An endpoint that was in service before stays so.
        InterruptedRunError
            If the run has to end. The run cancels what is in progress.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        request = self.step.arguments
        name = request.pop("EndpointName", None) or self.context.name(self.step.name)
        try:
            self._deploy(name, request)
            properties = self._settled(name)
        except ClientError as error:
            raise StepError(error.response["Error"]["Message"]) from None
        except BotoCoreError as error:  # a request that the service's model does not allow
            raise StepError(str(error)) from None
        _require_in_service(properties, config=request["EndpointConfigName"])
        url = Endpoints(self.context.state / "endpoints").describe(name).url
        self.report = {"url": f"{url}/invocations", "config": request["EndpointConfigName"]}
        return properties

    def _deploy(self, name: str, request: Mapping[str, Any]) -> None:
        client = self.context.client()
        pages = client.get_paginator("list_endpoints").paginate()
        if name in {each["EndpointName"] for page in pages for each in page["Endpoints"]}:
            self.step.show(f"updates the endpoint {name}, which answers on")
            client.update_endpoint(EndpointName=name, EndpointConfigName=request["EndpointConfigName"])
        else:
            self.step.show(f"creates the endpoint {name}")
            client.create_endpoint(EndpointName=name, **request)

    def _settled(self, name: str) -> dict[str, Any]:
        """Wait until nothing is in progress, and return the endpoint's description."""
        client, start, shown = self.context.client(), time.monotonic(), 0
        while True:
            found: dict[str, Any] = client.describe_endpoint(EndpointName=name)
            if found["EndpointStatus"] not in IN_PROGRESS:
                found.pop("ResponseMetadata", None)
                return found
            self.context.interrupt.check()
            if (waited := int(time.monotonic() - start) // PROGRESS_S * PROGRESS_S) > shown:
                self.step.show(f"{name} is {found['EndpointStatus']}, since {waited} s")
                shown = waited
            time.sleep(POLL_S)

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Name the endpoint."""
        return {"Endpoint": {"Arn": properties["EndpointArn"]}}


def _require_in_service(properties: Mapping[str, Any], *, config: str) -> None:
    name, status, now = (properties[key] for key in ("EndpointName", "EndpointStatus", "EndpointConfigName"))
    reason = properties.get("FailureReason", "no reason is known")
    if status != "InService":
        raise StepError(f"the endpoint {name} is not in service: {reason}")
    if now != config:
        raise StepError(f"the endpoint {name} was not updated to {config}, and {now} stays in service: {reason}")
