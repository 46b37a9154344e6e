"""A path with this execution's id below a cached step's output is an error, and no other path is."""

import pytest

from step_scripts import preflight
from tests.detection_rate import catalogue

STORE, ID = {"Get": "Parameters.Store"}, {"Get": "Execution.PipelineExecutionId"}
TEST = "/Steps/2/Arguments/ProcessingInputs/2/S3Input/S3Uri"
SCORED = "/Steps/3/Arguments/IfSteps/1/Arguments/TransformInput/DataSource/S3DataSource/S3Uri"
WORD = "/Steps/2/Arguments/AppSpecification/ContainerArguments"
REASON = "/Steps/3/Arguments/ElseSteps/0/Arguments/ErrorMessage"


def joined(*values):
    """Join values by slashes."""
    return {"Std:Join": {"On": "/", "Values": list(values)}}


def found(changes):
    """Return place and message of each finding of the rule in the changed base."""
    definition = catalogue.edited(catalogue.base(), {"set": changes})
    return [(one.where, one.message) for one in preflight.check(definition) if one.rule == "cached-output"]


PREPROCESSED = joined(STORE, "executions", ID, "Preprocess", "test")


def function(name, arguments, **more):
    """Return a Lambda step."""
    arn = f"arn:aws:lambda:us-east-1:111122223333:function:{name.lower()}"
    return {"Name": name, "Type": "Lambda", "Arguments": arguments, "FunctionArn": arn, **more}


def writer(uri, *, cached=False):
    """Return a processing step that writes to a URI."""
    base = catalogue.base()["Steps"][2]
    outputs = [dict(base["Arguments"]["ProcessingOutputConfig"]["Outputs"][0])]
    outputs[0]["S3Output"] = {**outputs[0]["S3Output"], "S3Uri": uri}
    arguments = {**base["Arguments"], "ProcessingOutputConfig": {"Outputs": outputs}}
    return {"Name": "Write", "Type": "Processing", "Arguments": arguments, "CacheConfig": {"Enabled": cached}}


def test_the_message_names_the_property_to_use():
    """A reader of the message need not look up the name of the property."""
    [(where, message)] = found({TEST: PREPROCESSED})
    assert where == TEST
    assert message.endswith("use Steps.Preprocess.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri instead")
    assert "PipelineExecutionId is part of a path to the files of Preprocess, which has a cache" in message


def test_an_address_in_one_word_with_its_flag_counts():
    """On a command line an address may follow its flag without a blank."""
    word = {"Std:Join": {"On": "", "Values": ["--sales=", PREPROCESSED]}}
    assert [where for where, _ in found({WORD: [word]})] == [f"{WORD}/0"]


def test_the_message_names_each_kind_of_property():
    """A training job's artifact; the folder of a search, with the trial below it."""
    cases = {case.name: case.mistake for case in catalogue.cases() if case.rule == "cached-output"}
    said = {
        name: [one.message for one in preflight.check(each) if one.rule == "cached-output"]
        for name, each in cases.items()
    }
    assert "use Steps.Train.ModelArtifacts.S3ModelArtifacts instead" in said["cached_output_of_training"][0]
    folder, trial = "TrainingJobDefinition.OutputDataConfig.S3OutputPath", "TrainingJobSummaries[0].TrainingJobName"
    expected = f"use Steps.Tune.{folder} (and Steps.Tune.{trial} below it) instead"
    assert expected in said["cached_output_of_a_search"][0]
    assert "keep Steps.Train.ModelArtifacts.S3ModelArtifacts" in said["cached_output_below_a_property"][0]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({TEST: PREPROCESSED, "/Steps/0/CacheConfig/Enabled": False}, id="without a cache"),
        pytest.param({TEST: joined(STORE, "executions", ID, "Other")}, id="to which no step writes"),
        pytest.param({TEST: joined(STORE, "executions", ID, "Preprocess-2/test")}, id="that begins alike"),
        pytest.param({TEST: joined(STORE, "executions/1234/Preprocess/test")}, id="of one known execution"),
        pytest.param({WORD: ["--to", joined(STORE, "executions", ID, "Evaluate", "plots")]}, id="of its own"),
        pytest.param({REASON: joined("look into", PREPROCESSED)}, id="for a person"),
        pytest.param(
            {"/Steps/-": function("Tell", {"folder": joined(STORE, "executions", ID)})}, id="of the execution"
        ),
        pytest.param(
            {
                "/Steps/-": writer(joined(STORE, "executions", ID, "Preprocess/test/more")),
                TEST: joined(PREPROCESSED, "more"),
            },
            id="to which a step without a cache writes",
        ),
        pytest.param(
            {TEST: PREPROCESSED, "/Steps/0/Arguments/Environment/RUN": ID}, id="of a step whose cache never hits"
        ),
        pytest.param(
            {
                SCORED: joined(STORE, "executions", ID, "Train"),
                "/Steps/0/CacheConfig/Enabled": False,  # so that Train has new data in each execution
            },
            id="of a step that reads new data in each execution",
        ),
    ],
)
def test_a_path_is_no_false_alarm(changes):
    """Paths at which the files lie in each execution, or that no step opens."""
    assert found(changes) == []


