"""Endpoints: what they run on, and which of them to create or update."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep

from step_scripts.jobs import parts
from step_scripts.jobs.base import JobsBase
from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.requests import write_settings

if TYPE_CHECKING:
    from sagemaker.mlops.workflow.model_step import ModelStep

    from step_scripts.jobs.settings import JobDefaults, Number, Text

VARIANT = "AllTraffic"
MAX_NAME = 50  # characters: of the service's 63, a hyphen and an execution's id take 13
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


class Endpoints(JobsBase):
    """Makes the steps that deploy a model."""

    def endpoint_config(
        self,
        name: str,
        *,
        endpoint_name: Text,
        model: ModelStep,
        instance_type: Text | None = None,
        instance_count: Number | None = None,
        overrides: JobDefaults | None = None,
    ) -> EndpointConfigStep:
        """Say what an endpoint runs: a model, and its machines.

        The configuration is called as the endpoint, a hyphen and the execution's id: the service updates an endpoint
        only to a configuration of another name.

        Parameters
        ----------
        name : str
            The step's name.
        endpoint_name : str or PipelineVariable
            The endpoint that will use it. At most 50 characters.
        model : ModelStep
            What `create_model` has made.
        instance_type, instance_count
            The machines.
        overrides : JobDefaults, optional
            Settings instead of the pipeline's defaults: machines, key and tags.

        Raises
        ------
        JobsError
            When a setting or the endpoint's name is not possible.
        """
        _check_name(name, endpoint_name)
        settings = self._settings(name, "EndpointConfig", overrides, instance_type, instance_count)
        variant: dict[str, Any] = {
            "VariantName": VARIANT,
            "ModelName": model.properties.ModelName,
            "InitialInstanceCount": 1,
        }
        step_args = self.session.create_endpoint_config(
            name=Join(on="-", values=[endpoint_name, ExecutionVariables.PIPELINE_EXECUTION_ID]),
            production_variants=[variant],
        )
        _without_empty_tags(step_args.args)
        write_settings(step_args.args, name, "EndpointConfig", settings)
        return EndpointConfigStep(
            name=name, step_args=step_args, retry_policies=parts.retry_policies(settings, of_job=False)
        )

    def endpoint(
        self, name: str, *, endpoint_name: Text, config: EndpointConfigStep, overrides: JobDefaults | None = None
    ) -> EndpointStep:
        """Create an endpoint, or update it when there is one of that name.

        Parameters
        ----------
        name : str
            The step's name.
        endpoint_name : str or PipelineVariable
            The endpoint's name.
        config : EndpointConfigStep
            What `endpoint_config` has made.
        overrides : JobDefaults, optional
            Tags beside those of the pipeline's defaults.

        Raises
        ------
        JobsError
            When a setting or the endpoint's name is not possible.
        """
        _check_name(name, endpoint_name)
        settings = self._settings(name, "Endpoint", overrides)
        step_args = self.session.create_endpoint(
            endpoint_name=endpoint_name, config_name=config.properties.EndpointConfigName
        )
        _without_empty_tags(step_args.args)
        write_settings(step_args.args, name, "Endpoint", settings)
        return EndpointStep(name=name, step_args=step_args)


def _check_name(step: str, endpoint_name: Text) -> None:
    if isinstance(endpoint_name, str) and not (_NAME.fullmatch(endpoint_name) and len(endpoint_name) <= MAX_NAME):
        expected = f"1 to {MAX_NAME} letters, digits and hyphens, first and last no hyphen"
        fix = "choose another name; a hyphen and the execution's id have to fit behind it"
        raise JobsError(f"{step}, endpoint_name: expected: {expected}; got: {endpoint_name!r}; fix: {fix}")


def _without_empty_tags(request: dict[str, Any]) -> None:
    if not request.get("Tags"):
        request.pop("Tags", None)
