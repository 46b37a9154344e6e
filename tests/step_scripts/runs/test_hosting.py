"""Endpoints and batch transforms by the SDK's local mode, with a tiny server, on both targets."""

import http.client
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from step_scripts.local import launch
from step_scripts.local.containers import Containers
from step_scripts.local.endpoint import endpoint
from step_scripts.local.hosting import HostingError
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"])
ROLE = "arn:aws:iam::111122223333:role/tiny"
JSON = "application/json"


def archive_of(folder, **files):
    """A folder with a model.tar.gz that has the tiny server's code, and some files."""
    server = (Path(__file__).parent / "tiny" / "server.py").read_bytes()
    packages = {"code/step_scripts/__init__.py": b"", "code/step_scripts/serving/__init__.py": b""}
    folder.mkdir()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        for name, content in {**packages, "code/step_scripts/serving/serving.py": server, **files}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a model that triples numbers."""
    return archive_of(tmp_path_factory.mktemp("model") / "packed", **{"model.json": b'{"factor": 3}'})


@pytest.fixture
def place(target):
    """The target itself."""
    return Containers() if target == "docker" else Processes()


def test_an_endpoint_answers_until_it_is_left(model, place, tmp_path):
    """By SageMaker's API and by its URL; afterwards its port is free."""
    with endpoint(model, folder=tmp_path, target=place) as served:
        assert json.loads(served.invoke(b'{"number": 5}', content_type=JSON)) == {"result": 15}
        assert served.serves()
        connection = http.client.HTTPConnection(served.url.removeprefix("http://"))
        connection.request("GET", "/ping")
        assert connection.getresponse().status == 200
        with pytest.raises(HostingError, match=r"the server answered 400: expected a number in each line"):
            served.invoke(b'{"number": null}', content_type=JSON)
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection(served.url.removeprefix("http://")).request("GET", "/ping")
    assert (tmp_path / "log.txt").read_text().splitlines() == ["listening", "report: rows=1"]


def test_an_endpoint_that_does_not_start_says_why(place, tmp_path):
    """At once, with the end of the server's log."""
    broken = archive_of(tmp_path / "packed")
    with (
        pytest.raises(HostingError, match=r"ended before it was ready: tiny server: this model has no model\.json"),
        endpoint(broken, folder=tmp_path / "log", target=place),
    ):
        pytest.fail("it serves")


def test_a_missing_model_is_reported(tmp_path):
    """Before anything starts."""
    with pytest.raises(HostingError, match="no model at"), endpoint(tmp_path, folder=tmp_path / "log"):
        pytest.fail("it serves")


@pytest.mark.parametrize("factor", ["3", "null"], ids=["in service", "not ready yet"])
def test_a_signal_ends_an_endpoint(target, wait, tmp_path, factor):
    """The command ends in order, also while it waits for a server that does not get ready."""
    model = archive_of(tmp_path / "packed", **{"model.json": f'{{"factor": {factor}}}'.encode()})
    temporary, log = tmp_path / "temporary", tmp_path / "log"
    temporary.mkdir()
    words = ["endpoint", "--target", target, "--model", model, "--folder", log]
    program = subprocess.Popen(
        [sys.executable, "-m", "step_scripts", *words],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if factor == "null":
            wait(lambda: (log / "log.txt").is_file() and "listening" in (log / "log.txt").read_text())
        else:
            assert program.stdout.readline().startswith("in service: POST http://127.0.0.1:")
        program.send_signal(signal.SIGINT)
        assert program.communicate(timeout=30) == ("", "")
    finally:
        program.kill()
    assert program.returncode == 0
    assert list(temporary.iterdir()) == []


@pytest.fixture
def transform(model, place, tmp_path):
    """A function that runs a pipeline of a model and a batch transform of some lines."""

    def build(session):
        # Imported here, where a region is set: without one the SDK cannot be imported.
        from sagemaker.core.workflow.parameters import ParameterString
        from sagemaker.mlops.workflow.pipeline import Pipeline

        from step_scripts.jobs.shapes import Jobs

        names = {"Store": "s3://store", "Image": "step-scripts:latest", "Model": "s3://store/model/model.tar.gz"}
        p = {name: ParameterString(name, default) for name, default in {**names, "Machine": "ml.m5.xlarge"}.items()}
        jobs = Jobs(session, root=tmp_path, store=p["Store"], image=p["Image"], role=ROLE)
        created = jobs.create_model("CreateModel", model_data=p["Model"])
        records = ParameterString("Records", "s3://store/records")
        score = jobs.transform("Score", model=created, records=records, instance_type=p["Machine"])
        return Pipeline("scoring", parameters=[*p.values(), records], steps=[created, score], sagemaker_session=session)

    def run(lines):
        uploads = {"s3://store/model": model, "s3://store/records": {"some.jsonl": lines}}
        return launch.run(build, runs_dir=tmp_path / "runs", target=place, uploads=uploads)

    return run


def test_a_transform_answers_each_record(transform):
    """In the order of the records; the server's report is the step's."""
    execution = transform(b'{"number": 1}\n{"number": 2}')
    assert execution.status == "Succeeded"
    step = execution.step("Score")
    assert step.report == {"rows": "2"}
    answers = (step.outputs["output"] / "some.jsonl.out").read_text().splitlines()
    assert [json.loads(answer)["result"] for answer in answers] == [3, 6]


def test_an_error_of_the_server_fails_the_transform(transform):
    """The SDK alone would write the error as a prediction, and call it a success."""
    execution = transform(b'{"letter": "a"}')
    assert execution.status == "Failed"
    assert execution.failure.step == "Score"
    assert "the server answered 400: expected a number in each line" in execution.failure.reason
    assert not execution.step("Score").outputs
