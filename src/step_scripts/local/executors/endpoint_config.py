"""EndpointConfig: what an endpoint will serve, and on which machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.base import Executor, StepError

if TYPE_CHECKING:
    from collections.abc import Mapping


class EndpointConfig(Executor):
    """Creates an endpoint configuration in the account."""

    step_type = "EndpointConfig"

    def run(self) -> dict[str, Any]:
        """Create it. Its name is the step's own where the request gives none."""
        from botocore.exceptions import BotoCoreError, ClientError

        client, request = self.context.client(), self.step.arguments
        name = request.pop("EndpointConfigName", None) or self.context.name(self.step.name)
        try:
            client.create_endpoint_config(EndpointConfigName=name, **request)
            properties: dict[str, Any] = client.describe_endpoint_config(EndpointConfigName=name)
        except ClientError as error:
            raise StepError(error.response["Error"]["Message"]) from None
        except BotoCoreError as error:  # a request that the service's model does not allow
            raise StepError(str(error)) from None
        properties.pop("ResponseMetadata", None)
        self.report = {"config": name}
        return properties

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Name the endpoint configuration."""
        return {"EndpointConfig": {"Arn": properties["EndpointConfigArn"]}}
