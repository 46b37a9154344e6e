"""Models, model packages, endpoints and batch transforms."""

from types import SimpleNamespace

from sagemaker.core.model_registry import create_model_package_from_containers
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.inference_component_step import InferenceComponentStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, TransformStep
from sagemaker.serve.model_builder import ModelBuilder

RETRIES = [StepRetryPolicy(exception_types=[StepExceptionTypeEnum.THROTTLING], max_attempts=5)]
CONTAINER = {"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz", "Environment": {"WORKERS": "2"}}


def model(given):
    """A model of one container, and one of two."""
    return [
        _model(given, "One", CONTAINER),
        _model(given, "Two", [{**CONTAINER, "ContainerHostname": name} for name in ("first", "second")]),
    ]


def registration(given):
    """A model package in the registry, and a model from it."""
    approval = ParameterString("Approval", default_value="PendingManualApproval")
    _start(given)
    create_model_package_from_containers(
        given.session,
        containers=[CONTAINER],
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        model_package_group_name="group",
        approval_status=approval,
        customer_metadata_properties={"trained": "today"},
    )
    arguments, given.session.context = given.session.context, None
    return [approval, ModelStep(name="Register", step_args=arguments, retry_policies=RETRIES)]


def registered_model(given):
    """A model from a registered model package."""
    [approval, register] = registration(given)
    container = {"ModelPackageName": register.properties.ModelPackageArn}
    return [approval, register, _model(given, "Model", container)]


def builder(given):
    """A model and a model package by the SDK's own builder."""
    made = ModelBuilder(
        image_uri="111122223333.dkr.ecr.us-east-1.amazonaws.com/image:1",
        s3_model_data_url="s3://bucket/model.tar.gz",
        role_arn=given.role,
        instance_type="ml.m5.large",
        env_vars={"WORKERS": "2"},
        sagemaker_session=given.session,
    )
    version = made.register(
        model_package_group_name="group",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status="Approved",
    )
    return [
        ModelStep(name="Model", step_args=made.build(model_name="model")),
        ModelStep(name="Register", step_args=version),
    ]


def transform(given):
    """A batch transform, and a second model that reads its output path."""
    made = _model(given, "Model", CONTAINER)
    transformer = Transformer(
        model_name=made.properties.ModelName,
        instance_count=1,
        instance_type="ml.m5.large",
        strategy="MultiRecord",
        assemble_with="Line",
        accept="text/csv",
        max_payload=6,
        output_path="s3://bucket/predictions",
        sagemaker_session=given.session,
    )
    arguments = transformer.transform(
        data="s3://bucket/table",
        content_type="text/csv",
        split_type="Line",
        input_filter="$[1:]",
        join_source="Input",
        output_filter="$[0,-1]",
        model_client_config={"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
    )
    predict = TransformStep(
        name="Predict",
        step_args=arguments,
        cache_config=CacheConfig(enable_caching=True, expire_after="PT6H"),
        retry_policies=RETRIES,
    )
    where = {**CONTAINER, "Environment": {"PREDICTIONS": predict.properties.TransformOutput.S3OutputPath}}
    return [made, predict, _model(given, "Second", where)]


def transform_of_a_named_model(given):
    """A batch transform with an existing model: the SDK asks the service for its image."""
    given.session.sagemaker_client.create_model(
        ModelName="there",
        ExecutionRoleArn=given.role,
        PrimaryContainer=CONTAINER,
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    )
    transformer = Transformer(
        model_name="there", instance_count=1, instance_type="ml.m5.large", sagemaker_session=given.session
    )
    return [TransformStep(name="Predict", step_args=transformer.transform(data="s3://bucket/table"))]


def endpoint(given):
    """A model, the configuration of an endpoint, the endpoint, and a component on it."""
    count = ParameterInteger("Count", default_value=1)
    made = _model(given, "Model", CONTAINER)
    variant = {
        "VariantName": "all",
        "ModelName": made.properties.ModelName,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
        "InitialVariantWeight": 1.0,
    }
    config = EndpointConfigStep(
        name="Config",
        step_args=given.session.create_endpoint_config(name="config", production_variants=[variant]),
        retry_policies=RETRIES,
    )
    serve = EndpointStep(
        name="Serve",
        step_args=given.session.create_endpoint(
            endpoint_name="houses", config_name=config.properties.EndpointConfigName, tags=[{"Key": "a", "Value": "b"}]
        ),
    )
    component = InferenceComponentStep(
        name="Component",
        step_args=given.session.create_inference_component(
            inference_component_name="component",
            endpoint_name=serve.properties.EndpointName,
            variant_name="all",
            specification={
                "ModelName": made.properties.ModelName,
                "ComputeResourceRequirements": {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 1024},
            },
        ),
    )
    return [count, made, config, serve, component]


def _model(given, name, containers):
    _start(given)
    given.session.create_model(name, given.role, containers)
    arguments, given.session.context = given.session.context, None
    return ModelStep(name=name, step_args=arguments, retry_policies=RETRIES)


def _start(given):
    given.session.init_model_step_arguments(SimpleNamespace(sagemaker_session=given.session))
