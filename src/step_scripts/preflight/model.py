"""The service's own description of its requests and answers, as botocore carries it.

botocore does not enforce patterns, enums and bounds itself; the service does, twenty minutes later.
"""

import re
from functools import cache
from typing import Any, TypeAlias

Shape: TypeAlias = Any  # of botocore, which ships no types

# Requests that are made for a step of a type, and the answer that its properties are taken from.
OPERATIONS = {
    "AutoML": ("CreateAutoMLJob", "DescribeAutoMLJob"),  # not V2: the cache goes by AutoMLJobConfig, says the guide
    # A check is a processing job with the service's own image; its properties are others (preflight/outputs.py).
    "ClarifyCheck": ("CreateProcessingJob", "DescribeProcessingJob"),
    "Endpoint": ("CreateEndpoint", "DescribeEndpoint"),
    "EndpointConfig": ("CreateEndpointConfig", "DescribeEndpointConfig"),
    "InferenceComponent": ("CreateInferenceComponent", "DescribeInferenceComponent"),
    "Job": ("CreateJob", "DescribeJob"),
    "Model": ("CreateModel", "DescribeModel"),
    "Processing": ("CreateProcessingJob", "DescribeProcessingJob"),
    "QualityCheck": ("CreateProcessingJob", "DescribeProcessingJob"),
    "RegisterModel": ("CreateModelPackage", "DescribeModelPackage"),
    "Training": ("CreateTrainingJob", "DescribeTrainingJob"),
    "Transform": ("CreateTransformJob", "DescribeTransformJob"),
    "Tuning": ("CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob"),
}
# Properties that are taken from further answers.
FURTHER = {"Tuning": "ListTrainingJobsForHyperParameterTuningJob"}
# Properties that another service's shape describes: its name, and the shape's.
ELSEWHERE = {"EMR": ("emr", "Step")}
# Arguments that are requests of their own: where (* is each of a list), the service, its shape, what may be absent.
PARTS = {
    "EMR": (
        (("StepConfig", "HadoopJarStep"), "emr", "HadoopJarStepConfig", ()),
        (("ClusterConfig",), "emr", "RunJobFlowInput", ("Name",)),
    ),
    "EMRServerless": (
        (("JobConfig",), "emr-serverless", "StartJobRunRequest", ("applicationId", "clientToken")),
        (("ApplicationConfig",), "emr-serverless", "CreateApplicationRequest", ("clientToken",)),
    ),
    "Lineage": (
        (("Actions", "*"), "sagemaker", "CreateActionRequest", ()),
        (("Artifacts", "*"), "sagemaker", "CreateArtifactRequest", ()),
        (("Contexts", "*"), "sagemaker", "CreateContextRequest", ()),
    ),
}
# The name of a step's own job, model or endpoint, which the service makes up for each execution.
MADE_UP = {
    "AutoML": ("AutoMLJobName",),
    "ClarifyCheck": ("ProcessingJobName",),
    "Endpoint": ("EndpointName",),
    "EndpointConfig": ("EndpointConfigName",),
    "InferenceComponent": ("InferenceComponentName",),
    "Job": ("JobName",),
    "Model": ("ModelName",),
    "Processing": ("ProcessingJobName",),
    "QualityCheck": ("ProcessingJobName",),
    "Training": ("TrainingJobName",),
    "Transform": ("TransformJobName",),
    "Tuning": ("HyperParameterTuningJobName",),
}
# Classes of characters as the service's language writes them, as Python does.
_CLASSES = {
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{M}": "",
    r"\p{N}": r"\d",
    r"\p{P}": r"!-/:-@\[-`{-~",
    r"\p{S}": "$+<=>^`|~",
    r"\p{Z}": " ",
}
_STARS = re.compile(r"\((\[[^()]*\]\*)\)\$?\{1,\d+\}")


@cache
def _service(name: str = "sagemaker") -> Any:  # noqa: ANN401 - botocore ships no types
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(name, "service-2"))


@cache
def request(step_type: str) -> Shape:
    """Return the shape of the request of a step type, or None where it has none that is known.

    Examples
    --------
    >>> request("Transform").required_members[1]
    'ModelName'
    """
    return _service().operation_model(OPERATIONS[step_type][0]).input_shape if step_type in OPERATIONS else None


@cache
def answer(step_type: str) -> Shape:
    """Return the shape from which the properties of a step type are taken, or None."""
    if step_type in ELSEWHERE:
        service, shape = ELSEWHERE[step_type]
        return part(service, shape)
    return _service().operation_model(OPERATIONS[step_type][1]).output_shape if step_type in OPERATIONS else None


@cache
def part(service: str, shape: str) -> Shape:
    """Return a shape of another service."""
    return _service(service).shape_for(shape)


@cache
def further_answer(step_type: str) -> Shape:
    """Return the second shape from which properties of a step type are taken, or None."""
    return _service().operation_model(FURTHER[step_type]).output_shape if step_type in FURTHER else None


@cache
def pattern(text: str) -> re.Pattern[str] | None:
    r"""Return a pattern of the service as one of Python's, or None where it cannot be said in it.

    Examples
    --------
    >>> bool(pattern(r"[\p{L}\p{N}]*").fullmatch("ü1"))
    True
    """
    if r"\p{L}" in text:
        # A letter is what Python calls a word character, but no digit and no underscore; those are mostly allowed too.
        text = text.replace(r"\p{L}", r"\w")
    for name, plain in _CLASSES.items():
        text = text.replace(name, plain)
    # ([…]*)${1,128} means […]*; said as it stands, it would take Python longer than anybody waits to refuse a text.
    text = _STARS.sub(r"\1", text)
    try:
        return re.compile(text)
    except re.error:
        return None
