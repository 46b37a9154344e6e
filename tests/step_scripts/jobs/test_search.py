"""What a tuning job searches: every kind of range, strategy and scale, and mistakes in them."""

import pytest

BASE = {"objective": "error", "max_jobs": 4}


@pytest.fixture(scope="module")
def names(session):  # noqa: ARG001 - imports the SDK as every program of ours does
    """The module under test, and the SDK's ranges."""
    from sagemaker.core.workflow.parameters import ParameterInteger

    from step_scripts.jobs import shapes

    class Names:
        Search, JobsError = shapes.Search, shapes.JobsError
        Whole, Real = shapes.IntegerParameter, shapes.ContinuousParameter
        OneOf, Parameter = shapes.CategoricalParameter, ParameterInteger

    return Names


def test_each_kind_of_range_has_its_list(names):
    """As the service wants them: bounds are texts, and each has its scale."""
    ranges = {
        "depth": names.Whole(1, 6),
        "eta": names.Real(1e-05, 0.9, scaling_type="Logarithmic"),
        "decay": names.Real(0, 0.99, scaling_type="ReverseLogarithmic"),
        "kind": names.OneOf(["tree", "line"]),
    }
    request = names.Search(ranges=ranges, **BASE).request()
    assert request["ParameterRanges"] == {
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "6", "ScalingType": "Auto"}],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "1e-05", "MaxValue": "0.9", "ScalingType": "Logarithmic"},
            {"Name": "decay", "MinValue": "0", "MaxValue": "0.99", "ScalingType": "ReverseLogarithmic"},
        ],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["tree", "line"]}],
    }


def test_the_rest_of_the_request(names):
    """Strategy, objective, limits, early stopping, and a seed of 0, which the SDK drops."""
    request = names.Search(
        ranges={"depth": names.Whole(1, 6)},
        objective="error",
        objective_type="Minimize",
        strategy="Bayesian",
        max_jobs=20,
        max_parallel_jobs=5,
        early_stopping=True,
    ).request()
    del request["ParameterRanges"]
    assert request == {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "error"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 5},
        "TrainingJobEarlyStoppingType": "Auto",
        "RandomSeed": 0,
    }


def test_a_grid_counts_its_trials_itself(names):
    """Its number of trials is that of the combinations; another number is an error."""
    ranges = {"kind": names.OneOf(["tree", "line"]), "depth": names.OneOf([1, 2, 3])}
    grid = {"ranges": ranges, "objective": "error", "strategy": "Grid"}
    assert names.Search(**grid).request()["ResourceLimits"] == {"MaxParallelTrainingJobs": 1}
    assert names.Search(**grid, max_jobs=6).max_jobs == 6
    with pytest.raises(names.JobsError, match="max_jobs: expected: 6, the number of combinations; got: 5"):
        names.Search(**grid, max_jobs=5)


def test_hyperband_has_epochs(names):
    """The fewest and the most of a trial."""
    search = names.Search(ranges={"depth": names.Whole(1, 6)}, strategy="Hyperband", resource=(1, 20), **BASE)
    expected = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 20}}
    assert search.request()["StrategyConfig"] == expected


