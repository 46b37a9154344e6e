"""The SDK's objects that a step is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.mlops.workflow.retry import SageMakerJobStepRetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig

from step_scripts.jobs.errors import JobsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.mlops.workflow.retry import RetryPolicy

    from step_scripts.jobs.settings import JobDefaults

PROCESSING = "/opt/ml/processing"
_FOLDER = re.compile(rf"{PROCESSING}(/[\w.-]*\w[\w.-]*)+")


def places(step: str, inputs: Iterable[str], outputs: Iterable[str], folders: Mapping[str, str]) -> Mapping[str, str]:
    """Return the folders that a script names itself, by the input or output.

    Raises
    ------
    JobsError
        When a name is not that of one input or output, or a folder is not one below ``/opt/ml/processing``.

    Examples
    --------
    >>> places("Prepare", ["houses"], ["train"], {"train": "/opt/ml/processing/train"})
    {'train': '/opt/ml/processing/train'}
    """
    known = [*inputs, *outputs]
    for name, folder in folders.items():
        where = f"{step}, folders, {name}"
        if known.count(name) != 1:
            got = "both an input and an output" if name in known else "no such name"
            raise JobsError(f"{where}: expected: one of {', '.join(known)}; got: {got}; fix: use a name once")
        if not _FOLDER.fullmatch(folder):
            raise JobsError(f"{where}: expected: a folder below {PROCESSING}; got: {folder!r}; fix: correct it")
    return folders


def processing_input(channel: str, uri: PipelineVariable, places: Mapping[str, str]) -> ProcessingInput:
    """Return input ``x`` as the folder ``/opt/ml/processing/input/x``, or as its own place."""
    folder = places.get(channel, f"{PROCESSING}/input/{channel}")
    s3_input = ProcessingS3Input(s3_uri=uri, local_path=folder, s3_data_type="S3Prefix", s3_input_mode="File")
    return ProcessingInput(input_name=channel, s3_input=s3_input)


def processing_output(output: str, uri: PipelineVariable, places: Mapping[str, str]) -> ProcessingOutput:
    """Return output ``y`` as the folder ``/opt/ml/processing/output/y``, or as its own place."""
    folder = places.get(output, f"{PROCESSING}/output/{output}")
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
