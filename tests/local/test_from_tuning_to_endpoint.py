"""Three commands on three days, and a request: tune and register, approve, deploy; as processes and in containers."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from model.predictor import load
from step_scripts.jobs import bundle
from step_scripts.local import launch
from step_scripts.local.processes import Processes
from step_scripts.sandbox.registry import Registry

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
GROUP = ENDPOINT = "claims-fraud"


@dataclass
class Laptop:
    """A folder of runs, and the commands that use it."""

    project: Path
    runs: Path
    target: str
    printed: dict = field(default_factory=dict)

    def call(self, *words, name=None, code=0):
        """Run a program of Python; keep what it printed under a name."""
        program = subprocess.run(
            [sys.executable, *map(str, words), "--runs-dir", self.runs],
            cwd=self.project,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        printed = program.stdout + program.stderr
        assert program.returncode == code, printed
        self.printed[name or words[0]] = printed
        return printed

    def execute(self, pipeline, *words, **options):
        """Run a pipeline; return its run.json."""
        printed = self.call(pipeline, "--execute", "--target", self.target, *words, **options)
        return json.loads(Path(re.search(r"as data: (\S+)\)", printed)[1]).read_text())

    def ask(self, url, body):
        """Send a record to an endpoint, as `curl` does."""
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def laptop(project, target, request, tmp_path_factory):
    """A laptop whose endpoint has an approved model of the tuning pipeline; in containers, of the real tables."""
    real = ["--input-dir", request.getfixturevalue("data_dir")] if target == "docker" else []
    mine = Laptop(project, tmp_path_factory.mktemp("laptop"), target)
    try:
        mine.tuning = mine.execute("pipelines/tuning.py", *real)
        mine.not_approved = mine.execute("pipelines/deployment_by_lambda.py", name="not approved", code=1)
        mine.call("-m", "step_scripts", "approve", "1", name="approve")
        mine.deployment = mine.execute("pipelines/deployment.py")
        mine.url = next(step for step in mine.deployment["steps"] if step["name"] == "Endpoint")["report"]["url"]
        yield mine
    finally:
        mine.call("-m", "step_scripts", "endpoint", "stop", "--all", name="stop")


def step(record, name):
    """Return a step of a run.json."""
    return next(each for each in record["steps"] if each["name"] == name)


def test_no_approved_version_is_a_clear_failure(laptop):
    """Nothing is deployed by it."""
    failure, got = laptop.not_approved["failure"], "version 1 PendingManualApproval"
    assert failure["step"] == "DeployLatest"
    assert failure["reason"].startswith(f"LookupError: {GROUP}: expected: an approved version; got: {got}; fix: ")


def test_each_trial_has_a_line_and_a_place(laptop):
    """The winner is the best of them, and the summary shows its settings."""
    tune = step(laptop.tuning, "Tune")
    assert len(re.findall(r"^  \d of 4  trial \d", laptop.printed["pipelines/tuning.py"], re.MULTILINE)) == 4
    best = max(tune["trials"], key=lambda trial: trial["objective"])
    assert tune["report"]["max-depth"] == int(best["hyperparameters"]["max-depth"])
    assert {trial["status"] for trial in tune["trials"]} == {"Completed"}


def test_the_winner_is_what_was_evaluated_registered_and_deployed(laptop):
    """The same bytes, and the endpoint's answers are the model's own."""
    folder = laptop.runs / laptop.tuning["execution"]
    best = max(step(laptop.tuning, "Tune")["trials"], key=lambda trial: trial["objective"])
    winner = (folder / Path(best["log"]).parent / "output" / "model.tar.gz").read_bytes()
    registry = Registry(laptop.runs / "registry")
    version = registry.version(GROUP, 1)
    (uri,) = (uri for uri in version.files if uri.endswith("model.tar.gz"))
    assert registry.content(version, uri) == winner
    report = json.loads((folder / "Evaluate" / "evaluation" / "evaluation.json").read_text())
    (uri,) = (uri for uri in version.files if uri.endswith("evaluation.json"))
    assert json.loads(registry.content(version, uri)) == report

    (laptop.runs / "model.tar.gz").write_bytes(winner)
    records = (folder / "Preprocess" / "records" / "records.jsonl").read_bytes().splitlines()[:3]
    answers = [laptop.ask(laptop.url, record)["probability"] for record in records]
    predictions = load(laptop.runs).predict([json.loads(record) for record in records])
    assert answers == pytest.approx([each.fields["probability"] for each in predictions], abs=1e-9)


def test_models_and_endpoints_are_listed(laptop):
    """Each with its version, so that a person sees what answers."""
    listed = laptop.call("-m", "step_scripts", "models", name="models")
    assert re.search(rf"{GROUP} +1 +Approved .*auc=0\.\d+", listed)
    listed = laptop.call("-m", "step_scripts", "endpoint", "list", name="list")
    assert re.search(rf"{ENDPOINT} +InService +1 .*{laptop.url}", listed)


def test_a_function_deploys_to_the_same_address(laptop):
    """It approves the version, too. boto3 finds the endpoint by its name, as in the service."""
    import boto3

    before = laptop.call("-m", "step_scripts", "endpoint", "list", name="list")
    record = laptop.execute("pipelines/deployment_by_lambda.py", "--param", "ApproveVersion=1", name="by lambda")
    assert step(record, "Approve")["report"]["status"] == "Approved"
    assert step(record, "DeployVersion")["report"]["endpoint_status"] == "InService"
    after = laptop.call("-m", "step_scripts", "endpoint", "list", name="list")
    assert re.search(rf"{ENDPOINT} +InService +1 .*{laptop.url}", after)
    assert after != before
    client = boto3.client(
        "sagemaker-runtime",
        endpoint_url=laptop.url.removesuffix("/invocations"),
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    line = (laptop.project / "fixtures/preprocess/records/records.jsonl").read_bytes().splitlines()[0]
    answer = client.invoke_endpoint(EndpointName=ENDPOINT, ContentType="application/json", Body=line)
    assert json.load(answer["Body"])["policy_id"] == json.loads(line)["policy_id"]


class Twice:
    """The tuning pipeline in this process, with what lies in S3 before a run."""

    def __init__(self, project, runs):
        self._project, self._runs = project, runs
        self.content = {}

    def run(self, **options):
        """Run it with few rounds and two trials."""
        from pipelines import tuning

        def parameters(_):
            self.content |= {f"s3://step-scripts/{key}": made.files for key, made in bundles.items()}
            return {"MaxJobs": 2, "NumBoostRound": 20, "MinAucLowerBound": 0.5}

        self.content["s3://step-scripts/data/claims"] = {
            path.name: path.read_bytes() for path in (self._project / "fixtures").glob("c*.csv")
        }
        with bundle.recorded() as bundles:
            return launch.run(
                tuning.build,
                runs_dir=self._runs,
                target=Processes(),
                parameters=parameters,
                uploads=self.content,
                project=self._project,
                **options,
            )


def test_a_tuning_step_from_the_cache_gives_the_same_model(project, tmp_path):
    """The second run takes Tune from the cache. Its winner lies below the first run's id."""
    twice = Twice(project, tmp_path)
    first = twice.run()
    assert first.status == "Succeeded", first.failure
    prepared, tuned = first.step("Preprocess").properties, first.step("Tune").properties
    for name, output in prepared["ProcessingOutputConfig"]["Outputs"].items():
        twice.content[output["S3Output"]["S3Uri"]] = first.folder / "Preprocess" / name
    where = tuned["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
    best = tuned["BestTrainingJob"]["TrainingJobName"]
    twice.content[f"{where}/{best}/output"] = first.step("Tune").outputs["output"]
    second = twice.run(hits={"Preprocess": prepared, "Tune": tuned})
    assert second.status == "Succeeded", second.failure
    assert second.step("Evaluate").report == first.step("Evaluate").report

    registry = Registry(tmp_path / "registry")
    old, new = registry.versions(GROUP)
    uri = f"{where}/{best}/output/model.tar.gz"
    assert uri in old.files
    assert uri in new.files
    assert registry.content(old, uri) == registry.content(new, uri)
    assert first.id in uri
