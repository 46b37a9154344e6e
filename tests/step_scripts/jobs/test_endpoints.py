"""Steps that deploy a model."""


def test_an_endpoint_gets_a_new_configuration_each_time(jobs, compiled):
    """The service updates an endpoint only to a configuration of another name."""
    from sagemaker.core.workflow.parameters import ParameterString

    name, machine = ParameterString("EndpointName", "houses"), ParameterString("Machine", "ml.m5.large")
    model = jobs.create_model("Model", model_data="s3://bucket/model.tar.gz")
    config = jobs.endpoint_config("Config", endpoint_name=name, model=model, instance_type=machine, instance_count=2)
    steps = compiled(
        model, config, jobs.endpoint("Endpoint", endpoint_name=name, config=config), parameters=[name, machine]
    )
    assert [step["Type"] for step in steps.values()] == ["Model", "EndpointConfig", "Endpoint"]
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": {"Get": "Steps.Model.ModelName"},
        "InitialInstanceCount": 2,
        "InstanceType": {"Get": "Parameters.Machine"},
    }
    names = [{"Get": "Parameters.EndpointName"}, {"Get": "Execution.PipelineExecutionId"}]
    assert steps["Config"]["Arguments"] == {
        "EndpointConfigName": {"Std:Join": {"On": "-", "Values": names}},
        "ProductionVariants": [variant],
    }
    assert steps["Endpoint"]["Arguments"] == {
        "EndpointName": {"Get": "Parameters.EndpointName"},
        "EndpointConfigName": {"Get": "Steps.Config.EndpointConfigName"},
    }
    assert not [name for name, step in steps.items() if "CacheConfig" in step]
