import contextlib
import json
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from step_scripts.local import sdk
from step_scripts.local.executors.base import Context, Step, StepError
from step_scripts.local.executors.tuning import Tuning, trials
from step_scripts.local.interrupt import Interrupt
from step_scripts.local.runner.job_spec import RunSpec

JOB = {
    "AlgorithmSpecification": {
        "TrainingImage": "houses",
        "MetricDefinitions": [{"Name": "error", "Regex": r"error=(\S+)"}],
    },
    "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://houses/train"}}}],
    "OutputDataConfig": {"S3OutputPath": "s3://houses/out"},
    "HyperParameterTuningResourceConfig": {"InstanceConfigs": [{"InstanceType": "ml.m5.large", "InstanceCount": 2}]},
    "StaticHyperParameters": {"folds": 5},
}


class Client:
    """The SDK's local client: it writes a trial's log, as its script says."""

    def __init__(self, folder, script):
        self.folder, self.script = folder, script
        self.calls = {}

    def create_training_job(self, name, **arguments):
        """Run the script; its texts are lines of the log, and an exception is a failure."""
        self.calls[name] = arguments
        arguments["InputDataConfig"][0]["DataUri"] = "changed"  # as the SDK does
        number = int(name.rpartition("-")[2])
        for line in self.script(number, arguments["HyperParameters"]):
            with (self.folder / "Tune" / f"{number:03d}" / "log.txt").open("a") as log:
                print(line, file=log)

    def describe_training_job(self, name):
        """What the SDK says of a job that has ended."""
        now = datetime.now(UTC)
        artifact = f"s3://houses/out/{name}/output/model.tar.gz"
        return {"TrainingStartTime": now, "TrainingEndTime": now, "ModelArtifacts": {"S3ModelArtifacts": artifact}}


@pytest.fixture
def tune(tmp_path, monkeypatch):
    """A function that runs a Tuning step whose trials are a function of number and hyperparameters."""
    monkeypatch.setattr(sdk, "released_while_a_job_runs", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(trials.storage, "download", lambda _client, uri, folder: (folder.mkdir(), uri))
    monkeypatch.setattr(trials, "cores", lambda: 4)
    for name in ("STEP_SCRIPTS_JOB_SPEC", "STEP_SCRIPTS_PYTHON", "STEP_SCRIPTS_PATH"):
        monkeypatch.setenv(name, "")  # a job spec writes them
    runs = []

    def run(script, *, objective="Minimize", jobs=4, parallel=2, interrupt=None, **config):
        words = {"CategoricalParameterRanges": [{"Name": "n", "Values": [str(each) for each in range(9)]}]}
        arguments = {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": objective, "MetricName": "error"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": parallel},
                "ParameterRanges": words,
                "RandomSeed": 1,
                **config,
            },
            "TrainingJobDefinition": JOB,
        }
        folder = tmp_path / str(len(runs))
        folder.mkdir()
        client, shown = Client(folder, script), []
        runs.append(folder)
        context = Context(
            session=SimpleNamespace(sagemaker_client=client, s3_client=None, boto_region_name="us-east-1"),
            execution_id="2DRR2511NGO3",
            folder=folder,
            spec=RunSpec(folder, "process", {}),
            interrupt=interrupt or Interrupt(),
            state=tmp_path,
            project=tmp_path,
            door=None,
        )
        tuning = Tuning(context, Step("Tune", {"Arguments": arguments}, shown.append))
        result = SimpleNamespace(tuning=tuning, client=client, shown=shown, properties=None, error=None)
        try:
            result.properties = tuning.run()
        except StepError as error:
            result.error = str(error)
        return result

    return run


def fails(reason):
    """A script that fails."""
    raise RuntimeError(reason)


def by_number(*errors):
    """A script whose trials print these errors, in their order."""
    return lambda number, _: ["error=9", f"error={errors[number - 1]}"]


