"""Where each setting of a job lies in the service's request.

The SDK's objects take pipeline parameters for some of the settings, and refuse them for others: ModelTrainer's role,
volume and times are text and numbers. The request takes them for all. So the settings are written into the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.retry import SageMakerJobStepRetryPolicy

from step_scripts.jobs.errors import JobsError

if TYPE_CHECKING:
    from step_scripts.jobs.settings import JobDefaults

_TRAINING = {
    "role": "RoleArn",
    "instance_type": "ResourceConfig.InstanceType",
    "instance_count": "ResourceConfig.InstanceCount",
    "volume_gb": "ResourceConfig.VolumeSizeInGB",
    "max_runtime_s": "StoppingCondition.MaxRuntimeInSeconds",
    "environment": "Environment",
    "subnets": "VpcConfig.Subnets",
    "security_groups": "VpcConfig.SecurityGroupIds",
    "volume_kms_key": "ResourceConfig.VolumeKmsKeyId",
    "output_kms_key": "OutputDataConfig.KmsKeyId",
    "spot_max_wait_s": "StoppingCondition.MaxWaitTimeInSeconds",
    "checkpoints": "CheckpointConfig.S3Uri",
}
_TRIALS = "TrainingJobDefinition"
# By type of step: a setting, and its place. Only these are settings of that type.
_CLUSTER = "ProcessingResources.ClusterConfig"
PLACES: Mapping[str, Mapping[str, str]] = {
    "Processing": {
        "role": "RoleArn",
        "instance_type": f"{_CLUSTER}.InstanceType",
        "instance_count": f"{_CLUSTER}.InstanceCount",
        "volume_gb": f"{_CLUSTER}.VolumeSizeInGB",
        "max_runtime_s": "StoppingCondition.MaxRuntimeInSeconds",
        "environment": "Environment",
        "subnets": "NetworkConfig.VpcConfig.Subnets",
        "security_groups": "NetworkConfig.VpcConfig.SecurityGroupIds",
        "volume_kms_key": f"{_CLUSTER}.VolumeKmsKeyId",
        "output_kms_key": "ProcessingOutputConfig.KmsKeyId",
        "tags": "Tags",
    },
    "Training": {**_TRAINING, "tags": "Tags"},
    "Tuning": {**{name: f"{_TRIALS}.{place}" for name, place in _TRAINING.items()}, "tags": "Tags"},
    # A package has no tags: it has those of its group.
    "RegisterModel": {"environment": "InferenceSpecification.Containers.0.Environment"},
    "Model": {
        "role": "ExecutionRoleArn",
        "environment": "PrimaryContainer.Environment",
        "subnets": "VpcConfig.Subnets",
        "security_groups": "VpcConfig.SecurityGroupIds",
        "tags": "Tags",
    },
    "Transform": {
        "instance_type": "TransformResources.InstanceType",
        "instance_count": "TransformResources.InstanceCount",
        "environment": "Environment",
        "volume_kms_key": "TransformResources.VolumeKmsKeyId",
        "output_kms_key": "TransformOutput.KmsKeyId",
        "tags": "Tags",
    },
    "EndpointConfig": {
        "instance_type": "ProductionVariants.0.InstanceType",
        "instance_count": "ProductionVariants.0.InitialInstanceCount",
        "volume_kms_key": "KmsKeyId",
        "tags": "Tags",
    },
    "Endpoint": {"tags": "Tags"},
}
_OF_THE_STEP = {  # settings that are no part of the request
    "Processing": {"retry_policies", "cache_expiry"},
    "Training": {"retry_policies", "cache_expiry"},
    "Tuning": {"retry_policies", "cache_expiry"},
    "RegisterModel": {"retry_policies"},
    "Model": {"retry_policies"},
    "Transform": {"retry_policies"},
    "EndpointConfig": {"retry_policies"},
    "Endpoint": set(),
}
_NO_JOB = (
    "RegisterModel",
    "Model",
    "EndpointConfig",
)  # they start none, and so are not retried for the failure of a job
_WHY = {
    "cache_expiry": "it has no cache that could hit, because each execution makes a model with a new name",
    "checkpoints": "only a training job has checkpoints",
    "spot_max_wait_s": "only a training job runs on spot machines",
}


def require_known(step: str, kind: str, overrides: JobDefaults | None) -> None:
    """Refuse an override that a type of step does not have.

    Raises
    ------
    JobsError
        With the settings that it has.
    """
    known = {*PLACES[kind], *_OF_THE_STEP[kind]}
    for name in overrides.given() if overrides else ():
        if name not in known:
            why = _WHY.get(name, "the service has no such setting there")
            raise JobsError(
                f"{step}: expected: settings of a {kind} step ({', '.join(sorted(known))}); got: {name}, but {why}; "
                "fix: leave it out of the step's overrides"
            )
    retries = (overrides.retry_policies if overrides else None) or ()
    if kind in _NO_JOB and any(isinstance(each, SageMakerJobStepRetryPolicy) for each in retries):
        raise JobsError(
            f"{step}: expected: retry policies of kind StepRetryPolicy; got: a SageMakerJobStepRetryPolicy, but "
            f"a {kind} step starts no job; fix: leave it out of the step's overrides"
        )


def write_settings(request: dict[str, Any], step: str, kind: str, settings: JobDefaults) -> None:
    """Write the settings that are set into a step's request.

    Examples
    --------
    >>> from step_scripts.jobs.settings import JobDefaults
    >>> request = {"ResourceConfig": {"VolumeSizeInGB": 30}}
    >>> write_settings(request, "Fit", "Training", JobDefaults(volume_gb=100, tags={"team": "houses"}))
    >>> request
    {'ResourceConfig': {'VolumeSizeInGB': 100}, 'Tags': [{'Key': 'team', 'Value': 'houses'}]}
    """
    for name, path in PLACES[kind].items():
        value = getattr(settings, name)
        if value is None or (isinstance(value, tuple | Mapping) and not value):
            continue
        if name == "role" and isinstance(value, str):
            continue  # the SDK has written it, and made an ARN of a name
        *parents, last = path.split(".")
        place: Any = request
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        place[last] = _member(name, value, step, before=place.get(last))
    if settings.spot_max_wait_s is not None and kind in {"Training", "Tuning"}:
        job = request if kind == "Training" else request[_TRIALS]
        job["EnableManagedSpotTraining"] = True


def _member(name: str, value: Any, step: str, *, before: Any) -> Any:  # noqa: ANN401 - any member of a request
    if name == "tags":
        return [{"Key": key, "Value": text} for key, text in value.items()]
    if name == "environment":
        return {**(before or {}), **value}
    if name == "checkpoints":
        return Join(on="/", values=[value, step])
    return list(value) if isinstance(value, tuple) else value
