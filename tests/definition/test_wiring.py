"""What the definition says is what the scripts understand: the one bridge between the two.

A new file in steps/ is covered by being there.
"""

import importlib
from pathlib import Path

import pytest

from step_scripts.serving.payload import FORMATS
from step_scripts.serving.server import MOST_MIB
from tests.definition.containers import CODE, CODE_FOLDER, TRAIN_SCRIPT, inputs_of, outputs_of, script_of, words_of

STEPS = Path(__file__).resolve().parents[2] / "steps"
NO_NODES = {"analyse.py"}  # asks an endpoint that serves already, from a laptop: no pipeline runs it
SCRIPTS = sorted(f"steps/{p.name}" for p in STEPS.glob("*.py") if not p.name.startswith("_") and p.name not in NO_NODES)


@pytest.fixture(params=SCRIPTS)
def script(request):
    """A script, as the definition names it."""
    return request.param


@pytest.fixture
def parser(script):
    """The script's own command line."""
    return importlib.import_module(script.removesuffix(".py").replace("/", ".")).parser()


@pytest.fixture
def jobs(script, steps):
    """The steps of the definition that run the script."""
    found = [step for step in steps.values() if script_of(step) == script]
    assert found, f"{script} is in no step of the pipeline: add it to pipeline.py"
    return found


def test_every_script_of_the_definition_is_there(steps):
    """A step runs a file of steps/ that is there."""
    named = {step["Name"]: script_of(step) for step in steps.values() if script_of(step)}
    assert {name: script for name, script in named.items() if script not in SCRIPTS} == {}


def test_every_argument_parses_with_its_scripts_parser(jobs, parser, resolve):
    """A flag that the script does not know, or a value that it refuses, would end the job in the cloud."""
    for job in jobs:
        words = words_of(job, resolve)
        try:
            given = vars(parser.parse_args(words))
        except SystemExit:
            pytest.fail(f"{job['Name']}: {script_of(job)} does not understand {' '.join(words)}")
        assert {word[2:].replace("-", "_") for word in words if word.startswith("--")} <= set(given)


def test_the_defaults_of_the_pipeline_are_the_scripts_own(jobs, parser, resolve):
    """`python steps/<step>.py` and the pipeline do the same thing when nobody asks for anything else."""
    for job in jobs:
        assert parser.parse_args(words_of(job, resolve)) == parser.parse_args([]), job["Name"]


def test_the_entry_point_is_a_script_of_the_bundle(jobs, project):
    """The entry point lies in the code input, at the path that the script has in the tree."""
    for job in jobs:
        folders = {name: folder for name, folder, _ in inputs_of(job)}
        assert job["Arguments"]["Environment"]["PYTHONPATH"] == folders[CODE]
        assert (project / script_of(job)).is_file()
        if job["Type"] == "Processing":
            assert folders[CODE] == CODE_FOLDER
            assert job["Arguments"]["AppSpecification"]["ContainerEntrypoint"][0] == "python3"
        else:
            assert script_of(job) == TRAIN_SCRIPT


def test_every_folder_is_where_the_script_looks_for_it(jobs, script, tmp_path, monkeypatch):
    """In a container, the folders of a script's flags are the definition's inputs and outputs: all, and no other."""
    for job in jobs:
        given = {folder for name, folder, _ in inputs_of(job) if name != CODE}
        written = set(outputs_of(job).values())
        for folder in given:
            (tmp_path / folder.removeprefix("/opt/ml/")).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
        module = importlib.import_module(script.removesuffix(".py").replace("/", "."))
        paths = [path for path in vars(module.parser().parse_args([])).values() if isinstance(path, Path)]
        looked_at = {f"/opt/ml/{path.relative_to(tmp_path)}" for path in paths}
        read = {path for path in looked_at if "/input/" in path}
        assert read == given, f"{job['Name']}: {script} reads {sorted(read)}, the definition gives {sorted(given)}"
        outside = {path for path in written if not any(path.startswith(f"{place}/") for place in looked_at - read)}
        assert outside == set(), f"{job['Name']}: {script} writes nothing at {sorted(outside)}"


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
    assert [step["Name"] for step in steps["Gate"]["Arguments"]["IfSteps"]] == ["CreateModel", "Score"]


def test_what_is_scored_is_what_the_server_reads(steps):
    """Records go to the server a line each, and answers come back so: by the names that it knows them by."""
    transform = steps["Score"]["Arguments"]
    for kind in (transform["TransformInput"]["ContentType"], transform["TransformOutput"]["Accept"]):
        assert FORMATS[kind] == "jsonlines"
    assert transform["TransformInput"]["SplitType"] == "Line"
    assert transform["MaxPayloadInMB"] <= MOST_MIB
    # The server ends each line; a second end would part the batches by empty lines.
    assert "AssembleWith" not in transform["TransformOutput"]


def test_jobs_are_isolated_from_the_network(steps):
    """No step needs a network, so none gets one."""
    for step in steps.values():
        arguments = step["Arguments"]
        if step["Type"] == "Processing":
            assert arguments["NetworkConfig"] == {"EnableNetworkIsolation": True}, step["Name"]
        if step["Type"] in {"Training", "Model"}:
            assert arguments["EnableNetworkIsolation"] is True, step["Name"]
