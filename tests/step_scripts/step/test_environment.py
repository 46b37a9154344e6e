"""Where a step's inputs and outputs lie, and which host of a job it is on."""

import json

import pytest

from step_scripts import step


def test_on_a_laptop_folders_lie_in_the_project(tmp_path, monkeypatch):
    """Without a container inputs are fixtures and outputs lie below runs/."""
    (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
    monkeypatch.setenv("STEP_SCRIPTS_PROJECT", str(tmp_path))
    assert step.channel("data", fixture="preprocess/train") == tmp_path / "fixtures" / "preprocess" / "train"
    assert step.output_dir("preprocess") == tmp_path / "runs" / "preprocess"
    assert step.model_dir("train") == tmp_path / "runs" / "train" / "model"
    assert step.output_data_dir("train") == tmp_path / "runs" / "train" / "output"


def test_in_a_container_folders_are_where_sagemaker_puts_them(container):
    """A processing input, a training channel, and every output are found below the base folder."""
    (container / "input" / "data" / "train").mkdir(parents=True)
    assert step.channel("train", fixture="x") == container / "input" / "data" / "train"
    assert step.channel("data", fixture="x") == container / "processing" / "input" / "data"
    assert step.output_dir("preprocess") == container / "processing" / "output"
    assert step.model_dir("train") == container / "model"
    assert step.output_data_dir("train") == container / "output" / "data"


def test_a_container_never_falls_back_to_a_fixture(container):
    """An absent channel stays absent: no job may train on a fixture in silence."""
    assert not step.channel("data", fixture=".").exists()
    assert container in step.channel("data", fixture=".").parents


@pytest.mark.parametrize(
    ("variable", "call"),
    [
        ("SM_CHANNEL_TRAIN_DATA", lambda: step.channel("train-data", fixture="x")),
        ("SM_MODEL_DIR", lambda: step.model_dir("train")),
        ("SM_OUTPUT_DATA_DIR", lambda: step.output_data_dir("train")),
    ],
)
def test_the_environment_wins(container, monkeypatch, variable, call):
    """SageMaker's own variables win over every default."""
    monkeypatch.setenv(variable, str(container / "elsewhere"))
    assert call() == container / "elsewhere"


def test_a_step_writes_into_another_folder_than_it_reads(tmp_path):
    """The same folder by two names is an error; it would replace what was read."""
    step.require_distinct_dirs(tmp_path / "a", tmp_path / "b")
    with pytest.raises(step.StepError, match=r"^expected different folders to read and to write; got: "):
        step.require_distinct_dirs(tmp_path / "a", tmp_path / "b" / ".." / "a")


def test_a_laptop_is_one_host():
    """Without a container, or without word of other hosts, there is one, and its files have plain names."""
    assert step.host() == (0, 1)
    assert step.part("train.parquet") == "train.parquet"


@pytest.mark.parametrize("folder", ["config", "input/config"])
def test_a_container_knows_which_host_it_is(container, folder):
    """By resourceconfig.json, which a processing job and a training job find in different folders."""
    assert step.host() == (0, 1)
    (container / folder).mkdir(parents=True)
    path = container / folder / "resourceconfig.json"
    for number, name in enumerate(["algo-1-a7x", "algo-2-b3k"]):
        path.write_text(json.dumps({"current_host": name, "hosts": ["algo-2-b3k", "algo-1-a7x"]}))
        assert step.host() == (number, 2)
        assert step.part("train.parquet") == f"train-{number}.parquet"
    path.write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    assert step.host() == (0, 1)
