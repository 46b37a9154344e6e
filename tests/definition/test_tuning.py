"""What the tuning pipeline has chosen: what it searches, and which model it registers."""

import json

import pytest

WINNER = {
    "Std:Join": {
        "On": "/",
        "Values": [
            {"Get": "Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath"},
            {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"},
            "output/model.tar.gz",
        ],
    }
}


@pytest.fixture(scope="module")
def tuning(harnesses):
    """The pipeline's steps by name."""
    return harnesses["pipelines/tuning.py"].steps


def test_the_model_that_is_registered_is_the_one_that_was_evaluated(tuning):
    """The winner, by properties of the tuning step: also when that step is found in the cache."""
    request = tuning["Register"]["Arguments"]
    assert request["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == WINNER
    inputs = {
        each["InputName"]: each["S3Input"]["S3Uri"] for each in tuning["Evaluate"]["Arguments"]["ProcessingInputs"]
    }
    assert inputs["model"] == WINNER


def test_each_hyperparameter_is_searched_or_has_a_value(tuning, steps):
    """Together they are those of the training step in ``pipeline.py``; the rest of the steps is the same."""
    request = tuning["Tune"]["Arguments"]
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    searched = {each["Name"] for some in ranges.values() for each in some}
    static = set(request["TrainingJobDefinition"]["StaticHyperParameters"])
    assert searched == {"max-depth", "eta", "alpha", "min-child-weight"}
    assert searched | static == set(steps["Train"]["Arguments"]["HyperParameters"])
    assert json.dumps(tuning["Preprocess"]) == json.dumps(steps["Preprocess"])


def test_the_search_is_repeated_with_the_same_seed(tuning):
    """The number of trials and the seed are parameters; the objective is the AUC of rows that a tree has not seen."""
    config = tuning["Tune"]["Arguments"]["HyperParameterTuningJobConfig"]
    assert config["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": "validation:auc"}
    limits = {"MaxNumberOfTrainingJobs": {"Get": "Parameters.MaxJobs"}}
    assert config["ResourceLimits"] == limits | {"MaxParallelTrainingJobs": {"Get": "Parameters.MaxParallelJobs"}}
    assert config["RandomSeed"] == {"Get": "Parameters.SearchSeed"}
