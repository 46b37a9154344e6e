"""The kinds of steps: what their requests hold, and that nothing in them defeats the service's cache."""

import json
import re

import pytest

from step_scripts.jobs import bundle
from step_scripts.jobs.errors import JobsError
from step_scripts.local import sdk


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with three scripts."""
    folder = tmp_path_factory.mktemp("houses")
    (folder / "pyproject.toml").write_text("[tool.step-scripts]\n")
    (folder / "steps").mkdir()
    for name in ("prepare", "train", "fit"):
        (folder / "steps" / f"{name}.py").write_text("")
    return folder


@pytest.fixture(scope="module")
def steps(root):
    """Every step of a pipeline by its name, as the definition has them."""
    with sdk.compile_session() as session:
        from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
        from sagemaker.mlops.workflow.pipeline import Pipeline

        from step_scripts.jobs.shapes import Jobs, artifact_of, output_of

        store, image, machine = (ParameterString(name, "s3://b") for name in ("Store", "Image", "InstanceType"))
        rooms = ParameterInteger("MinRooms", 1)
        jobs = Jobs(session, root=root, store=store, image=image, role="arn:aws:iam::111122223333:role/jobs")
        prepare = jobs.process(
            "Prepare",
            script="steps/prepare.py",
            inputs={"houses": store},
            outputs=["train", "records"],
            flags={"min-rooms": rooms.to_string()},
            folders={"records": "/opt/ml/processing/to-score"},
            instance_type=machine,
            instance_count=2,
        )
        options = {"metrics": {"error": "error=([0-9.]+)"}, "instance_type": machine}
        channels = {"train": output_of(prepare, "train")}
        train = jobs.train(
            "Train", script="steps/train.py", channels=channels, hyperparameters={"depth": rooms.to_string()}, **options
        )
        fit = jobs.train("Fit", script="steps/fit.py", channels=channels, hyperparameters={}, **options)
        model = jobs.create_model("Model", model_data=artifact_of(train))
        score = jobs.transform("Score", model=model, records=output_of(prepare, "records"), instance_type=machine)
        pipeline = Pipeline(
            name="houses",
            parameters=[store, image, machine, rooms],
            steps=[prepare, train, fit, model, score],
            sagemaker_session=session,
        )
        definition = json.loads(pipeline.definition())
    return {step["Name"]: step for step in definition["Steps"]}


def joined(value):
    """Write a joined URI on one line."""
    return "/".join(part if isinstance(part, str) else f"<{part['Get']}>" for part in value["Std:Join"]["Values"])


def test_edges_refer_to_outputs_and_artifacts(steps):
    """By the properties that the service has for them."""
    output = "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    source = steps["Train"]["Arguments"]["InputDataConfig"][1]["DataSource"]["S3DataSource"]["S3Uri"]
    assert source == {"Get": output}
    model_data = steps["Model"]["Arguments"]["PrimaryContainer"]["ModelDataUrl"]
    assert model_data == {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}


def test_code_is_an_input_addressed_by_its_content(steps, root):
    """Below the store, for processing and training alike."""
    prepare, train = (bundle.of(f"steps/{name}.py", root).key for name in ("prepare", "train"))
    code = steps["Prepare"]["Arguments"]["ProcessingInputs"][0]
    assert (code["InputName"], joined(code["S3Input"]["S3Uri"])) == ("code", f"<Parameters.Store>/{prepare}")
    channel = steps["Train"]["Arguments"]["InputDataConfig"][0]
    place = joined(channel["DataSource"]["S3DataSource"]["S3Uri"])
    assert (channel["ChannelName"], place) == ("code", f"<Parameters.Store>/{train}")


def test_a_script_gets_its_options_as_flags_or_hyperparameters(steps):
    """With the parameters' own references; `sagemaker_program` names a script that the train verb does not expect."""
    arguments = steps["Prepare"]["Arguments"]["AppSpecification"]["ContainerArguments"]
    assert arguments == ["--min-rooms", {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.MinRooms"}]}}]
    assert list(steps["Train"]["Arguments"]["HyperParameters"]) == ["depth"]
    assert steps["Fit"]["Arguments"]["HyperParameters"] == {"sagemaker_program": "steps/fit.py"}


def test_outputs_alone_are_named_after_the_execution(steps):
    """An execution's id anywhere else would defeat the cache; without it a cache hit could show other data."""
    for name in ("Prepare", "Train", "Fit"):
        arguments = dict(steps[name]["Arguments"])
        outputs = [arguments.pop(kind) for kind in ("ProcessingOutputConfig", "OutputDataConfig") if kind in arguments]
        assert "Execution.PipelineExecutionId" in json.dumps(outputs)
        assert "Execution." not in json.dumps(arguments)
        assert steps[name]["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}


def test_a_script_may_name_a_folder_of_its_own(steps):
    """Inputs and outputs lie below the usual folders otherwise."""
    outputs = steps["Prepare"]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    folders = [each["S3Output"]["LocalPath"] for each in outputs]
    assert folders == ["/opt/ml/processing/output/train", "/opt/ml/processing/to-score"]


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ({"tables": "/opt/ml/processing/x"}, "tables: expected: one of houses, train; got: no such name"),
        ({"houses": "/opt/ml/model"}, "houses: expected: a folder below /opt/ml/processing; got: '/opt/ml/model'"),
        ({"houses": "/opt/ml/processing/../x"}, "houses: expected: a folder below /opt/ml/processing"),
    ],
)
def test_a_folder_that_no_job_can_have_is_an_error(folders, message):
    """It names a step's input or output, and lies where the service mounts folders."""
    with sdk.compile_session():  # the SDK cannot be imported without a region
        from step_scripts.jobs import parts
    with pytest.raises(JobsError, match=f"Prepare, folders, {re.escape(message)}"):
        parts.places("Prepare", ["houses"], ["train"], folders)


def test_jobs_are_isolated_and_end(steps):
    """No network, and an hour at most."""
    for name in ("Prepare", "Train"):
        arguments = steps[name]["Arguments"]
        isolated = arguments.get("NetworkConfig", arguments).get("EnableNetworkIsolation")
        assert isolated is True
        assert arguments["StoppingCondition"]["MaxRuntimeInSeconds"] == 3600


def test_a_transform_sends_json_lines(steps):
    """Many records in a request, one answer a line."""
    transform = steps["Score"]["Arguments"]
    assert transform["TransformInput"]["ContentType"] == "application/jsonlines"
    assert transform["TransformInput"]["SplitType"] == "Line"
    assert transform["TransformOutput"]["Accept"] == "application/jsonlines"
    assert transform["BatchStrategy"] == "MultiRecord"
    assert "CacheConfig" not in steps["Score"]
