"""Steps that deploy a model."""

import pytest

from step_scripts.jobs.errors import JobsError


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


@pytest.mark.parametrize("name", ["", "under_score", "-first", "last-", "h" * 51])
def test_an_endpoint_has_a_name_that_fits(jobs, name):
    """Its configuration's name has the execution's id behind it."""
    model = jobs.create_model("Model", model_data="s3://bucket/model.tar.gz")
    with pytest.raises(JobsError, match=r"Config, endpoint_name: expected: 1 to 50 letters, .*; fix: choose another"):
        jobs.endpoint_config("Config", endpoint_name=name, model=model)
    config = jobs.endpoint_config("Config", endpoint_name="h" * 50, model=model)
    with pytest.raises(JobsError, match="Endpoint, endpoint_name: expected: 1 to 50 letters"):
        jobs.endpoint("Endpoint", endpoint_name=name, config=config)
