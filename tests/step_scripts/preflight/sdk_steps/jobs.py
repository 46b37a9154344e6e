"""Processing, training and tuning jobs."""

from sagemaker.core.network import NetworkConfig
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.processing import FrameworkProcessor, Processor, ScriptProcessor
from sagemaker.core.shapes import (
    MetricDefinition,
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    StoppingCondition,
)
from sagemaker.core.workflow.conditions import ConditionGreaterThan
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TuningStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.tuner import HyperparameterTuner

CACHE = CacheConfig(enable_caching=True, expire_after="P30D")
RETRIES = [
    StepRetryPolicy(exception_types=list(StepExceptionTypeEnum), expire_after_mins=60, interval_seconds=5),
    SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT],
        failure_reason_types=[
            SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
            SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
        ],
        max_attempts=20,
        backoff_rate=1.5,
    ),
]
METRICS = [{"Name": "auc", "Regex": "auc=([0-9.]+)"}]


def processor(given):
    """A processing job with all options, and a second one that reads its outputs, behind a condition."""
    store = ParameterString("Store", default_value="s3://bucket/store", enum_values=["s3://bucket/store"])
    kind = ParameterString("Kind", default_value="ml.m5.large")
    count, disk = ParameterInteger("Count", default_value=1), ParameterInteger("Disk", default_value=30)
    share, isolated = ParameterFloat("Share", default_value=0.2), ParameterBoolean("Isolated", default_value=True)
    runner = Processor(
        role=given.role,
        image_uri="image",
        entrypoint=["python3", "/opt/program/split.py"],
        instance_type=kind,
        instance_count=count,
        volume_size_in_gb=disk,
        max_runtime_in_seconds=3600,
        env={"STORE": store, "STARTED": ExecutionVariables.START_DATETIME},
        tags=[{"Key": "team", "Value": "houses"}],
        network_config=NetworkConfig(
            enable_network_isolation=isolated, subnets=["subnet-1"], security_group_ids=["sg-1"]
        ),
        sagemaker_session=given.session,
    )
    split = ProcessingStep(
        name="Split",
        display_name="Split",
        description="train and test",
        step_args=runner.run(
            inputs=[_input("data", Join(on="/", values=[store, "data"]))],
            outputs=[_output("train", Join(on="/", values=[store, ExecutionVariables.PIPELINE_EXECUTION_ID, "train"]))],
            arguments=["--share", share.to_string()],
        ),
        property_files=[PropertyFile(name="counts", output_name="train", path="counts.json")],
        cache_config=CACHE,
        retry_policies=RETRIES,
    )
    train = split.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    count_again = ProcessingStep(
        name="Count",
        step_args=_plain_processor(given).run(inputs=[_input("train", train)], outputs=[]),
        depends_on=[split],
    )
    rows = JsonGet(step_name="Split", property_file="counts", json_path="train.rows")
    gate = ConditionStep(name="Gate", conditions=[ConditionGreaterThan(rows, 100)], if_steps=[count_again])
    return [store, kind, count, disk, share, isolated, split, gate]


def script_processor(given):
    """A local script, which the SDK uploads."""
    runner = ScriptProcessor(
        role=given.role,
        image_uri="image",
        command=["python3"],
        instance_type="ml.m5.large",
        instance_count=1,
        sagemaker_session=given.session,
    )
    arguments = runner.run(
        code=str(_script(given)), outputs=[_output("out", "s3://bucket/out")], arguments=["--depth", "3"]
    )
    return [ProcessingStep(name="Script", step_args=arguments)]


def framework_processor(given):
    """A folder of scripts: the SDK uploads it as an archive, with a script that unpacks it."""
    script = _script(given)
    runner = FrameworkProcessor(
        role=given.role,
        image_uri="image",
        instance_type="ml.m5.large",
        instance_count=1,
        sagemaker_session=given.session,
    )
    arguments = runner.run(code=script.name, source_dir=str(script.parent))
    return [ProcessingStep(name="Framework", step_args=arguments)]


