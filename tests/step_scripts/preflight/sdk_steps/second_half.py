"""What comes after the training: a search whose winner is registered and approved, and a deployment."""

from types import SimpleNamespace

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.model_registry import create_model_package_from_containers
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.shapes import OutputDataConfig
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.steps import CacheConfig, TuningStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, Networking
from sagemaker.train.tuner import HyperparameterTuner

APPROVE = "arn:aws:lambda:us-east-1:111122223333:function:step-scripts-approve"
CONTINUOUS = {
    "eta": ContinuousParameter(0.05, 0.9, scaling_type="Logarithmic"),
    "keep": ContinuousParameter(0.5, 0.99, scaling_type="ReverseLogarithmic"),
    "max-depth": IntegerParameter(1, 6),
}
GRID = {"max-depth": CategoricalParameter(["1", "5", "6"]), "tree-method": CategoricalParameter(["hist"])}


def winner_is_registered(given):
    """A search with a cache, limits by parameters, and the winner by properties of the search."""
    most, parallel = ParameterInteger("MaxJobs", 4), ParameterInteger("MaxParallelJobs", 2)
    step_args = _tuner(given, "Random", CONTINUOUS).tune(
        inputs=[InputData(channel_name="train", data_source="s3://bucket/in")]
    )
    compile_args = step_args.func

    def completed(*args, **options):
        compile_args(*args, **options)
        request = given.session.context.args
        limits = {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": parallel}
        request["HyperParameterTuningJobConfig"]["ResourceLimits"] = limits
        request["TrainingJobDefinition"]["EnableNetworkIsolation"] = True

    step_args.func = completed
    tune = TuningStep(
        name="Tune", step_args=step_args, cache_config=CacheConfig(enable_caching=True, expire_after="P30D")
    )
    folder = tune.properties.TrainingJobDefinition.OutputDataConfig.S3OutputPath
    trial = tune.properties.TrainingJobSummaries[0].TrainingJobName
    winner = Join(on="/", values=[folder, trial, "output/model.tar.gz"])
    metrics = ModelMetrics(model_statistics=MetricsSource("application/json", "s3://bucket/evaluation.json"))
    given.session.init_model_step_arguments(SimpleNamespace(sagemaker_session=given.session))
    create_model_package_from_containers(
        given.session,
        containers=[{"Image": "image", "ModelDataUrl": winner, "Environment": {}}],
        content_types=["application/json"],
        response_types=["application/json"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="houses",
        approval_status="PendingManualApproval",
        model_metrics=metrics._to_request_dict(),
        customer_metadata_properties={"execution": ExecutionVariables.PIPELINE_EXECUTION_ID},
    )
    arguments, given.session.context = given.session.context, None
    register = ModelStep(name="Register", step_args=arguments)
    package = register.properties.ModelPackageArn
    approve = LambdaStep(
        name="Approve",
        lambda_func=Lambda(function_arn=APPROVE, session=given.session),
        inputs={
            "ModelPackageArn": package,
            "Status": "Approved",
            "best": tune.properties.BestTrainingJob.TrainingJobName,
        },
        outputs=[LambdaOutput("status", LambdaOutputTypeEnum.String)],
    )
    ask = CallbackStep(
        name="Ask",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/111122223333/ask",
        inputs={"package": package, "status": approve.properties.Outputs["status"]},
        outputs=[CallbackOutput("answer", CallbackOutputTypeEnum.Boolean)],
    )
    return [most, parallel, tune, register, approve, ask]


def grid(given):
    """A search of each combination, which needs no number of jobs."""
    step_args = _tuner(given, "Grid", GRID, max_jobs=3).tune(inputs=[])
    return [TuningStep(name="Tune", step_args=step_args)]


def deployment(given):
    """A package that is already registered, its model, the configuration of an endpoint, and the endpoint."""
    role, package, endpoint = (ParameterString(name) for name in ("Role", "ModelPackage", "Endpoint"))
    given.session.init_model_step_arguments(SimpleNamespace(sagemaker_session=given.session))
    given.session.create_model(None, given.role, {"ModelPackageName": package}, enable_network_isolation=True)
    arguments, given.session.context = given.session.context, None
    arguments.create_model_request["ExecutionRoleArn"] = role
    model = ModelStep(name="CreateModel", step_args=arguments)
    name = Join(on="-", values=["houses", ExecutionVariables.PIPELINE_EXECUTION_ID])
    variant = {"VariantName": "AllTraffic", "ModelName": model.properties.ModelName, "InitialInstanceCount": 1}
    variant["InstanceType"] = "ml.m5.large"
    made = given.session.create_endpoint_config(name=name, production_variants=[variant])
    config = EndpointConfigStep(name="Config", step_args=made)
    served = given.session.create_endpoint(endpoint_name=endpoint, config_name=config.properties.EndpointConfigName)
    return [role, package, endpoint, model, config, EndpointStep(name="Serve", step_args=served)]


def _tuner(given, strategy, ranges, *, max_jobs=1):
    place = Join(on="/", values=["s3://bucket/executions", ExecutionVariables.PIPELINE_EXECUTION_ID, "Tune"])
    trainer = ModelTrainer(
        role=given.role,
        training_image="image",
        base_job_name="Tune",
        sagemaker_session=given.session,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=30),
        networking=Networking(enable_network_isolation=True),
        output_data_config=OutputDataConfig(s3_output_path=place),
        hyperparameters={"seed": "0"},
    )
    return HyperparameterTuner(
        trainer,
        objective_metric_name="auc",
        objective_type="Maximize",
        strategy=strategy,
        hyperparameter_ranges=ranges,
        metric_definitions=[{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
        max_jobs=max_jobs,
        max_parallel_jobs=1,
        random_seed=7,
    )
