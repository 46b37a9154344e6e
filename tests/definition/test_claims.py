"""What this pipeline has chosen: the gate, the metrics, the hosts."""

import json
import re

from step_scripts.testing.jobs import instance_count, words_of

REPORT = "Steps.Evaluate.ProcessingOutputConfig.Outputs['evaluation'].S3Output.S3Uri"
URI = {"Std:Join": {"On": "/", "Values": [{"Get": REPORT}, "evaluation.json"]}}


def test_the_gate_lets_good_models_pass(steps):
    """The gate's direction: the bound on the left must be at least the parameter on the right."""
    condition = steps["Gate"]["Arguments"]["Conditions"][0]
    assert condition["Type"] == "GreaterThanOrEqualTo"
    assert condition["RightValue"] == {"Get": "Parameters.MinAucLowerBound"}
    assert [step["Name"] for step in steps["Gate"]["Arguments"]["IfSteps"]] == ["Register", "CreateModel", "Score"]


def test_a_model_is_registered_with_its_report_and_its_origin(steps):
    """The version waits for approval; the report is where the registry looks for it; each contract has its version."""
    request = steps["Register"]["Arguments"]
    assert request["ModelApprovalStatus"] == {"Get": "Parameters.ModelApprovalStatus"}
    assert request["ModelMetrics"] == {
        "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": URI}}
    }
    metadata = request["CustomerMetadataProperties"]
    assert {f"contract-{name}" for name in ("claims", "customers", "features")} < set(metadata)
    for step in ("Preprocess", "Train", "Evaluate"):
        assert json.dumps(metadata[f"{step.lower()}-code"]) in json.dumps(steps[step]["Arguments"])


def test_the_number_of_hosts_is_a_parameter_of_preprocess_alone(steps):
    """Preprocess shares its rows among as many hosts as the parameter says; the jobs that share none have one."""
    counts = {name: instance_count(step) for name, step in steps.items() if step["Type"] in {"Processing", "Training"}}
    assert counts == {"Preprocess": {"Get": "Parameters.PreprocessInstanceCount"}, "Train": 1, "Evaluate": 1}


def test_each_metric_is_printed_once(steps, containers):
    """Each metric of the training finds one number in the log: an area under a curve."""
    for metric in steps["Train"]["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"]:
        (number,) = re.findall(metric["Regex"], containers.run("Train").log)
        assert 0.5 < float(number) < 1, metric["Name"]


def test_training_sees_every_hyperparameter_of_the_pipeline(steps, resolve):
    """Ten hyperparameters are parameters of the pipeline, and no other."""
    assert words_of(steps["Train"], resolve)[::2] == [
        *("--max-depth", "--eta", "--num-boost-round", "--early-stopping-rounds", "--folds"),
        *("--alpha", "--min-child-weight", "--scale-pos-weight", "--tree-method", "--seed"),
    ]
