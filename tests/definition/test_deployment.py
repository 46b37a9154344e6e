"""What the two deployment pipelines deploy."""

import pytest


@pytest.fixture(scope="module")
def native(harnesses):
    """The steps of the one that uses the service's own."""
    return harnesses["pipelines/deployment.py"].steps


@pytest.fixture(scope="module")
def by_lambda(harnesses):
    """The steps of the one that uses functions."""
    return harnesses["pipelines/deployment_by_lambda.py"].steps


def test_the_function_says_which_version_is_deployed(native):
    """From the registry to the endpoint, every step takes what the one before it has made."""
    model = native["CreateModel"]["Arguments"]["PrimaryContainer"]
    assert model == {"ModelPackageName": {"Get": "Steps.Latest.OutputParameters['model_package_arn']"}}
    (variant,) = native["EndpointConfig"]["Arguments"]["ProductionVariants"]
    assert variant["ModelName"] == {"Get": "Steps.CreateModel.ModelName"}
    assert native["Endpoint"]["Arguments"] == {
        "EndpointName": {"Get": "Parameters.EndpointName"},
        "EndpointConfigName": {"Get": "Steps.EndpointConfig.EndpointConfigName"},
    }


def test_no_version_is_approved_unless_it_is_named(by_lambda):
    """0 is the default, and no version: then the latest approved one is deployed."""
    choice = by_lambda["IsApproving"]["Arguments"]
    assert choice["Conditions"] == [
        {"Type": "GreaterThanOrEqualTo", "LeftValue": {"Get": "Parameters.ApproveVersion"}, "RightValue": 1}
    ]
    assert [step["Name"] for step in choice["IfSteps"]] == ["Approve", "DeployVersion"]
    assert [step["Name"] for step in choice["ElseSteps"]] == ["DeployLatest"]
    assert "model_package_arn" not in by_lambda["DeployLatest"]["Arguments"]


def test_the_version_that_was_approved_is_deployed(by_lambda):
    """Not another one that was approved in the meantime."""
    arn = by_lambda["DeployVersion"]["Arguments"]["model_package_arn"]
    assert arn == {"Get": "Steps.Approve.OutputParameters['model_package_arn']"}


def test_both_deploy_to_the_same_endpoint(harnesses):
    """By default, so that one can be replaced by the other."""
    defaults = [harnesses[f"pipelines/{name}.py"].defaults for name in ("deployment", "deployment_by_lambda")]
    assert len({tuple(each[name] for name in ("EndpointName", "ModelPackageGroup")) for each in defaults}) == 1
