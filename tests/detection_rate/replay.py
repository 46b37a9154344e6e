"""Write a definition as a user of SDK v3 would have written it: as parameters, steps, properties and functions.

The replay checks nothing itself: the SDK's classes do. The steps are the SDK's own. Only the jobs behind them
(Processor, ModelTrainer …) are replaced, by an object that gives the step its request.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow import conditions, parameters
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.pipeline_context import _ModelStepArguments, _StepArguments
from sagemaker.mlops.workflow import steps
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.pipeline_experiment_config import PipelineExperimentConfig

from tests.detection_rate import parts
from tests.detection_rate.parts import CannotBeWrittenError, NotReplayedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sagemaker.core.helper.pipeline_variable import PipelineVariable

EXECUTION = {variable.name: variable for name, variable in vars(ExecutionVariables).items() if name.isupper()}
COMPARISONS = {
    "Equals": conditions.ConditionEquals,
    "GreaterThan": conditions.ConditionGreaterThan,
    "GreaterThanOrEqualTo": conditions.ConditionGreaterThanOrEqualTo,
    "LessThan": conditions.ConditionLessThan,
    "LessThanOrEqualTo": conditions.ConditionLessThanOrEqualTo,
}
JOBS = {  # by step type: its class, and the method from whose call the SDK makes the request
    "Processing": (steps.ProcessingStep, "run"),
    "Training": (steps.TrainingStep, "train"),
    "Transform": (steps.TransformStep, "transform"),
    "Tuning": (steps.TuningStep, "tune"),
}
CALLS = {  # by step type: its class, its outputs' class, and their types
    "Lambda": (LambdaStep, LambdaOutput, LambdaOutputTypeEnum),
    "Callback": (CallbackStep, CallbackOutput, CallbackOutputTypeEnum),
}
CLUSTER = {"ClusterId": "cluster_id", "ClusterConfig": "cluster_config", "ExecutionRoleArn": "execution_role_arn"}
JAR = {"Jar": "jar", "Args": "args", "MainClass": "main_class", "Properties": "properties"}
MODELS = {"Model": "create_model_request", "RegisterModel": "create_model_package_request"}
PATH = re.compile(r"\.(?P<name>\w+)|\[(?P<number>\d+)\]|\['(?P<key>[^']*)'\]")


class Replay:
    """The objects of a definition.

    Parameters
    ----------
    definition
        A definition, valid or not.
    session : sagemaker.core.workflow.pipeline_context.PipelineSession
        From `step_scripts.local.sdk.compile_session`.

    Attributes
    ----------
    pipeline : sagemaker.mlops.workflow.pipeline.Pipeline
        The pipeline.
    requests : list of tuple of str and dict
        Type and arguments of every step that makes a request, with references as objects.

    Raises
    ------
    CannotBeWrittenError
        If something in the definition cannot be written with objects.
    NotReplayedError
        If the replay does not support the type of a step.
    Exception
        Any exception with which the SDK refuses the definition.

    Examples
    --------
    >>> from step_scripts.local import sdk
    >>> stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Execution.PipelineName"}}}
    >>> with sdk.compile_session() as session:
    ...     Replay({"Version": "2020-12-01", "Steps": [stop]}, session).pipeline.steps[0].error_message.expr
    {'Get': 'Execution.PipelineName'}
    """

    def __init__(self, definition: Mapping[str, Any], session: Any) -> None:
        self._session = session
        self._steps: dict[str, steps.Step] = {}
        self._to_fill: list[Callable[[], None]] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        declared = [parts.parameter(raw) for raw in parts.listed(definition, "Parameters")]
        self._parameters = {parameter.name: parameter for parameter in reversed(declared)}  # the first of two
        written = [self._step(raw) for raw in parts.listed(definition, "Steps")]
        # First all steps, then their contents: a step may refer to any other one.
        for fill in self._to_fill:
            fill()
        self.pipeline = Pipeline(
            name="replayed",
            parameters=declared,
            pipeline_experiment_config=self._experiment(definition.get("PipelineExperimentConfig")),
            steps=written,
            sagemaker_session=session,
        )

    def _experiment(self, raw: Mapping[str, Any] | None) -> PipelineExperimentConfig | None:
        if raw is None:
            return None
        return PipelineExperimentConfig(*(self._value(raw.get(name)) for name in ("ExperimentName", "TrialName")))

    def _step(self, raw: Mapping[str, Any]) -> steps.Step:
        arguments = raw.get("Arguments", {})
        if not isinstance(arguments, dict):
            raise CannotBeWrittenError(f"arguments: expected names with values, got {arguments!r}")
        step = self._of_type(raw, arguments, parts.options(raw))
        self._steps.setdefault(step.name, step)  # with two of one name, references mean the first
        return step

    def _of_type(self, raw: Mapping[str, Any], arguments: dict[str, Any], options: dict[str, Any]) -> steps.Step:
        kind = raw.get("Type")
        if kind in JOBS:
            step_class, method = JOBS[kind]
            job = _job(self._request(kind, arguments))
            return step_class(step_args=_StepArguments(method, lambda _: None, job), **options)
        if kind in MODELS:
            return ModelStep(step_args=self._of_model(kind, self._request(kind, arguments)), **options)
        if kind in CALLS:
            step_class, output_class, output_type = CALLS[kind]
            outputs = [
                output_class(output_name=one.get("OutputName"), output_type=output_type(value=one.get("OutputType")))
                for one in parts.listed(raw, "OutputParameters")
            ]
            if kind == "Lambda":
                called = {"lambda_func": Lambda(function_arn=raw.get("FunctionArn"))}
            else:
                called = {"sqs_queue_url": raw.get("SqsQueueUrl")}
            inputs: dict[str, Any] = {}
            self._to_fill.append(lambda: inputs.update(self._value(arguments)))
            return step_class(inputs=inputs, outputs=outputs, **called, **options)
        if kind == "EMR":
            config = parts.named(arguments, CLUSTER)
            run = parts.named(arguments.get("StepConfig", {}).get("HadoopJarStep"), JAR)
            return EMRStep(step_config=EMRStepConfig(**run), **{"cluster_id": None, **self._value(config), **options})
        if kind == "Fail":
            step = FailStep(**options)
            self._to_fill.append(lambda: setattr(step, "error_message", self._value(arguments.get("ErrorMessage"))))
            return step
        if kind == "Condition":
            branches = {"if_steps": "IfSteps", "else_steps": "ElseSteps"}
            inside = {
                name: [self._step(one) for one in parts.listed(arguments, member)] for name, member in branches.items()
            }
            step = ConditionStep(**inside, **options)
            listed = parts.listed(arguments, "Conditions")
            self._to_fill.append(lambda: setattr(step, "conditions", [self._condition(one) for one in listed]))
            return step
        if kind in [known.value for known in steps.StepTypeEnum]:
            raise NotReplayedError(f"the replay does not support steps of type {kind}")
        raise CannotBeWrittenError(f"there is no class for steps of type {kind}")

    def _request(self, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
        request = dict(arguments)
        self.requests.append((kind, request))
        self._to_fill.append(lambda: request.update(self._value(arguments)))
        return request

    def _of_model(self, kind: str, request: dict[str, Any]) -> _ModelStepArguments:
        arguments = _ModelStepArguments(SimpleNamespace(sagemaker_session=self._session))
        arguments.caller_name = "create_model"
        setattr(arguments, MODELS[kind], request)
        return arguments

    def _condition(self, raw: Mapping[str, Any]) -> conditions.Condition:
        kind = raw.get("Type")
        if kind in COMPARISONS:
            return COMPARISONS[kind](**self._value(parts.named(raw, {"LeftValue": "left", "RightValue": "right"})))
        if kind == "In":
            return conditions.ConditionIn(
                **self._value(parts.named(raw, {"QueryValue": "value", "Values": "in_values"}))
            )
        if kind == "Not":
            return conditions.ConditionNot(*(self._condition(raw[one]) for one in ("Condition",) if one in raw))
        if kind == "Or":
            return conditions.ConditionOr([self._condition(one) for one in parts.listed(raw, "Conditions")])
        raise CannotBeWrittenError(f"there is no class for the condition {kind}")

    def _value(self, raw: Any) -> Any:
        match raw:
            case {"Get": reference, **others} if not others:
                return self._reference(reference)
            case {"Std:Join": {"Values": values} as given, **others} if not others:
                return Join(on=given.get("On", ""), values=self._value(values))
            case {"Std:JsonGet": dict() as given, **others} if not others:
                return self._json_get(given)
            case dict():
                if any(str(name).startswith("Std:") for name in raw):
                    raise CannotBeWrittenError(f"there is no class for {', '.join(raw)} with these members")
                return {name: self._value(member) for name, member in raw.items()}
            case list():
                return [self._value(member) for member in raw]
        return raw

    def _json_get(self, given: Mapping[str, Any]) -> JsonGet:
        options = {"json_path": self._value(given.get("Path")), "s3_uri": self._value(given.get("S3Uri"))}
        match given.get("PropertyFile"):
            case {"Get": str(reference)}:
                _, step, path = (*reference.split(".", 2), "", "")[:3]
                # By its name, not by the object, which could belong to another step: the SDK looks names up.
                name = path.removeprefix("PropertyFiles.")
                file = name if path.startswith("PropertyFiles.") else self._reference(reference)
                return JsonGet(step_name=step, property_file=file, **options)
            case other:
                return JsonGet(property_file=self._value(other), **options)

    def _reference(self, reference: Any) -> PipelineVariable:
        kind, _, path = reference.partition(".") if isinstance(reference, str) else ("", "", "")
        if kind == "Parameters":  # an undeclared one is an object missing in the list
            return self._parameters.get(path) or parameters.ParameterString(path)
        if kind == "PipelineExperimentConfig":
            raise NotReplayedError("the replay does not support names of experiments")
        if kind == "Execution" and path in EXECUTION:
            return EXECUTION[path]
        name = re.match(r"[^.\[]*", path).group()
        if kind != "Steps" or name not in self._steps:
            raise CannotBeWrittenError(f"there is no object from which {reference} could be read")
        path = path.removeprefix(name)
        if path.startswith(".OutputParameters["):
            path = path.replace("OutputParameters", "Outputs", 1)  # their name in Python
        return _followed(self._steps[name].properties, path)


def _followed(properties: Any, path: str) -> Any:
    """Follow a path by attributes and subscripts, as Python would."""
    at = 0
    while at < len(path):
        part = PATH.match(path, at)
        if part is None:
            raise CannotBeWrittenError(f"{path[at:]} is not an attribute or a subscript in Python")
        at = part.end()
        if part["name"]:
            properties = getattr(properties, part["name"])
        else:
            properties = properties[int(part["number"]) if part["number"] else part["key"]]
    return properties


def _job(request: dict[str, Any]) -> Any:
    """Return a substitute of a Processor, a ModelTrainer …: the step takes the request from it."""
    session = SimpleNamespace(context=SimpleNamespace(args=request))
    return SimpleNamespace(sagemaker_session=session, source_code=None)
