"""What SDK v3 writes is right: preflight has no error to tell of it, step type by step type."""

import json
from types import SimpleNamespace

import pytest

import preflight
from targets import sdk

ROLE = "arn:aws:iam::111122223333:role/jobs"


def tuning(session):
    """A search over two hyperparameters."""
    from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
    from sagemaker.core.shapes import OutputDataConfig, StoppingCondition
    from sagemaker.mlops.workflow.steps import CacheConfig, TuningStep
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData
    from sagemaker.train.tuner import HyperparameterTuner

    trainer = ModelTrainer(
        role=ROLE,
        training_image="image",
        base_job_name="tune",
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=30),
        output_data_config=OutputDataConfig(s3_output_path="s3://bucket/out"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        hyperparameters={"alpha": "1"},
        sagemaker_session=session,
    )
    tuner = HyperparameterTuner(
        model_trainer=trainer,
        objective_metric_name="auc",
        hyperparameter_ranges={"eta": ContinuousParameter(0.1, 0.5), "depth": IntegerParameter(1, 3)},
        metric_definitions=[{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
        max_jobs=2,
        max_parallel_jobs=1,
    )
    arguments = tuner.tune(inputs=[InputData(channel_name="train", data_source="s3://bucket/in")])
    return TuningStep(
        name="Tune", step_args=arguments, cache_config=CacheConfig(enable_caching=True, expire_after="P1D")
    )


def registration(session):
    """A version of a model."""
    from sagemaker.core.model_registry import create_model_package_from_containers
    from sagemaker.mlops.workflow.model_step import ModelStep

    session.init_model_step_arguments(SimpleNamespace(sagemaker_session=session))
    create_model_package_from_containers(
        session,
        containers=[{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        model_package_group_name="group",
        approval_status="PendingManualApproval",
    )
    arguments, session.context = session.context, None
    return ModelStep(name="Register", step_args=arguments)


def function(_session):
    """A Lambda function with an output."""
    from sagemaker.core.lambda_helper import Lambda
    from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep

    output = LambdaOutput(output_name="said", output_type=LambdaOutputTypeEnum.String)
    called = Lambda(function_arn="arn:aws:lambda:us-east-1:111122223333:function:tell")
    return LambdaStep(name="Tell", lambda_func=called, inputs={"what": "done"}, outputs=[output])


def callback(_session):
    """A message to a queue."""
    from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep

    output = CallbackOutput(output_name="answer", output_type=CallbackOutputTypeEnum.String)
    queue = "https://sqs.us-east-1.amazonaws.com/111122223333/queue"
    return CallbackStep(name="Ask", sqs_queue_url=queue, inputs={"what": "?"}, outputs=[output])


def cluster(_session):
    """A job on a cluster."""
    from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig

    config = EMRStepConfig(jar="s3://bucket/job.jar")
    return EMRStep(name="Spark", display_name="Spark", description="a job", cluster_id="j-1", step_config=config)


def condition(_session):
    """Conditions inside of conditions, and a branch that fails."""
    from sagemaker.core.workflow import conditions
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep

    either = conditions.ConditionOr(
        [
            conditions.ConditionNot(conditions.ConditionIn("a", ["a", "b"])),
            conditions.ConditionEquals("a", "b"),
            conditions.ConditionLessThan(1, 2.5),
            conditions.ConditionGreaterThanOrEqualTo(1, 2),
        ]
    )
    stop = FailStep(name="Stop", error_message="no")
    return ConditionStep(name="Gate", conditions=[either], if_steps=[stop], else_steps=[])


@pytest.mark.parametrize("build", [tuning, registration, function, callback, cluster, condition])
def test_what_the_sdk_writes_passes(build):
    """No error."""
    with sdk.compile_session() as session:
        from sagemaker.mlops.workflow.pipeline import Pipeline

        pipeline = Pipeline(name="right", parameters=[], steps=[build(session)], sagemaker_session=session)
        definition = json.loads(pipeline.definition())
    assert [finding for finding in preflight.check(definition) if finding.severity == "error"] == []
