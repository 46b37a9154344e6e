"""What the jobs of a pipeline run with: the defaults of a whole pipeline, and what a step overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, TypeAlias

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.retry import RetryPolicy

from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.words import as_words

Text: TypeAlias = str | PipelineVariable
Number: TypeAlias = int | PipelineVariable

_TEXTS = ("role", "instance_type", "volume_kms_key", "output_kms_key", "checkpoints")
_NUMBERS = ("instance_count", "volume_gb", "max_runtime_s", "spot_max_wait_s")
_LISTS = ("subnets", "security_groups")
_MAPPINGS = ("environment", "tags")
_OURS = "PYTHONPATH"  # names the job's code


@dataclass(frozen=True, kw_only=True)
class JobDefaults:
    """Settings of jobs: for all steps of a pipeline, or for one step, which overrides them.

    A setting that is None is not set. Each may be a pipeline parameter, unless it says that it may not. A default that
    a kind of step does not have is left out there; as an override it is an error.

    Attributes
    ----------
    role : str or PipelineVariable
        The ARN of the role that the job, or the model's container, assumes.
    instance_type : str or PipelineVariable
        The machines, for example ``ml.m5.xlarge``.
    instance_count : int or PipelineVariable
        How many. 1 unless it is set.
    volume_gb : int or PipelineVariable
        GiB of each machine's volume, of processing, training and tuning. 30 unless it is set.
    max_runtime_s : int or PipelineVariable
        Seconds until the service stops a processing or training job, or a trial. 3600 unless it is set.
    environment : mapping of str to str, number or PipelineVariable
        Environment variables, of the model's container too. A step's are added to those of the pipeline.
    subnets, security_groups : sequence of str or PipelineVariable
        The VPC of processing, training, tuning and model: both or neither. The sequence itself can be no parameter.
        Empty ones take a step out of the pipeline's VPC.
    volume_kms_key, output_kms_key : str or PipelineVariable
        Keys for the machines' volumes and for what a job writes.
    tags : mapping of str to str or PipelineVariable
        A step's are added to those of the pipeline. A tag's name can be no parameter.
    spot_max_wait_s : int or PipelineVariable
        Train on spot machines, and wait so many seconds at most for the whole training, its run time included.
    checkpoints : str or PipelineVariable
        S3 prefix. What a training script writes below ``/opt/ml/checkpoints`` lies at ``<prefix>/<step>``, and is
        there again when a spot machine was taken away. An execution's id in it would defeat the cache. So a later
        execution finds it, too: a script must check that a checkpoint fits its data and options.
    retry_policies : sequence of RetryPolicy
        The SDK's ``StepRetryPolicy`` and ``SageMakerJobStepRetryPolicy``. A step that starts no job has none of
        the latter kind. No parameters.
    cache_expiry : str
        How long a processing, training or tuning step's result may be used again, as in ``P30D``. ``off`` switches
        the cache off. ``P30D`` unless it is set. No parameter.

    Raises
    ------
    JobsError
        When a setting has another type, or cannot be a pipeline parameter.

    Examples
    --------
    >>> pipeline = JobDefaults(volume_gb=30, tags={"team": "houses"})
    >>> step = pipeline.overridden_by(JobDefaults(volume_gb=100, tags={"step": "fit"}))
    >>> step.volume_gb, dict(step.tags)
    (100, {'team': 'houses', 'step': 'fit'})
    """

    role: Text | None = None
    instance_type: Text | None = None
    instance_count: Number | None = None
    volume_gb: Number | None = None
    max_runtime_s: Number | None = None
    environment: Mapping[str, Text | int | float | bool] | None = None
    subnets: Sequence[Text] | None = None
    security_groups: Sequence[Text] | None = None
    volume_kms_key: Text | None = None
    output_kms_key: Text | None = None
    tags: Mapping[str, Text] | None = None
    spot_max_wait_s: Number | None = None
    checkpoints: Text | None = None
    retry_policies: Sequence[RetryPolicy] | None = None
    cache_expiry: str | None = None

    def __post_init__(self) -> None:
        """Check every setting, and copy what a caller could change."""
        for name in self.given():
            object.__setattr__(self, name, _checked(name, getattr(self, name)))

    def given(self) -> list[str]:
        """Return the names of the settings that are set."""
        return [each.name for each in fields(self) if getattr(self, each.name) is not None]

    def overridden_by(self, other: JobDefaults | None) -> JobDefaults:
        """Return these settings with those of another that are set. Environment and tags are merged."""
        if other is None:
            return self
        values = {name: getattr(self, name) for name in self.given()}
        for name in other.given():
            value = getattr(other, name)
            values[name] = {**values.get(name, {}), **value} if name in _MAPPINGS else value
        return JobDefaults(**values)


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401 - of any setting
    if name in _TEXTS:
        _require(name, value, isinstance(value, PipelineVariable) or _is_text(value), "a text or a pipeline parameter")
    elif name in _NUMBERS:
        number = isinstance(value, int) and not isinstance(value, bool) and value > 0
        fits = isinstance(value, PipelineVariable) or number
        _require(name, value, fits, "a whole number above 0, or a pipeline parameter")
    elif name in _LISTS:
        fits = isinstance(value, list | tuple) and all(isinstance(i, PipelineVariable) or _is_text(i) for i in value)
        _require(name, value, fits, "a list, each item a text or a pipeline parameter")
        return tuple(value)
    elif name in _MAPPINGS:
        fits = isinstance(value, Mapping) and all(map(_is_text, value))
        _require(name, value, fits, "a mapping whose names are texts")
        _require(name, value, name == "tags" or _OURS not in value, f"no {_OURS}, which names the job's code")
        return MappingProxyType(as_words(f"JobDefaults, {name}", value))
    elif name == "retry_policies":
        return _retry_policies(value)
    else:
        _require(name, value, _is_text(value), "a text such as P30D, or off; a pipeline parameter is not possible here")
    return value


def _retry_policies(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - it is checked here
    fits = isinstance(value, list | tuple) and all(isinstance(each, RetryPolicy) for each in value)
    _require("retry_policies", value, fits, "a list of the SDK's StepRetryPolicy and SageMakerJobStepRetryPolicy")
    for each in value:
        try:
            each.to_request()
        except ValueError as error:
            _require("retry_policies", str(error), fits=False, expected="one of max_attempts and expire_after_mins")
    return tuple(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _require(name: str, value: object, fits: object, expected: str) -> None:
    if not fits:
        got = value.expr if isinstance(value, PipelineVariable) else repr(value)
        raise JobsError(f"JobDefaults, {name}: expected: {expected}; got: {got}; fix: correct it in pipeline.py")


BUILT_IN = JobDefaults(instance_count=1, volume_gb=30, max_runtime_s=3600, cache_expiry="P30D")
