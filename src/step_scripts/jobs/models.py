"""Models: packages in the model registry, and models that can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagemaker.mlops.workflow.model_step import ModelStep

from step_scripts.jobs import parts
from step_scripts.jobs.base import JobsBase, sdk_role
from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.requests import write_settings
from step_scripts.jobs.words import as_words
from step_scripts.local import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sagemaker.core.helper.pipeline_variable import PipelineVariable

    from step_scripts.jobs.settings import JobDefaults, Text
    from step_scripts.jobs.words import Value

# By the names that the SDK's ModelMetrics has for them: where each report lies in CreateModelPackage.
METRICS = {
    "model_statistics": ("ModelQuality", "Statistics"),
    "model_constraints": ("ModelQuality", "Constraints"),
    "model_data_statistics": ("ModelDataQuality", "Statistics"),
    "model_data_constraints": ("ModelDataQuality", "Constraints"),
    "bias": ("Bias", "Report"),
    "bias_pre_training": ("Bias", "PreTrainingReport"),
    "bias_post_training": ("Bias", "PostTrainingReport"),
    "explainability": ("Explainability", "Report"),
}
# CustomerMetadataMap of the service's API model.
MAX_METADATA = 50
MAX_METADATA_KEY = 128
MAX_METADATA_VALUE = 256


class Models(JobsBase):
    """Makes the steps that register and create models."""

    def register(
        self,
        name: str,
        *,
        model_data: PipelineVariable,
        group: Text,
        approval_status: Text = "PendingManualApproval",
        metrics: Mapping[str, Text] | None = None,
        metadata: Mapping[str, Value] | None = None,
        content_types: Sequence[str] = ("application/json",),
        response_types: Sequence[str] = ("application/json",),
        instance_types: Sequence[Text] | None = None,
        overrides: JobDefaults | None = None,
    ) -> ModelStep:
        """Register a training job's artifact as a new version in a group of the model registry.

        The service makes a group that does not exist.

        Parameters
        ----------
        name : str
            The step's name.
        model_data : PipelineVariable
            The S3 URI of a model.tar.gz, which holds the scoring code, too.
        group : str or PipelineVariable
            The group's name.
        approval_status : str or PipelineVariable
            ``PendingManualApproval``, ``Approved`` or ``Rejected``.
        metrics : mapping of str to (str or PipelineVariable), optional
            S3 URIs of JSON reports by the names of the SDK's ``ModelMetrics``: ``model_statistics``,
            ``model_constraints``, ``model_data_statistics``, ``model_data_constraints``, ``bias``,
            ``bias_pre_training``, ``bias_post_training``, ``explainability``.
        metadata : mapping of str to PipelineVariable, str, number or bool, optional
            What else to remember of the version. At most 50 entries.
        content_types, response_types : sequence of str
            The MIME types that the model reads and writes.
        instance_types : sequence of str or PipelineVariable, optional
            The machines on which the model may serve. All, if it is left out.
        overrides : JobDefaults, optional
            What the model's container runs with instead of the pipeline's defaults.

        Raises
        ------
        JobsError
            When a setting is not possible, or a metric has no place in the registry.
        """
        settings = self._settings(name, "RegisterModel", overrides)
        container = {"Image": self._given("image"), "ModelDataUrl": model_data, "Environment": {}}
        step_args = sdk.register_model_arguments(
            self.session,
            containers=[container],
            content_types=list(content_types),
            response_types=list(response_types),
            inference_instances=None if instance_types is None else list(instance_types),
            model_package_group_name=group,
            approval_status=approval_status,
            model_metrics=_metrics(name, metrics or {}),
            customer_metadata_properties=_metadata(name, metadata or {}),
        )
        write_settings(step_args.create_model_package_request, name, "RegisterModel", settings)
        return ModelStep(name=name, step_args=step_args, retry_policies=parts.retry_policies(settings, of_job=False))

    def create_model(
        self,
        name: str,
        *,
        model_data: PipelineVariable | None = None,
        package: Text | None = None,
        overrides: JobDefaults | None = None,
    ) -> ModelStep:
        """Create a model that can serve.

        Parameters
        ----------
        name : str
            The step's name.
        model_data : PipelineVariable, optional
            The S3 URI of a model.tar.gz, which holds the scoring code, too. It runs in the pipeline's image.
        package : str or PipelineVariable, optional
            Instead of it, the ARN of a version in the model registry. It runs in the image that it was registered with.
        overrides : JobDefaults, optional
            What the model's container runs with instead of the pipeline's defaults.

        Raises
        ------
        JobsError
            When it gets both an artifact and a package, or neither, or a setting is not possible.
        """
        settings = self._settings(name, "Model", overrides)
        if (model_data is None) == (package is None):
            got = "neither" if package is None else "both"
            raise JobsError(f"{name}: expected: one of model_data and package; got: {got}; fix: give one of them")
        container: dict[str, Any] = {"ModelPackageName": package}
        if package is None:
            # The SDK's local mode needs an environment, even an empty one.
            container = {"Image": self._given("image"), "ModelDataUrl": model_data, "Environment": {}}
        step_args = sdk.create_model_arguments(self.session, role=sdk_role(settings), container=container)
        write_settings(step_args.create_model_request, name, "Model", settings)
        return ModelStep(name=name, step_args=step_args, retry_policies=parts.retry_policies(settings, of_job=False))


def _metrics(step: str, metrics: Mapping[str, Text]) -> dict[str, Any] | None:
    request: dict[str, Any] = {}
    for metric, uri in metrics.items():
        if metric not in METRICS:
            expected, fix = f"one of {', '.join(METRICS)}", "use the name of the report's place in the registry"
            raise JobsError(f"{step}, metrics: expected: {expected}; got: {metric}; fix: {fix}")
        kind, member = METRICS[metric]
        request.setdefault(kind, {})[member] = {"ContentType": "application/json", "S3Uri": uri}
    return request or None


def _metadata(step: str, metadata: Mapping[str, Value]) -> dict[str, Any] | None:
    words = as_words(f"{step}, metadata", metadata)
    fix = "leave some of it out, or keep it in a file and name that"
    if len(words) > MAX_METADATA:
        expected = f"at most {MAX_METADATA} entries"
        raise JobsError(f"{step}, metadata: expected: {expected}; got: {len(words)}; fix: {fix}")
    for key, word in words.items():
        texts = [(key, MAX_METADATA_KEY), *([(word, MAX_METADATA_VALUE)] if isinstance(word, str) else [])]
        for text, most in texts:
            if not 0 < len(text) <= most:
                where, expected = f"{step}, metadata, {key}", f"1 to {most} characters"
                raise JobsError(f"{where}: expected: {expected}; got: {len(text)}; fix: {fix}")
    return words or None
