"""A pipeline that deploys an endpoint, which stays up after it; with a tiny server, on both targets."""

import io
import json
import os
import signal
import tarfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from step_scripts.local import launch
from step_scripts.local.containers import Containers
from step_scripts.local.endpoints import Endpoints
from step_scripts.local.interrupt import InterruptedRunError
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
ROLE = "arn:aws:iam::111122223333:role/tiny"
SERVER = Path(__file__).parent / "tiny" / "server.py"


def archive(model):
    """A model.tar.gz of the tiny server, with the content of its model.json."""
    files = {"code/step_scripts/__init__.py": b"", "code/step_scripts/serving/__init__.py": b""}
    files |= {"code/step_scripts/serving/serving.py": SERVER.read_bytes(), "model.json": model}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            packed.addfile(info, io.BytesIO(text))
    return content.getvalue()


def build(session):
    """A model from S3, its endpoint configuration, and its endpoint."""
    # Imported here, where a region is set: without one the SDK cannot be imported.
    from sagemaker.core.workflow.parameters import ParameterString
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import Jobs

    names = {"Store": "s3://store", "Image": "step-scripts:latest", "Model": "s3://store/model/model.tar.gz"}
    p = {name: ParameterString(name, default) for name, default in {**names, "Endpoint": "houses"}.items()}
    jobs = Jobs(session, root=Path.cwd(), store=p["Store"], image=p["Image"], role=ROLE)
    model = jobs.create_model("CreateModel", model_data=p["Model"])
    config = jobs.endpoint_config("Config", endpoint_name=p["Endpoint"], model=model, instance_type="ml.m5.large")
    served = jobs.endpoint("Deploy", endpoint_name=p["Endpoint"], config=config)
    return Pipeline("deployment", parameters=[*p.values()], steps=[model, config, served], sagemaker_session=session)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The runs folder of the endpoint that the tests of this module share; at the end nothing runs."""
    folder = tmp_path_factory.mktemp("runs")
    yield folder
    endpoints = Endpoints(folder / "endpoints")
    for state in endpoints.list():
        endpoints.delete(state.name)


@pytest.fixture(scope="module")
def deploy(runs, target):
    """A function that runs the pipeline for a model.json; the options are those of `launch.run`."""
    place = Containers() if target == "docker" else Processes()

    def run(model, **options):
        uploads = {"s3://store/model": {"model.tar.gz": archive(model)}}
        return launch.run(build, runs_dir=runs, target=place, uploads=uploads, **options)

    return run


def ask(url):
    """What the endpoint makes of 5."""
    with urllib.request.urlopen(urllib.request.Request(url, data=b'{"number": 5}')) as answer:
        return json.loads(answer.read())["result"]


def test_a_pipeline_deploys_and_updates_an_endpoint(deploy, runs):
    """It answers after each run; what does not become healthy fails the run, and changes nothing."""
    lines = []
    created = deploy(b'{"factor": 3}', on_line=lambda step, line: lines.append((step, line)))
    assert created.status == "Succeeded"
    report = created.step("Deploy").report
    assert ask(report["url"]) == 15
    assert report["config"] == created.step("Config").report["config"] == f"houses-{created.id}"
    updated = deploy(b'{"factor": 4}', on_line=lambda step, line: lines.append((step, line)))
    assert updated.step("Deploy").report["url"] == report["url"]
    assert ask(report["url"]) == 20
    assert lines == [
        ("Deploy", "creates the endpoint houses"),
        ("Deploy", "updates the endpoint houses, which answers on"),
    ]
    failed = deploy(b"no JSON")
    assert failed.status == "Failed"
    assert failed.failure.step == "Deploy"
    stays = f"the endpoint houses was not updated to houses-{failed.id}, and houses-{updated.id} stays in service: "
    assert failed.failure.reason.startswith(f"{stays}the server ended before it was healthy: exit code 1: ")
    assert "JSONDecodeError" in failed.failure.reason
    assert ask(report["url"]) == 20
    (state,) = Endpoints(runs / "endpoints").list()
    assert (state.status, state.config) == ("InService", f"houses-{updated.id}")


@pytest.mark.parametrize("name", ["new", "houses"])
def test_ctrl_c_leaves_no_endpoint_half_made(deploy, runs, name):
    """One that is being created is gone, with its server; one that is updated keeps the server that it had."""
    endpoints = Endpoints(runs / "endpoints")
    before = endpoints.list()

    def interrupt():
        while not any(state.status in {"Creating", "Updating"} for state in endpoints.list()):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    with pytest.raises(InterruptedRunError):
        deploy(b'{"factor": null}', parameters={"Endpoint": name})
    thread.join()
    after = endpoints.list()
    assert [(state.name, state.config, state.status) for state in after] == [
        (state.name, state.config, state.status) for state in before
    ]


DEPLOY = """
import boto3

