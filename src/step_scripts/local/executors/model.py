"""Model: from an artifact, or from a version of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.base import Executor, StepError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Model(Executor):
    """Creates a model in the account as the request says, and for the SDK's local transforms as a plain container."""

    step_type = "Model"

    def run(self) -> dict[str, Any]:
        """Create the model."""
        from botocore.exceptions import BotoCoreError, ClientError

        client, request = self.context.client(), self.step.arguments
        container = _only_container(request)
        name = request.pop("ModelName", None) or self.context.name(self.step.name)
        try:
            if package := container.get("ModelPackageName"):
                described = client.describe_model_package(ModelPackageName=package)
                plain = described["InferenceSpecification"]["Containers"][0]
                # The model's own environment is on top of the package's, as in the service.
                plain["Environment"] = {**plain.get("Environment", {}), **container.get("Environment", {})}
            else:
                plain = container
            request = {key: value for key, value in request.items() if key != "Containers"}
            client.create_model(**{**request, "ModelName": name, "PrimaryContainer": container})
            properties: dict[str, Any] = client.describe_model(ModelName=name)
        except ClientError as error:
            raise StepError(error.response["Error"]["Message"]) from None
        except BotoCoreError as error:
            raise StepError(str(error)) from None
        self.context.session.sagemaker_client.create_model(name, {"Environment": {}, **plain})
        properties.pop("ResponseMetadata", None)
        return properties

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Name the model."""
        return {"Model": {"Arn": properties["ModelArn"]}}


def _only_container(request: Mapping[str, Any]) -> dict[str, Any]:
    containers = [*request.get("Containers", []), *filter(None, [request.get("PrimaryContainer")])]
    if len(containers) != 1:
        raise StepError(
            f"expected: a model of one container; got: {len(containers)}; fix: a chain of containers runs in the "
            "service only, so test each of them as a model of its own"
        )
    return dict(containers[0])