def test_a_cached_step_within_the_folder_of_another_one_counts():
    """The innermost output decides, not the first one."""
    inner = joined(STORE, "executions", ID, "Preprocess/test/more")
    outer = {"/Steps/0/CacheConfig/Enabled": False}
    assert found({**outer, "/Steps/-": writer(inner, cached=True), TEST: inner}) == []  # it reads new data: no hit
    steady = {"/Steps/1/CacheConfig/Enabled": False, TEST: {"Get": "Parameters.InputData"}}
    model = "/Steps/4/Arguments/ProcessingInputs/1/S3Input/S3Uri"
    changes = {**outer, **steady, "/Steps/-": writer(inner, cached=True), SCORED: inner}
    assert found(changes) == []
    test, given = "/Steps/4/Arguments/ProcessingInputs/2/S3Input/S3Uri", {"Get": "Parameters.InputData"}
    assert [where for where, _ in found({**changes, model: given, test: given})] == [SCORED]


PLACE = joined(STORE, "executions", ID, "Made")
BELOW = joined(STORE, "executions", ID, "Made", "sales")
OUTPUTS = {
    "Outputs": [{"OutputName": "sales", "S3Output": {"S3Uri": BELOW, "LocalPath": "/a", "S3UploadMode": "EndOfJob"}}]
}
WRITERS = {  # by step type: the arguments with which it writes, and the property that has the place
    "AutoML": ({"OutputDataConfig": {"S3OutputPath": PLACE}}, "OutputDataConfig.S3OutputPath"),
    "ClarifyCheck": ({"ProcessingOutputConfig": OUTPUTS}, None),
    "Processing": ({"ProcessingOutputConfig": OUTPUTS}, "ProcessingOutputConfig.Outputs['sales'].S3Output.S3Uri"),
    "QualityCheck": ({"ProcessingOutputConfig": OUTPUTS}, None),
    "Training": ({"OutputDataConfig": {"S3OutputPath": PLACE}}, "ModelArtifacts.S3ModelArtifacts"),
    "Transform": ({"TransformOutput": {"S3OutputPath": PLACE}}, "TransformOutput.S3OutputPath"),
    "Tuning": (
        {"TrainingJobDefinition": {"OutputDataConfig": {"S3OutputPath": PLACE}}},
        "TrainingJobDefinition.OutputDataConfig.S3OutputPath",
    ),
}
OTHERS = {  # further places to which a training job writes
    "Checkpoints": {"CheckpointConfig": {"S3Uri": PLACE}},
    "Hooks": {"DebugHookConfig": {"S3OutputPath": PLACE}},
    "Profile": {"ProfilerConfig": {"S3OutputPath": PLACE}},
    "Tensors": {"TensorBoardOutputConfig": {"S3OutputPath": PLACE}},
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_type_of_step_with_a_cache_counts(kind):
    """The message names the property of its place, or the step where its properties have no place."""
    arguments, path = WRITERS[kind]
    made = {"Name": "Made", "Type": kind, "Arguments": arguments, "CacheConfig": {"Enabled": True}}
    [(where, message)] = found({"/Steps/-": made, TEST: BELOW})
    assert where == TEST
    assert (f"use Steps.Made.{path} " if path else "use a property of Made ") in message
    made["CacheConfig"] = {"Enabled": False}
    assert found({"/Steps/-": made, TEST: BELOW}) == []


@pytest.mark.parametrize("kind", OTHERS)
def test_every_place_to_which_a_training_job_writes_counts(kind):
    """Checkpoints are part of the key of its cache: with the id in their place it never hits."""
    made = {"Name": "Made", "Type": "Training", "Arguments": OTHERS[kind], "CacheConfig": {"Enabled": True}}
    in_the_key = kind in {"Checkpoints", "Hooks"}
    assert bool(found({"/Steps/-": made, TEST: BELOW})) != in_the_key
