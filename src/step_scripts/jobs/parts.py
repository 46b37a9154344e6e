"""The SDK's objects that a step is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.mlops.workflow.retry import SageMakerJobStepRetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig

if TYPE_CHECKING:
    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.mlops.workflow.retry import RetryPolicy

    from step_scripts.jobs.settings import JobDefaults

PROCESSING = "/opt/ml/processing"


def processing_input(channel: str, uri: PipelineVariable) -> ProcessingInput:
    """Return input ``x`` as the folder ``/opt/ml/processing/input/x``."""
    folder = f"{PROCESSING}/input/{channel}"
    s3_input = ProcessingS3Input(s3_uri=uri, local_path=folder, s3_data_type="S3Prefix", s3_input_mode="File")
    return ProcessingInput(input_name=channel, s3_input=s3_input)


def processing_output(output: str, uri: PipelineVariable) -> ProcessingOutput:
    """Return output ``y`` as the folder ``/opt/ml/processing/output/y``."""
    folder = f"{PROCESSING}/output/{output}"
    s3_output = ProcessingS3Output(s3_uri=uri, local_path=folder, s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=output, s3_output=s3_output)


def cache(settings: JobDefaults) -> CacheConfig | None:
    """Return how long the step's result may be used again; None for never."""
    if settings.cache_expiry == "off":
        return None
    return CacheConfig(enable_caching=True, expire_after=settings.cache_expiry)


def retry_policies(settings: JobDefaults, *, of_job: bool = True) -> list[RetryPolicy] | None:
    """Return when the service runs the step again. A step that starts no job does not retry one."""
    retries = settings.retry_policies or ()
    return [each for each in retries if of_job or not isinstance(each, SageMakerJobStepRetryPolicy)] or None