def handler(event, context):
    name, sagemaker = event["name"], boto3.client("sagemaker")
    container = {"Image": "step-scripts:latest", "ModelDataUrl": event["model"]}
    sagemaker.create_model(ModelName="by-function", ExecutionRoleArn=event["role"], PrimaryContainer=container)
    variant = {"VariantName": "AllTraffic", "ModelName": "by-function", "InstanceType": "ml.m5.large"}
    variants = [{**variant, "InitialInstanceCount": 1}]
    sagemaker.create_endpoint_config(EndpointConfigName="by-function", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="by-function")
    if not event["wait"]:
        return {"answer": sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]}
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 0.2})
    runtime = boto3.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=name, Body=b'{"number": 5}', ContentType="application/json")
    try:
        runtime.invoke_endpoint(EndpointName="other", Body=b"{}")
    except runtime.exceptions.ClientError as error:
        return {"answer": answer["Body"].read().decode() + str(error)}
"""


@pytest.fixture(scope="module")
def deploy_by_function(runs, tmp_path_factory):
    """A function that runs a pipeline whose function deploys an endpoint, and waits for it or not."""
    project = tmp_path_factory.mktemp("project")
    (project / "functions").mkdir()
    (project / "functions" / "deploy.py").write_text(DEPLOY)
    arn = "arn:aws:lambda:us-east-1:111122223333:function:houses-deploy"

    def run(name, model, *, wait):
        def build(session):
            from sagemaker.mlops.workflow.pipeline import Pipeline

            from step_scripts.jobs.shapes import Jobs

            jobs = Jobs(session, root=project, store="s3://store", image="step-scripts:latest", role=ROLE)
            event = {"name": name, "model": "s3://store/model/model.tar.gz", "role": ROLE, "wait": wait}
            step = jobs.invoke("Deploy", function=arn, inputs=event, outputs={"answer": "String"})
            return Pipeline("by-function", steps=[step], sagemaker_session=session)

        uploads = {"s3://store/model": {"model.tar.gz": archive(model)}}
        return launch.run(build, runs_dir=runs, project=project, uploads=uploads)

    return run


def test_a_function_deploys_an_endpoint(deploy_by_function, runs):
    """By the service's API, which invokes it as well; it stays up after the run."""
    execution = deploy_by_function("by-function", b'{"factor": 3}', wait=True)
    assert execution.status == "Succeeded", execution.failure
    answer = execution.step("Deploy").report["answer"].replace("_", " ")
    assert answer.startswith('{"result": 15}')
    assert "Endpoint other of account 123456789012 not found" in answer
    assert ask(f"{Endpoints(runs / 'endpoints').describe('by-function').url}/invocations") == 15


def test_a_run_fails_with_an_endpoint_that_a_function_has_not_waited_for(deploy_by_function):
    """The service would call it a success: the mistake would be found later, by the endpoint's first caller."""
    execution = deploy_by_function("broken", b"no JSON", wait=False)
    assert execution.step("Deploy").report == {"answer": "Creating"}
    assert (execution.status, execution.failure.step) == ("Failed", None)
    assert "the endpoint broken is not in service: " in execution.failure.reason
    assert "JSONDecodeError" in execution.failure.reason
