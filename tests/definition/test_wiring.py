"""What the definition says is what the scripts understand: the one bridge between the two."""

import importlib
from pathlib import PurePosixPath

import pytest

JOBS = ("Preprocess", "Train", "Evaluate")
PROCESSING = ("Preprocess", "Evaluate")


def module_of(name):
    """Import the step that a job's name stands for."""
    return importlib.import_module(f"steps.{name.lower()}")


@pytest.fixture
def command_line(steps, resolve):
    """The arguments that a step's script gets when every parameter has its default."""

    def words(name):
        arguments = steps[name]["Arguments"]
        if "HyperParameters" in arguments:
            # As the image's `train` verb does: every hyperparameter is a flag.
            pairs = arguments["HyperParameters"].items()
            return [word for flag, value in pairs for word in (f"--{flag}", resolve(value))]
        return [resolve(value) for value in arguments["AppSpecification"].get("ContainerArguments", [])]

    return words


@pytest.mark.parametrize("name", JOBS)
def test_every_argument_parses_with_its_scripts_parser(name, command_line):
    """A flag that the script does not know, or a value that it refuses, would end the job in the cloud."""
    words = command_line(name)
    given = vars(module_of(name).parser().parse_args(words))
    assert {word[2:].replace("-", "_") for word in words if word.startswith("--")} <= set(given)


@pytest.mark.parametrize("name", JOBS)
def test_the_defaults_of_the_pipeline_are_the_scripts_own(name, command_line):
    """`python steps/<step>.py` and the pipeline do the same thing when nobody asks for anything else."""
    parser = module_of(name).parser()
    assert parser.parse_args(command_line(name)) == parser.parse_args([])


@pytest.mark.parametrize("name", PROCESSING)
def test_the_entry_point_is_a_script_of_the_bundle(name, steps, project):
    """The entry point lies in the code input, at the path that the script has in the tree."""
    arguments = steps[name]["Arguments"]
    program, script = arguments["AppSpecification"]["ContainerEntrypoint"]
    code = next(entry for entry in arguments["ProcessingInputs"] if entry["InputName"] == "code")
    folder = code["S3Input"]["LocalPath"]
    assert program == "python3"
    assert arguments["Environment"]["PYTHONPATH"] == folder
    assert (project / PurePosixPath(script).relative_to(folder)).is_file()


@pytest.mark.parametrize("name", PROCESSING)
def test_every_input_is_where_the_script_looks_for_it(name, steps, tmp_path, monkeypatch):
    """In a container, the defaults of a script's input flags are the definition's input folders, all of them."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    defaults = {str(value) for value in vars(module_of(name).parser().parse_args([])).values()}
    inputs = {entry["S3Input"]["LocalPath"] for entry in steps[name]["Arguments"]["ProcessingInputs"]}
    expected = {path.replace("/opt/ml", str(tmp_path)) for path in inputs if not path.endswith("/code")}
    assert expected == {value for value in defaults if f"{tmp_path}/processing/input/" in value}


def test_every_channel_is_where_the_training_script_looks_for_it(steps, tmp_path, monkeypatch):
    """The training channels, but for the code, are the folders that the script reads by default."""
    channels = {entry["ChannelName"] for entry in steps["Train"]["Arguments"]["InputDataConfig"]} - {"code"}
    for channel in channels:
        (tmp_path / "input/data" / channel).mkdir(parents=True)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    defaults = {str(value) for value in vars(module_of("Train").parser().parse_args([])).values()}
    assert {str(tmp_path / "input/data" / channel) for channel in channels} == {
        value for value in defaults if value.startswith(f"{tmp_path}/input/data/")
    }


def test_tables_travel_under_their_own_names(steps):
    """The rows to train on go to Train, the held-out ones to Evaluate, and never the other way round."""
    (trained,) = (e for e in steps["Train"]["Arguments"]["InputDataConfig"] if e["ChannelName"] == "train")
    (tested,) = (e for e in steps["Evaluate"]["Arguments"]["ProcessingInputs"] if e["InputName"] == "test")
    output = "Steps.Preprocess.ProcessingOutputConfig.Outputs['{}'].S3Output.S3Uri"
    assert trained["DataSource"]["S3DataSource"]["S3Uri"] == {"Get": output.format("train")}
    assert tested["S3Input"]["S3Uri"] == {"Get": output.format("test")}


def test_the_gate_lets_good_models_pass(steps):
    """The gate's direction: the bound on the left must be at least the parameter on the right."""
    condition = steps["Gate"]["Arguments"]["Conditions"][0]
    assert condition["Type"] == "GreaterThanOrEqualTo"
    assert condition["RightValue"] == {"Get": "Parameters.MinAucLowerBound"}
    assert [step["Name"] for step in steps["Gate"]["Arguments"]["IfSteps"]] == ["CreateModel"]


def test_property_files_lie_in_declared_outputs(steps):
    """A property file of an output that the step does not declare would be missed at the gate, at the very end."""
    for step in steps.values():
        outputs = step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
        for file in step.get("PropertyFiles", []):
            assert file["OutputName"] in {output["OutputName"] for output in outputs}


def test_jobs_are_isolated_from_the_network(steps):
    """No step needs a network, so none gets one."""
    for name in PROCESSING:
        assert steps[name]["Arguments"]["NetworkConfig"] == {"EnableNetworkIsolation": True}
    assert steps["Train"]["Arguments"]["EnableNetworkIsolation"] is True
    assert steps["CreateModel"]["Arguments"]["EnableNetworkIsolation"] is True
