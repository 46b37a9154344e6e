"""Lambda, Callback, Condition, ForEach and Fail steps, experiments, and triggers."""

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow import conditions
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import CurrentItem, ForEachSelector, ForEachStep, IterationOutput
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.pipeline_experiment_config import (
    PipelineExperimentConfig,
    PipelineExperimentConfigProperties,
)
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import CacheConfig

CACHE = CacheConfig(enable_caching=True, expire_after="P1D")
FUNCTION = Lambda(function_arn="arn:aws:lambda:us-east-1:111122223333:function:tell")
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/queue"


def function(_given):
    """A Lambda function with an output of every type, and a step that reads them all."""
    outputs = [LambdaOutput(output_name=f"a {kind.value}", output_type=kind) for kind in LambdaOutputTypeEnum]
    tell = LambdaStep(name="Tell", lambda_func=FUNCTION, inputs={"what": "done", "times": 2}, outputs=outputs)
    return [tell, _read_by(tell, [output.output_name for output in outputs])]


def callback(_given):
    """A message to a queue with an answer of every type, and a step that reads them all."""
    outputs = [CallbackOutput(output_name=kind.value, output_type=kind) for kind in CallbackOutputTypeEnum]
    ask = CallbackStep(name="Ask", sqs_queue_url=QUEUE, inputs={"what": "?"}, outputs=outputs)
    return [ask, _read_by(ask, [output.output_name for output in outputs])]


def condition(_given):
    """Every type of condition, a condition in a branch, and a branch that fails."""
    bound, name = ParameterFloat("Bound", default_value=0.7), ParameterString("Name", default_value="a")
    score = _lambda("Score", [LambdaOutput(output_name="auc", output_type=LambdaOutputTypeEnum.Float)])
    auc = score.properties.Outputs["auc"]
    every = [
        conditions.ConditionEquals(name, "a"),
        conditions.ConditionGreaterThan(auc, 0.5),
        conditions.ConditionGreaterThanOrEqualTo(auc, bound),
        conditions.ConditionLessThan(auc, 1),
        conditions.ConditionLessThanOrEqualTo(left=0, right=auc),
        conditions.ConditionIn(name, ["a", "b", ExecutionVariables.PIPELINE_NAME]),
        conditions.ConditionNot(conditions.ConditionIn(name, ["c"])),
        conditions.ConditionOr([conditions.ConditionEquals(name, "a"), conditions.ConditionLessThan(auc, 2)]),
    ]
    stop = FailStep(name="Stop", error_message=Join(on=": ", values=["too bad", auc, bound]))
    inner = ConditionStep(name="Inner", conditions=every[:1], if_steps=[_lambda("Deploy")], else_steps=[stop])
    gate = ConditionStep(
        name="Gate", display_name="Gate", conditions=every, if_steps=[inner], else_steps=[FailStep(name="Silent")]
    )
    after = ConditionStep(
        name="After",
        conditions=[conditions.ConditionEquals(gate.properties.Outcome, "true")],
        if_steps=[_lambda("Last")],
        depends_on=["Gate"],
    )
    return [bound, name, score, gate, after]


def experiment(_given):
    """An experiment named by a parameter, and a step that reads its names."""
    name = ParameterString("Experiment", default_value="houses")
    config = PipelineExperimentConfig(name, ExecutionVariables.PIPELINE_EXECUTION_ID)
    names = [PipelineExperimentConfigProperties.EXPERIMENT_NAME, PipelineExperimentConfigProperties.TRIAL_NAME]
    return [name, config, FailStep(name="Tell", error_message=Join(on="/", values=names))]


def dependencies(_given):
    """Steps that depend on another one with each trigger."""
    first = _lambda("First")
    others = [
        LambdaStep(name=f"On-{trigger.value}", lambda_func=FUNCTION, depends_on=[StepDependency(first, trigger)])
        for trigger in TriggerCondition
    ]
    return [first, *others]


def for_each(_given):
    """A loop over the output of a step, its selected iteration, and all properties of the loop."""
    table = _lambda("Table", [LambdaOutput(output_name="items", output_type=LambdaOutputTypeEnum.String)])
    item = CurrentItem()
    score = LambdaOutput(output_name="score", output_type=LambdaOutputTypeEnum.Float)
    body = LambdaStep(
        name="Each",
        lambda_func=FUNCTION,
        inputs={"all": item, "name": item.name, "depth": item["depth"], "one": item.list[0].name},
        outputs=[score],
    )
    each = ForEachStep(
        name="Loop",
        iterable_items=table.properties.Outputs["items"],
        max_concurrency=2,
        for_each_body=[body],
        selector=ForEachSelector(pick="MaxBy", field=IterationOutput(body).OutputParameters["score"]),
    )
    result = each.properties
    best = LambdaStep(
        name="Best",
        lambda_func=FUNCTION,
        inputs={
            "first": result.IterationOutputs[0].Each.OutputParameters["score"],
            "best": result.Selected.OutputParameters["score"],
            **{member: getattr(result, member) for member in ForEachStep._AGGREGATE_PROPERTY_MEMBERS},
        },
    )
    return [table, each, best]


def for_each_of_a_list(_given):
    """A loop over literal items."""
    name = ParameterString("Name", default_value="a")
    body = LambdaStep(name="Each", lambda_func=FUNCTION, inputs={"item": CurrentItem()})
    return [name, ForEachStep(name="Loop", iterable_items=[name, "b", 1], max_concurrency=50, for_each_body=[body])]


def _lambda(name, outputs=()):
    return LambdaStep(name=name, lambda_func=FUNCTION, inputs={}, outputs=list(outputs))


def _read_by(step, names):
    inputs = {name: step.properties.Outputs[name] for name in names}
    return LambdaStep(name="Listen", lambda_func=FUNCTION, inputs=inputs, depends_on=[step])