def training(given):
    """A training job with a source folder, and a job that reads its model."""
    depth = ParameterInteger("Depth", default_value=3)
    script = _script(given)
    trainer = _trainer(
        given,
        source_code=SourceCode(source_dir=str(script.parent), entry_script=script.name),
        hyperparameters={"depth": depth.to_string(), "eta": 0.3, "objective": "binary:logistic"},
    ).with_metric_definitions([MetricDefinition(name="auc", regex="auc=([0-9.]+)")])
    arguments = trainer.train(input_data_config=[InputData(channel_name="train", data_source="s3://bucket/in")])
    train = TrainingStep(name="Train", step_args=arguments, cache_config=CACHE, retry_policies=RETRIES)
    artifact = train.properties.ModelArtifacts.S3ModelArtifacts
    weigh = ProcessingStep(
        name="Weigh",
        step_args=_plain_processor(given).run(
            inputs=[_input("model", artifact)],
            arguments=[train.properties.FinalMetricDataList["auc"].Value.to_string()],
        ),
    )
    return [depth, train, weigh]


def tuning(given):
    """A tuning step with every type of range, and jobs that read its best models."""
    tuner = HyperparameterTuner(
        model_trainer=_trainer(given, hyperparameters={"alpha": "1"}),
        objective_metric_name="auc",
        hyperparameter_ranges={
            "eta": ContinuousParameter(0.1, 0.5, scaling_type="Logarithmic"),
            "depth": IntegerParameter(1, 3),
            "booster": CategoricalParameter(["gbtree", "dart"]),
        },
        metric_definitions=METRICS,
        max_jobs=2,
        max_parallel_jobs=1,
        early_stopping_type="Auto",
    )
    arguments = tuner.tune(inputs=[InputData(channel_name="train", data_source="s3://bucket/in")])
    tune = TuningStep(name="Tune", step_args=arguments, cache_config=CACHE, retry_policies=RETRIES)
    best = [tune.get_top_model_s3_uri(top_k=rank, s3_bucket="bucket", prefix="models") for rank in (0, 1)]
    weigh = ProcessingStep(
        name="Weigh",
        step_args=_plain_processor(given).run(
            inputs=[_input(f"model-{rank}", uri) for rank, uri in enumerate(best)],
            arguments=[
                tune.properties.BestTrainingJob.TrainingJobName,
                tune.properties.TrainingJobSummaries[1].TrainingJobName,
                tune.properties.TrainingJobSummaries[1].TunedHyperParameters["eta"],
            ],
        ),
    )
    return [tune, weigh]


def _script(given):
    path = given.folder / "work.py"
    path.write_text("print('done')\n")
    return path


def _plain_processor(given):
    return Processor(
        role=given.role,
        image_uri="image",
        entrypoint=["true"],
        instance_type="ml.m5.large",
        instance_count=1,
        sagemaker_session=given.session,
    )


def _input(name, uri):
    folder = f"/opt/ml/processing/input/{name}"
    s3_input = ProcessingS3Input(s3_uri=uri, local_path=folder, s3_data_type="S3Prefix", s3_input_mode="File")
    return ProcessingInput(input_name=name, s3_input=s3_input)


def _output(name, uri):
    folder = f"/opt/ml/processing/output/{name}"
    s3_output = ProcessingS3Output(s3_uri=uri, local_path=folder, s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=s3_output)


def _trainer(given, **options):
    settings = {
        "training_image": "image",
        "base_job_name": "train",
        "compute": Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=30),
        "output_data_config": OutputDataConfig(s3_output_path="s3://bucket/out"),
        "stopping_condition": StoppingCondition(max_runtime_in_seconds=3600),
        **options,
    }
    return ModelTrainer(role=given.role, sagemaker_session=given.session, **settings)