def test_limits_seeds_and_bounds_may_be_parameters(names):
    """Nothing about their values is checked."""
    most, seed = names.Parameter("MaxJobs", 4), names.Parameter("Seed", 0)
    ranges = {"depth": names.Whole(1, names.Parameter("MaxDepth", 6))}
    search = names.Search(ranges=ranges, objective="error", max_jobs=most, max_parallel_jobs=most, seed=seed)
    request = search.request()
    assert request["ResourceLimits"]["MaxNumberOfTrainingJobs"] is most
    assert request["RandomSeed"] is seed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ranges": {}}, "ranges: expected: a mapping with 1 to 30 ranges; got: {}"),
        ({"ranges": [1]}, "ranges: expected: a mapping with 1 to 30 ranges"),
        ({"ranges": {"": ("Whole", 1, 2)}}, "ranges: expected: names of 1 to 256 characters; got: ;"),
        ({"ranges": {"depth": (1, 6)}}, "ranges, depth: expected: an IntegerParameter, a Continuous"),
        ({"ranges": {"depth": ("Whole", 6, 1)}}, "depth: expected: a minimum below the maximum; .*; got: 6 to 1"),
        ({"ranges": {"depth": ("Whole", 1, 1)}}, "depth: expected: .* a single value is a hyperparameter; got: 1 to 1"),
        ({"ranges": {"depth": ("Whole", 1, 2.5)}}, "depth: expected: whole numbers; got: 1 to 2.5"),
        ({"ranges": {"eta": ("Real", 0, float("inf"))}}, "eta: expected: finite numbers; got: 0 to inf"),
        ({"ranges": {"eta": ("Real", "0", "1")}}, "eta: expected: finite numbers; got: '0' to '1'"),
        (
            {"ranges": {"eta": ("Real", 0, 1, "Log")}},
            "eta, scaling_type: expected: one of Auto, Linear, Log.*got: Log;",
        ),
        (
            {"ranges": {"eta": ("Real", 0, 1, "Logarithmic")}},
            "eta: expected: a minimum above 0 for the scale Logarithmic; got: 0 to 1",
        ),
        ({"ranges": {"eta": ("Real", 0, 1, "ReverseLogarithmic")}}, "eta: expected: continuous values from 0 to below"),
        ({"ranges": {"n": ("Whole", 0, 1, "ReverseLogarithmic")}}, "n: expected: continuous values from 0 to below 1"),
        ({"ranges": {"kind": ("OneOf", [])}}, "kind: expected: 1 to 30 categories, each once; got: \\[\\]"),
        ({"ranges": {"kind": ("OneOf", ["a", "a"])}}, "kind: expected: 1 to 30 categories, each once"),
        ({"ranges": {"kind": ("OneOf", list(range(31)))}}, "kind: expected: 1 to 30 categories, each once"),
        ({"ranges": {str(n): ("Whole", 1, 2) for n in range(31)}}, "ranges: expected: a mapping with 1 to 30 ranges"),
        (
            {"strategy": "Grid"},
            "depth: expected: a CategoricalParameter, which alone Grid takes; got: IntegerParameter; fix: correct it",
        ),
        ({"strategy": "random"}, "strategy: expected: one of Random, Grid, Bayesian, Hyperband; got: random"),
        ({"objective_type": "Max"}, "objective_type: expected: one of Maximize, Minimize; got: Max"),
        ({"objective": ""}, "objective: expected: a metric's name; got: ;"),
        ({"max_jobs": None}, "max_jobs: expected: a whole number from 1 to 10,000, or a pipeline parameter; got: None"),
        ({"max_jobs": 0}, "max_jobs: expected: a whole number from 1"),
        ({"max_jobs": 751, "strategy": "Bayesian"}, "max_jobs: expected: a whole number from 1 to 750"),
        ({"max_parallel_jobs": True}, "max_parallel_jobs: expected: a whole number from 1 to 100"),
        ({"max_jobs": 200, "max_parallel_jobs": 101}, "max_parallel_jobs: expected: a whole number from 1 to 100"),
        ({"max_parallel_jobs": 5}, "max_parallel_jobs: expected: at most max_jobs = 4; got: 5"),
        ({"seed": -1}, "seed: expected: a whole number from 0, or a pipeline parameter; got: -1"),
        ({"early_stopping": "Auto"}, "early_stopping: expected: True or False; got: Auto"),
        ({"resource": (1, 20)}, "resource: expected: none with the strategy Random"),
        ({"strategy": "Hyperband"}, "resource: expected: the fewest and the most epochs of a trial.*got: None"),
        ({"strategy": "Hyperband", "resource": (5, 1)}, "resource: expected: the fewest and the most epochs"),
        (
            {"strategy": "Hyperband", "resource": (1, 5), "early_stopping": True},
            "early_stopping: expected: False: Hyperband has its own",
        ),
    ],
)
def test_a_mistake_is_an_error(settings, message, names):
    """The message has the place, what was expected, what came, and what to do."""
    given = {"ranges": {"depth": ("Whole", 1, 6)}, **BASE, **settings}
    if isinstance(given["ranges"], dict):
        made = {
            key: getattr(names, value[0])(*value[1:]) if isinstance(value[0], str) else value
            for key, value in given["ranges"].items()
        }
        given["ranges"] = made
    with pytest.raises(names.JobsError, match=f"^Search, (ranges, )?{message}"):
        names.Search(**given)


def test_too_many_combinations_of_a_grid_are_an_error(names):
    """Each is a trial."""
    ranges = {name: names.OneOf(list(range(10))) for name in "abc"}
    with pytest.raises(names.JobsError, match=r"ranges: expected: at most 750 combinations, .* got: 1,000"):
        names.Search(ranges=ranges, objective="error", strategy="Grid")
