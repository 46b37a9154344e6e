"""Each script, in the folders that the definition lays out for it, with the arguments that it passes."""

import importlib
import json
import re
import shutil

import pytest

from contracts.evaluation import check_evaluation

# What an earlier step, or the user, has put into an input folder by then.
CONTENT = {
    "data": ["fixtures/claims.csv", "fixtures/customers.csv"],
    "train": ["fixtures/preprocess/train"],
    "test": ["fixtures/preprocess/test"],
    "model": ["fixtures/train/model"],
}


@pytest.fixture(scope="module")
def container(project, tmp_path_factory):
    """Lay out a container's /opt/ml as the definition says, and run a step's script in it."""

    def run(name, inputs, arguments, monkeypatch):
        base = tmp_path_factory.mktemp(name)
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(base))
        for channel, folder in inputs.items():
            place = base / folder.removeprefix("/opt/ml/")
            place.mkdir(parents=True)
            for source in (project / source for source in CONTENT[channel]):
                if source.is_dir():
                    shutil.copytree(source, place, dirs_exist_ok=True)
                else:
                    shutil.copy(source, place)
        assert importlib.import_module(f"steps.{name.lower()}").main(arguments) == 0
        return base

    return run


@pytest.mark.parametrize("name", ["Preprocess", "Evaluate"])
def test_a_processing_script_fills_the_declared_outputs_and_no_other(name, steps, resolve, container, monkeypatch):
    """An output that the script does not write, or one that nobody collects, would be found out by the next step."""
    arguments = steps[name]["Arguments"]
    inputs = {entry["InputName"]: entry["S3Input"]["LocalPath"] for entry in arguments["ProcessingInputs"]}
    inputs.pop("code")
    words = [resolve(value) for value in arguments["AppSpecification"].get("ContainerArguments", [])]
    base = container(name, inputs, words, monkeypatch)
    declared = {
        output["OutputName"]: base / output["S3Output"]["LocalPath"].removeprefix("/opt/ml/")
        for output in arguments["ProcessingOutputConfig"]["Outputs"]
    }
    assert {path.name for path in (base / "processing/output").iterdir()} == set(declared)
    for folder in declared.values():
        assert any(path.is_file() for path in folder.iterdir())


def test_the_gate_reads_a_number_that_the_evaluate_step_writes(steps, container, monkeypatch):
    """Every JsonGet leads to a number in the report that the real script writes, in the file that is declared."""
    arguments = steps["Evaluate"]["Arguments"]
    inputs = {entry["InputName"]: entry["S3Input"]["LocalPath"] for entry in arguments["ProcessingInputs"]}
    inputs.pop("code")
    base = container("Evaluate", inputs, [], monkeypatch)
    files = {file["PropertyFileName"]: file for file in steps["Evaluate"]["PropertyFiles"]}
    found = list(json_gets(steps["Gate"]["Arguments"]))
    assert found
    for get in found:
        file = files[get["PropertyFile"]["Get"].rpartition(".")[2]]
        report = json.loads((base / "processing/output" / file["OutputName"] / file["FilePath"]).read_text())
        check_evaluation(report)
        value = report
        for part in get["Path"].split("."):
            value = value[part]
        assert isinstance(value, float), get["Path"]


def test_a_training_script_writes_its_artifact_and_the_declared_metrics(steps, resolve, container, monkeypatch, capsys):
    """The model is where the service packs it, and each metric definition finds its number in the log."""
    arguments = steps["Train"]["Arguments"]
    channels = {entry["ChannelName"] for entry in arguments["InputDataConfig"]} - {"code"}
    inputs = {channel: f"/opt/ml/input/data/{channel}" for channel in channels}
    words = [word for flag, value in arguments["HyperParameters"].items() for word in (f"--{flag}", resolve(value))]
    base = container("Train", inputs, words, monkeypatch)
    assert any((base / "model").iterdir())
    log = capsys.readouterr().out
    for metric in arguments["AlgorithmSpecification"]["MetricDefinitions"]:
        (number,) = re.findall(metric["Regex"], log)
        assert 0.5 < float(number) < 1, metric["Name"]


def json_gets(value):
    """Find every JsonGet in a step's arguments."""
    if isinstance(value, dict):
        if "Std:JsonGet" in value:
            yield value["Std:JsonGet"]
        for item in value.values():
            yield from json_gets(item)
    elif isinstance(value, list):
        for item in value:
            yield from json_gets(item)
