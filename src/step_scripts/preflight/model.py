"""The service's own model of its requests and answers, from botocore.

botocore does not enforce patterns, enums and bounds itself. The service does.
"""

import re
from functools import cache
from typing import Any, TypeAlias

Shape: TypeAlias = Any  # a class of botocore, which ships no types

# By step type: the request that the service makes, and the request whose answer holds the step's properties.
OPERATIONS = {
    "AutoML": ("CreateAutoMLJob", "DescribeAutoMLJob"),  # not V2: AutoMLJobConfig is in the guide's list of cache keys
    # A check is a processing job with the service's own image. Its properties are in outputs.py.
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
# By step type: a second request whose answer holds properties.
SECOND_ANSWERS = {"Tuning": "ListTrainingJobsForHyperParameterTuningJob"}
# By step type: the service and the shape with the properties, if it is another service.
OTHER_SERVICES = {"EMR": ("emr", "Step")}
# Arguments that are requests of their own: path (* is each entry of a list), service, shape, optional members.
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
# The name of a step's job, model or endpoint, which the service generates for each execution.
GENERATED_NAMES = {
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
# Character classes of the service's regular expressions, as Python writes them.
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
    """Return the shape of the request of a step type, or None if it is unknown.

    Examples
    --------
    >>> request("Transform").required_members[1]
    'ModelName'
    """
    return _service().operation_model(OPERATIONS[step_type][0]).input_shape if step_type in OPERATIONS else None


@cache
def answer(step_type: str) -> Shape:
    """Return the shape with the properties of a step type, or None."""
    if step_type in OTHER_SERVICES:
        service, shape = OTHER_SERVICES[step_type]
        return part(service, shape)
    return _service().operation_model(OPERATIONS[step_type][1]).output_shape if step_type in OPERATIONS else None


@cache
def part(service: str, shape: str) -> Shape:
    """Return a shape of another service."""
    return _service(service).shape_for(shape)


@cache
def second_answer(step_type: str) -> Shape:
    """Return the second shape with properties of a step type, or None."""
    return _service().operation_model(SECOND_ANSWERS[step_type]).output_shape if step_type in SECOND_ANSWERS else None


@cache
def pattern(text: str) -> re.Pattern[str] | None:
    r"""Return a pattern of the service as a pattern of Python, or None if that is impossible.

    Examples
    --------
    >>> bool(pattern(r"[\p{L}\p{N}]*").fullmatch("ü1"))
    True
    """
    if r"\p{L}" in text:
        # Python's nearest class is \w, which has digits and underscores too. Most patterns allow those as well.
        text = text.replace(r"\p{L}", r"\w")
    for name, plain in _CLASSES.items():
        text = text.replace(name, plain)
    # ([…]*)${1,128} means […]*. Unchanged, it would take Python exponential time to refuse a text.
    text = _STARS.sub(r"\1", text)
    try:
        return re.compile(text)
    except re.error:
        return None
