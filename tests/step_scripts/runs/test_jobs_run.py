"""A pipeline with two training scripts and with every setting runs on this machine."""

import json
import tarfile
from pathlib import Path

import pytest

from step_scripts.local import launch
from step_scripts.local.processes import Processes

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"])
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SERVER = (Path(__file__).parent / "tiny" / "server.py").read_text()
PREPARE = """
import os, pathlib, sys
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"]) / "processing" / "output"
for name, text in {"train": "4", "records": '{"number": 2}', "seen": f"{os.environ['LEVEL']} {sys.argv[1:]}"}.items():
    (base / name).mkdir(parents=True, exist_ok=True)
    (base / name / f"{name}.jsonl").write_text(text)
"""
FIT = """
import json, os, pathlib, sys
from steps import server
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
number = int((base / "input/data/train/train.jsonl").read_text())
code = base / "model" / "code" / "step_scripts" / "serving"
code.mkdir(parents=True)
(code.parent / "__init__.py").touch()
(code / "__init__.py").touch()
(code / "serving.py").write_text(server.TEXT)
seen = {"level": os.environ["LEVEL"], "argv": sys.argv[1:]}
(base / "model" / "model.json").write_text(json.dumps({"factor": number * FACTOR, **seen}))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with two training scripts, neither of which is called train.py."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text("[tool.step-scripts]\n")
    server = SERVER.replace('"result": factor * ', '"level": os.environ["LEVEL"], "result": factor * ')
    scripts = {
        "prepare": PREPARE,
        "double": FIT.replace("FACTOR", "2"),
        "triple": FIT.replace("FACTOR", "3"),
        "server": f"TEXT = {server!r}\n",
    }
    (folder / "steps").mkdir()
    for name, text in scripts.items():
        (folder / "steps" / f"{name}.py").write_text(text)
    return folder


def build(session, root):
    """Write the pipeline: prepare, two training jobs, a model of the second, and its answers."""
    from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterInteger, ParameterString
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy

    from step_scripts.jobs.shapes import JobDefaults, Jobs, artifact_of, output_of

    texts = {
        "Store": "s3://houses",
        "Image": "step-scripts:latest",
        "Role": "arn:aws:iam::111122223333:role/houses",
        "Machine": "ml.m5.large",
        "Key": KEY,
        "Level": "info",
        "Checkpoints": "s3://houses/checkpoints",
    }
    p = {name: ParameterString(name, value) for name, value in texts.items()}
    p |= {name: ParameterInteger(name, value) for name, value in {"Volume": 50, "Runtime": 600, "Wait": 900}.items()}
    p["Shuffle"] = ParameterBoolean("Shuffle", default_value=True)
    everything = JobDefaults(
        instance_type=p["Machine"],
        volume_gb=p["Volume"],
        max_runtime_s=p["Runtime"],
        environment={"LEVEL": p["Level"]},
        subnets=["subnet-0123456789abcdef0"],
        security_groups=["sg-0123456789abcdef0"],
        volume_kms_key=p["Key"],
        output_kms_key=p["Key"],
        tags={"team": "houses"},
        spot_max_wait_s=p["Wait"],
        checkpoints=p["Checkpoints"],
        retry_policies=[StepRetryPolicy([StepExceptionTypeEnum.THROTTLING], max_attempts=3)],
        cache_expiry="PT6H",
    )
    jobs = Jobs(session, root=root, store=p["Store"], image=p["Image"], role=p["Role"], defaults=everything)
    options = {"shuffle": p["Shuffle"], "drop": ["kind", "rooms"], "depth": None}
    prepare = jobs.process(
        "Prepare", script="steps/prepare.py", inputs={}, outputs=["train", "records", "seen"], flags=options
    )
    double, triple = (
        jobs.train(
            name.title(),
            script=f"steps/{name}.py",
            channels={"train": output_of(prepare, "train")},
            hyperparameters=options,
            metrics={},
            overrides=JobDefaults(environment={"LEVEL": name}),
        )
        for name in ("double", "triple")
    )
    model = jobs.create_model("Model", model_data=artifact_of(triple))
    score = jobs.transform("Score", model=model, records=output_of(prepare, "records"))
    return Pipeline(
        name="houses",
        parameters=list(p.values()),
        steps=[prepare, double, triple, model, score],
        sagemaker_session=session,
    )


@pytest.fixture(scope="module")
def execution(root, tmp_path_factory):
    """One run of it."""
    from step_scripts.jobs import bundle

    uploads = {}

    def parameters(_):
        uploads.update({f"s3://houses/{key}": made.files for key, made in bundles.items()})
        return {"Level": "debug"}

    with bundle.recorded() as bundles:
        return launch.run(
            lambda session: build(session, root),
            runs_dir=tmp_path_factory.mktemp("runs"),
            target=Processes(),
            parameters=parameters,
            uploads=uploads,
        )


def outputs_of(execution, name):
    """The folders of a step's outputs by their names."""
    (found,) = [step.outputs for step in execution.steps if step.name == name]
    return found


def model_of(execution, name):
    """What a training script wrote into its model."""
    with tarfile.open(outputs_of(execution, name)["output"] / "model.tar.gz") as archive:
        return json.load(archive.extractfile("model.json"))


def seen(execution):
    """What the processing job saw of its environment and its command line."""
    return (outputs_of(execution, "Prepare")["seen"] / "seen.jsonl").read_text()


def test_it_succeeds(execution):
    """The local run ignores network, keys, tags, spot, retries and cache."""
    assert [(step.name, step.status) for step in execution.steps] == [
        (name, "Succeeded") for name in ("Prepare", "Double", "Triple", "Model", "Score")
    ], execution.failure


def test_the_environment_reaches_every_job(execution):
    """With the parameter's value; a step's own wins; the server of the model has the pipeline's."""
    assert seen(execution).startswith("debug ")
    assert model_of(execution, "Double")["level"] == "double"
    answers = outputs_of(execution, "Score")["output"] / "records.jsonl.out"
    assert json.loads(answers.read_text()) == {"level": "debug", "result": 24}


def test_each_training_step_runs_its_own_script(execution):
    """By `sagemaker_program`, in process mode as in the image."""
    assert [model_of(execution, name)["factor"] for name in ("Double", "Triple")] == [8, 12]


def test_options_are_the_same_words_for_both_kinds_of_jobs(execution):
    """A bool, a list and None, as flags and as hyperparameters."""
    words = ["--shuffle", "True", "--drop", "kind,rooms", "--depth", "none"]
    assert seen(execution) == f"debug {words}"
    assert model_of(execution, "Triple")["argv"] == words
