"""Tuning steps: their request, their winner, and mistakes that only the step can see."""

import json

import pytest

from step_scripts.jobs.errors import JobsError


@pytest.fixture(scope="module")
def tune(jobs):
    """A function that makes a tuning step; words replace those that it has."""
    from step_scripts.jobs.shapes import IntegerParameter, Search

    def make(**words):
        given = {
            "script": "steps/fit.py",
            "channels": {"train": jobs.store},
            "hyperparameters": {"rounds": 50},
            "metrics": {"error": "error=([0-9.]+)"},
            "search": Search(ranges={"depth": IntegerParameter(1, 6)}, objective="error", max_jobs=2),
        }
        return jobs.tune("Tune", **(given | words))

    return make


def test_the_trials_are_training_jobs(tune, jobs, compiled):
    """With code, script, static hyperparameters and metrics as `train` has them, and without a network."""
    from step_scripts.jobs.shapes import artifact_of

    train = jobs.train(
        "Train",
        script="steps/fit.py",
        channels={"train": jobs.store},
        hyperparameters={"rounds": 50},
        metrics={"error": "error=([0-9.]+)"},
    )
    steps = compiled(tune(), train, jobs.create_model("Model", model_data=artifact_of(train)))
    job, one = steps["Tune"]["Arguments"]["TrainingJobDefinition"], steps["Train"]["Arguments"]
    assert job["EnableNetworkIsolation"] is True
    assert job["StaticHyperParameters"] == one["HyperParameters"]
    assert job["AlgorithmSpecification"] == one["AlgorithmSpecification"]
    for member in ("Environment", "ResourceConfig", "RoleArn", "StoppingCondition"):
        assert job[member] == one[member], member
    places = [
        [(each["ChannelName"], each["DataSource"]["S3DataSource"]["S3Uri"]) for each in request["InputDataConfig"]]
        for request in (job, one)
    ]
    assert places[0] == places[1]
    assert steps["Tune"]["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}


def test_limits_and_seed_may_be_parameters(tune, compiled):
    """The SDK's tuner refuses them."""
    from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString

    from step_scripts.jobs.shapes import ContinuousParameter, Search

    numbers = [ParameterInteger(name, 2) for name in ("MaxJobs", "MaxParallelJobs", "Seed", "Rounds")]
    kind = ParameterString("Kind", "tree")
    most, parallel, seed, rounds = numbers
    search = Search(
        ranges={"eta": ContinuousParameter(0.1, 1)},
        objective="error",
        max_jobs=most,
        max_parallel_jobs=parallel,
        seed=seed,
    )
    static = {"rounds": rounds.to_string(), "kind": kind}
    step = compiled(tune(search=search, hyperparameters=static), parameters=[*numbers, kind])["Tune"]["Arguments"]
    config = step["HyperParameterTuningJobConfig"]
    assert config["ResourceLimits"] == {
        "MaxNumberOfTrainingJobs": {"Get": "Parameters.MaxJobs"},
        "MaxParallelTrainingJobs": {"Get": "Parameters.MaxParallelJobs"},
    }
    assert config["RandomSeed"] == {"Get": "Parameters.Seed"}
    assert step["TrainingJobDefinition"]["StaticHyperParameters"] == {
        "rounds": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Rounds"}]}},
        "kind": {"Get": "Parameters.Kind"},
        "sagemaker_program": "steps/fit.py",
    }


@pytest.mark.parametrize("strategy", ["Random", "Grid", "Bayesian", "Hyperband"])
def test_each_strategy_is_a_valid_request(tune, compiled, strategy):
    """The service's own model of it has nothing against it."""
    from step_scripts.jobs.shapes import CategoricalParameter, Search

    extra = {"resource": (1, 20)} if strategy == "Hyperband" else {}
    ranges = {"kind": CategoricalParameter(["tree", "line"])}
    search = Search(ranges=ranges, objective="error", strategy=strategy, max_jobs=2, **extra)
    request = compiled(tune(search=search))["Tune"]["Arguments"]
    assert request["HyperParameterTuningJobConfig"]["Strategy"] == strategy


def test_the_winner_is_found_by_properties(tune, jobs, compiled):
    """Never by our execution's id, below which nothing lies when the step is found in the cache."""
    from step_scripts.jobs.shapes import winner_of

    step = tune()
    steps = compiled(step, jobs.create_model("Model", model_data=winner_of(step)))
    winner = steps["Model"]["Arguments"]["PrimaryContainer"]["ModelDataUrl"]
    assert winner["Std:Join"]["Values"] == [
        {"Get": "Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath"},
        {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"},
        "output/model.tar.gz",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"metrics": {"loss": "(.*)", "auc": "(.*)"}},
            r"objective: expected: one of metrics \(loss, auc\); got: error;",
        ),
        ({"metrics": {}}, r"objective: expected: one of metrics \(none\); got: error; fix: define it"),
        (
            {"metrics": {"error": "(.*)", **{f"m{n}": "(.*)" for n in range(20)}}},
            "metrics: expected: at most 20 of a tuning job; got: 21; fix: leave some out",
        ),
        (
            {"hyperparameters": {"depth": 3}},
            "hyperparameters: expected: a range or a value of each hyperparameter; got: both of depth; fix: leave one",
        ),
        ({"hyperparameters": {"rounds": object()}}, "rounds: expected a text"),
    ],
)
def test_a_mistake_is_an_error(tune, words, message):
    """The message has the step, what was expected, what came, and what to do."""
    with pytest.raises(JobsError, match=f"^Tune, {message}"):
        tune(**words)


def test_the_sdks_tuner_still_needs_help(jobs):
    """Canary: when it keeps a seed of 0 and network isolation, and takes parameters, the requests need no edit."""
    from sagemaker.core.parameter import IntegerParameter
    from sagemaker.core.workflow.parameters import ParameterInteger
    from sagemaker.train.tuner import HyperparameterTuner

    from step_scripts.jobs.settings import JobDefaults

    trainer = jobs._trainer("Tune", JobDefaults(instance_type="ml.m5.large", role=jobs.role), {})

    def request(**words):
        ranges = {"depth": IntegerParameter(1, 6)}
        tuner = HyperparameterTuner(trainer, objective_metric_name="error", hyperparameter_ranges=ranges, **words)
        step_args = tuner.tune(inputs="s3://bucket")
        step_args.func(*step_args.func_args, **step_args.func_kwargs)
        return json.dumps(jobs.session.context.args, default=lambda value: value.expr)

    text = request(random_seed=0)
    assert "RandomSeed" not in text
    assert "EnableNetworkIsolation" not in text
    with pytest.raises(ValueError, match="validation error"):
        request(max_jobs=ParameterInteger("MaxJobs", 1))
