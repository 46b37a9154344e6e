import copy

import pytest

from step_scripts.local.executors.base import StepError
from step_scripts.local.executors.tuning import request as requests
from step_scripts.local.executors.tuning.executor import Tuning

INTEGER = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "6"}]}
WORDS = {"CategoricalParameterRanges": [{"Name": name, "Values": ["a", "b"]} for name in ("kind", "heating")]}
REQUEST = {
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "error"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": INTEGER,
        "RandomSeed": 0,
    },
    "TrainingJobDefinition": {
        "AlgorithmSpecification": {"MetricDefinitions": [{"Name": "error", "Regex": r"error=(\S+)"}]},
        "StaticHyperParameters": {"folds": "5"},
    },
}


@pytest.fixture
def request_of():
    """A function that returns the request with other members of its configuration; None removes one."""

    def make(**config):
        made = copy.deepcopy(REQUEST)
        made["HyperParameterTuningJobConfig"].update(config)
        given = made["HyperParameterTuningJobConfig"]
        made["HyperParameterTuningJobConfig"] = {name: value for name, value in given.items() if value is not None}
        return made

    return make


def read(request):
    """The plan of a request."""
    return requests.read(request, fallback_seed="2DRR2511NGO3/Tune")


def test_a_plan(request_of):
    """A request says all of it; there is nothing to note."""
    plan = read(request_of())
    assert (plan.max_jobs, plan.max_parallel_jobs, plan.seed, plan.notes) == (4, 2, 0, ())
    assert (plan.objective.metric, plan.objective.maximize) == ("error", False)


def test_a_grid_needs_no_number_of_trials(request_of):
    """It is the number of combinations, and any other number is an error."""
    grid = {"Strategy": "Grid", "ParameterRanges": WORDS}
    assert read(request_of(**grid, ResourceLimits={"MaxParallelTrainingJobs": 1})).max_jobs == 4
    assert read(request_of(**grid)).max_jobs == 4
    with pytest.raises(StepError, match=r"MaxNumberOfTrainingJobs = 4, the number of combinations; got: 3"):
        read(request_of(**grid, ResourceLimits={"MaxNumberOfTrainingJobs": 3}))
    with pytest.raises(StepError, match=r"Grid: expected: categories only; got: a numeric range of n"):
        read(request_of(Strategy="Grid"))


def test_a_search_without_a_seed_says_which_one_it_has(request_of):
    """The seed belongs to the execution, so that two executions differ."""
    plan = read(request_of(RandomSeed=None))
    assert plan.notes == (f"no RandomSeed is set: here it is {plan.seed}",)
    assert plan.seed != requests.read(request_of(RandomSeed=None), fallback_seed="other").seed


def test_what_is_different_here_is_said(request_of):
    """Bayesian is another algorithm, and a trial is not ended early."""
    criteria = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}, "TargetObjectiveMetricValue": 0.5}
    limits = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}
    plan = read(
        request_of(
            Strategy="Bayesian",
            TrainingJobEarlyStoppingType="Auto",
            TuningJobCompletionCriteria=criteria,
            ResourceLimits=limits,
        )
    )
    assert plan.target == 0.5
    assert plan.notes == (
        "Bayesian: here a seeded TPE search by Optuna; the service has an algorithm of its own",
        "not applied here: TrainingJobEarlyStoppingType Auto, MaxRuntimeInSeconds, ConvergenceDetected",
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"WarmStartConfig": {"ParentHyperParameterTuningJobs": []}}, "got: WarmStartConfig"),
        ({"TrainingJobDefinitions": [{}, {}]}, "got: TrainingJobDefinitions with 2 of them"),
        ({"Autotune": {"Mode": "Enabled"}}, "got: Autotune"),
        ({"HyperParameterTuningJobConfig": {"Strategy": "Hyperband"}}, "Random, Grid or Bayesian; got: Hyperband"),
    ],
)
def test_what_only_the_service_has_is_refused(tmp_path, members, message):
    """It is refused before any step runs."""
    with pytest.raises(StepError) as caught:
        Tuning.check({"Arguments": REQUEST | members}, tmp_path)
    assert message in str(caught.value)


def test_references_are_no_reason_to_refuse(tmp_path):
    """Before the run, limits and even the strategy may be references."""
    config = REQUEST["HyperParameterTuningJobConfig"] | {"Strategy": {"Get": "Parameters.Strategy"}}
    Tuning.check({"Arguments": REQUEST | {"HyperParameterTuningJobConfig": config}}, tmp_path)


@pytest.mark.parametrize(
    ("regex", "message"),
    [("error=[0-9.]+", "a group around the number"), ("error=(", "a regular expression"), (None, "got: error; fix")],
)
def test_an_objective_that_cannot_be_found(request_of, regex, message):
    """A metric needs a regular expression with a group, and the objective has to be one of the metrics."""
    request = request_of()
    metrics = [{"Name": "error", "Regex": regex}] if regex else [{"Name": "loss", "Regex": "loss=(.*)"}]
    request["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"] = metrics
    with pytest.raises(StepError) as caught:
        read(request)
    assert message in str(caught.value)