def test_properties(tune):
    """They are what DescribeHyperParameterTuningJob answers, with the trials by rank."""
    properties = tune(by_number(0.5, 0.25, "none", 0.75)).properties
    names = [each["TrainingJobName"] for each in properties["TrainingJobSummaries"]]
    assert [name[-4:] for name in names] == ["-002", "-001", "-004", "-003"]
    best = properties["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"] == {
        "Type": "Minimize",
        "MetricName": "error",
        "Value": 0.25,
    }
    assert properties["TrainingJobStatusCounters"]["Completed"] == 4
    assert properties["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 1}
    assert properties["TrainingJobDefinition"] == JOB
    assert Tuning.metadata(properties)["TuningJob"]["Arn"].endswith(properties["HyperParameterTuningJobName"].lower())


def test_the_answer_has_the_services_shape(tune):
    """Each member is one of the service's model, whose rules it keeps."""
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    properties = tune(by_number(0.5, "none", 0.25, 0.75)).properties
    model = get_session().get_service_model("sagemaker")
    summaries = properties.pop("TrainingJobSummaries")
    for shape, value in (
        ("DescribeHyperParameterTuningJobResponse", {**properties, "TrainingJobDefinition": {}}),
        ("ListTrainingJobsForHyperParameterTuningJobResponse", {"TrainingJobSummaries": summaries}),
    ):
        report = ParamValidator().validate(value, model.shape_for(shape)).generate_report()
        assert [line for line in report.splitlines() if "TrainingJobDefinition" not in line] == []


def test_to_maximize_is_the_other_order(tune):
    """The highest objective is first."""
    properties = tune(by_number(0.5, 0.25, 0.75, 0.1), objective="Maximize").properties
    assert properties["BestTrainingJob"]["TrainingJobName"].endswith("-003")


def test_a_trials_arguments(tune):
    """Static, chosen and reserved hyperparameters, as texts; machines as a training job has them; a copy each."""
    found = tune(by_number(1, 2, 3, 4))
    for trial in found.tuning.trials:
        arguments = found.client.calls[trial.name]
        expected = {"folds": "5", **trial.hyperparameters, "_tuning_objective_metric": "error"}
        assert arguments["HyperParameters"] == expected
        assert arguments["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert "DataUri" not in JOB["InputDataConfig"][0]


def test_each_trial_has_a_job_spec_of_its_own(tune, tmp_path):
    """Trials that run at the same time write their logs and their failures into places of their own."""
    found = tune(by_number(1, 2, 3, 4))
    for trial in found.tuning.trials:
        spec = json.loads((tmp_path / "0" / f"{trial.name}.job.json").read_text())
        assert (spec["log"], spec["failure"]) == (str(trial.log), str(trial.log.with_name("failure.txt")))
    assert not (tmp_path / "0" / "job.json").exists()


def test_a_trial_that_fails_is_no_winner(tune):
    """Whatever it has printed before."""
    found = tune(lambda number, _: fails("no rows") if number == 3 else [f"error={number}"])
    last = found.tuning.trials[-1]
    assert (last.number, last.status, last.objective, last.reason) == (3, "Failed", None, "RuntimeError: no rows")
    assert found.properties["TrainingJobStatusCounters"]["NonRetryableError"] == 1

    def prints_and_fails(number, _):
        yield "error=0"
        if number != 2:
            fails("no rows")

    found = tune(prints_and_fails)
    assert found.properties["BestTrainingJob"]["TrainingJobName"].endswith("-002")


def test_all_trials_fail(tune, tmp_path):
    """The step fails with the first one's reason; its message and the end of its log lie beside."""

    def script(number, _):
        yield f"reads {number}"
        (tmp_path / "0" / "Tune" / f"{number:03d}" / "failure.txt").write_text("the table has no rows\n")
        fails("no rows")

    found = tune(script)
    assert found.error == "all 4 trials failed; trial 1: RuntimeError: no rows"
    message = (tmp_path / "0" / "Tune" / "failure.txt").read_text().splitlines()
    assert (message[0], message[2]) == ("the table has no rows", "  reads 1")
    assert message[1].endswith("Tune/001/log.txt:")
    assert len(found.tuning.trials) == 4


def test_the_objective_is_never_printed(tune, tmp_path):
    """The step fails with the metric, its regular expression and the end of a log of a trial that ended well."""
    found = tune(lambda number, _: fails("no rows") if number == 1 else ["loss=1"])
    assert found.error.startswith(r"no trial has the objective error; expected: a finite number in a line of a log")
    assert r"error=(\S+)" in found.error
    assert "  loss=1" in (tmp_path / "0" / "Tune" / "failure.txt").read_text().splitlines()
    assert found.tuning.report == {}


def test_a_grid(tune):
    """Every combination once, in order, without a number."""
    found = tune(by_number(*range(9)), Strategy="Grid", ResourceLimits={"MaxParallelTrainingJobs": 3})
    trials_by_number = sorted(found.tuning.trials, key=lambda trial: trial.number)
    assert [trial.hyperparameters["n"] for trial in trials_by_number] == list("012345678")


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ({"TargetObjectiveMetricValue": 0.5}, 4),
        ({"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}, 6),
        ({}, 8),
    ],
)
def test_a_search_ends_when_it_is_good_enough(tune, criteria, count):
    """It is judged at the end of each batch, so that the outcome does not depend on how fast a trial is."""
    found = tune(by_number(3, 2, 0.5, 7, 7, 7, 7, 7), jobs=8, TuningJobCompletionCriteria=criteria)
    assert len(found.tuning.trials) == count
    assert ("the search is over" in found.shown[-1]) is (count < 8)


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_the_outcome_does_not_depend_on_who_ends_first(tune, strategy):
    """Equal trials keep their order, and a Bayesian search learns in it, also when the first of each pair is slow."""

    def points(seconds):
        def script(number, hyperparameters):
            time.sleep(seconds * (number % 2))
            return [f"error={abs(int(hyperparameters['n']) - 4) // 2}"]

        found = tune(script, Strategy=strategy, jobs=12)
        return [(trial.name, trial.hyperparameters, trial.objective) for trial in found.tuning.trials]

    assert points(0) == points(0.05)


def test_as_many_at_a_time_as_limits_and_cores_allow(tune, monkeypatch):
    """The least of MaxParallelTrainingJobs, cores and trials."""
    sizes = []
    executor = trials.ThreadPoolExecutor

    def pool(size):
        sizes.append(size)
        return executor(size)

    monkeypatch.setattr(trials, "ThreadPoolExecutor", pool)
    for parallel, jobs in ((3, 4), (9, 9), (9, 2)):
        tune(by_number(*range(jobs)), parallel=parallel, jobs=jobs)
    assert sizes == [3, 4, 2]


def test_an_interrupt_starts_no_more_trials(tune):
    """What runs ends, what waits never exists, and the step ends without a winner."""
    interrupt, before = Interrupt(), threading.active_count()

    def script(number, _):
        interrupt.received = True
        return fails("stopped") if number == 1 else [f"error={number}"]

    found = tune(script, interrupt=interrupt, parallel=1)
    assert found.error == "interrupted"
    assert [trial.status for trial in found.tuning.trials] == ["Stopped"]
    assert len(found.client.calls) == 1
    assert found.shown == []
    assert threading.active_count() == before


def test_names(tune):
    """They are the same for the same execution, and at most as long as the service allows."""
    first, second = (tune(by_number(1, 2, 3, 4)).properties for _ in range(2))
    assert first["HyperParameterTuningJobName"] == second["HyperParameterTuningJobName"]
    assert len(first["HyperParameterTuningJobName"]) <= 32
    assert first["BestTrainingJob"]["TrainingJobName"] == f"{first['HyperParameterTuningJobName']}-001"
