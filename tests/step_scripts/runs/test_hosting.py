"""Endpoints and batch transforms by the SDK's local mode, with the shipped model, on both targets."""

import http.client
import json
import tarfile

import pytest

from model.artifact import load_artifact
from model.packing import save_artifact
from model.predictor import FraudPredictor
from model.records import EXAMPLE
from step_scripts.local import launch
from step_scripts.local.containers import Containers
from step_scripts.local.endpoint import endpoint
from step_scripts.local.hosting import HostingError
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"])
BAD = {**EXAMPLE, "policy_id": 2, "incident_hour": 24}
ROLE = "arn:aws:iam::111122223333:role/step-scripts"


@pytest.fixture(scope="module")
def shipped(project):
    """The shipped model."""
    return load_artifact(project / "fixtures" / "train" / "model")


@pytest.fixture(scope="module")
def archive(shipped, tmp_path_factory):
    """The shipped model as a train step leaves it: a folder with model.tar.gz."""
    folder = tmp_path_factory.mktemp("model")
    save_artifact(shipped, folder / "unpacked")
    return packed(folder / "unpacked", folder / "packed")


def packed(source, folder):
    """A folder that holds an archive of another."""
    folder.mkdir()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(source, arcname=".")
    return folder


@pytest.fixture
def place(target):
    """The target itself."""
    return Containers() if target == "docker" else Processes()


def test_an_endpoint_answers_until_it_is_left(archive, shipped, place, tmp_path):
    """By SageMaker's API and by its URL alike; afterwards nobody listens, and nothing is left."""
    body = json.dumps(dict(EXAMPLE)).encode()
    (expected,) = FraudPredictor(shipped).predict([EXAMPLE])
    with endpoint(archive, folder=tmp_path, target=place) as served:
        answer = json.loads(served.invoke(body, content_type="application/json"))
        assert answer["probability"] == pytest.approx(expected.fields["probability"], abs=1e-9)
        assert served.serves()
        connection = http.client.HTTPConnection(served.url.removeprefix("http://"))
        connection.request("GET", "/ping")
        assert connection.getresponse().status == 200
        with pytest.raises(HostingError, match=r"the server answered 400: .*incident_hour lies between 0 and 23"):
            served.invoke(json.dumps(BAD).encode(), content_type="application/json")
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection(served.url.removeprefix("http://")).request("GET", "/ping")
    assert "ready on" in (tmp_path / "log.txt").read_text()


def test_an_endpoint_that_does_not_start_says_why(project, place, tmp_path):
    """At once, in the server's own words: a model without its code does not serve."""
    model = packed(project / "fixtures/train/model", tmp_path / "packed")
    with (
        pytest.raises(HostingError, match=r"ended before it was ready.*expected the code that a train step packs"),
        endpoint(model, folder=tmp_path / "log", target=place),
    ):
        pytest.fail("it serves")


def test_no_model_is_told(tmp_path):
    """Before anything starts."""
    with pytest.raises(HostingError, match="no model at"), endpoint(tmp_path, folder=tmp_path / "log"):
        pytest.fail("it serves")


@pytest.fixture
def transform(archive, place, project, tmp_path):
    """A function that runs a pipeline of a model and a batch transform of some records."""
    from sagemaker.core.workflow.parameters import ParameterString
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import Jobs

    def build(session):
        names = {"Store": "s3://store", "Image": "step-scripts:latest", "Model": "s3://store/model/model.tar.gz"}
        p = {name: ParameterString(name, default) for name, default in {**names, "Machine": "ml.m5.xlarge"}.items()}
        jobs = Jobs(session, root=project, store=p["Store"], image=p["Image"], role=ROLE)
        model = jobs.create_model("CreateModel", model_data=p["Model"])
        records = ParameterString("Records", "s3://store/records")
        score = jobs.transform("Score", model=model, records=records, instance_type=p["Machine"])
        return Pipeline("scoring", parameters=[*p.values(), records], steps=[model, score], sagemaker_session=session)

    def run(lines):
        uploads = {"s3://store/model": archive, "s3://store/records": {"some.jsonl": lines}}
        return launch.run(build, runs_dir=tmp_path, target=place, uploads=uploads)

    return run


def test_a_bad_record_has_its_line(transform):
    """With an error and a null probability, between those of its neighbours."""
    lines = "".join(json.dumps(dict(record)) + "\n" for record in (EXAMPLE, BAD)).encode() + b"no JSON\n"
    execution = transform(lines + json.dumps(dict(EXAMPLE)).encode())
    assert execution.status == "Succeeded"
    step = execution.step("Score")
    assert step.report == {"rows": "4", "refused": "2"}
    told = [json.loads(line) for line in (step.outputs["output"] / "some.jsonl.out").read_text().splitlines()]
    assert [line["policy_id"] for line in told] == [1, 2, None, 1]
    assert [line["probability"] is None for line in told] == [False, True, True, False]
    assert "incident_hour lies between 0 and 23" in told[1]["error"]


def test_an_answer_that_is_none_fails_the_transform(transform):
    """The SDK alone would write the error as a prediction, and call it a success."""
    execution = transform(b"\n\n")
    assert execution.status == "Failed"
    assert execution.failure.step == "Score"
    assert "the server answered 400: " in execution.failure.reason
    assert "expected at least one record" in execution.failure.reason
    assert not execution.step("Score").outputs
