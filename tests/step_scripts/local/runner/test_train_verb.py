import json
import os
import subprocess
import sys

import pytest

from step_scripts.local.runner.container import VERBS

SCRIPT = """
import json, sys
import neighbour
print(json.dumps([sys.argv[1:], __name__, neighbour.NAME]))
sys.exit(int(dict(zip(sys.argv[1::2], sys.argv[2::2])).get("--exit", 0)))
"""


@pytest.fixture
def train(tmp_path):
    """A function that runs the image's `train` with hyperparameters: exit code, stdout, stderr."""
    code = tmp_path / "input" / "data" / "code"
    (code / "steps").mkdir(parents=True)
    (code / "steps" / "train.py").write_text(SCRIPT)
    (code / "neighbour.py").write_text("NAME = 'neighbour'")

    def run(hyperparameters):
        if hyperparameters is not None:
            config = tmp_path / "input" / "config"
            config.mkdir()
            (config / "hyperparameters.json").write_text(json.dumps(hyperparameters))
        done = subprocess.run(
            [sys.executable, VERBS / "train"],
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (3, "3"),
        ("3", "3"),
        (0.2, "0.2"),
        ("0.20", "0.20"),
        ("hash", "hash"),
        ('"hash"', "hash"),
        (True, "true"),
        ("", ""),
    ],
)
def test_a_hyperparameter_is_a_flag(train, value, flag):
    """Numbers, text and text in JSON's quotes become the same words, as the service and local mode write them."""
    code, output, _ = train({"max-depth": value})
    assert code == 0
    assert json.loads(output) == [["--max-depth", flag], "__main__", "neighbour"]


def test_what_the_service_adds_becomes_no_flag(train):
    """The SDK's and a tuning job's own hyperparameters do not reach the script."""
    reserved = {"sagemaker_region": "r", "_tuning_objective_metric": "auc", "eta": 1}
    assert json.loads(train(reserved)[1])[0] == ["--eta", "1"]


@pytest.mark.parametrize("quote", [str, json.dumps])
def test_the_script_may_have_another_name(train, tmp_path, quote):
    """`sagemaker_program` names it, in JSON's quotes or without, and is no flag."""
    steps = tmp_path / "input" / "data" / "code" / "steps"
    (steps / "train.py").rename(steps / "fit.py")
    code, output, error = train({"sagemaker_program": quote("steps/fit.py"), "eta": 1})
    assert (code, error) == (0, "")
    assert json.loads(output)[0] == ["--eta", "1"]


def test_no_hyperparameters_at_all(train):
    """A job without hyperparameters has no such file."""
    assert json.loads(train(None)[1])[0] == []


def test_the_exit_code_is_the_scripts(train):
    """`train` fails as its script does."""
    assert train({"exit": 5})[0] == 5


def test_a_missing_script_is_explained(train, tmp_path):
    """The message has the expected path, and is SageMaker's failure reason."""
    (tmp_path / "input" / "data" / "code" / "steps" / "train.py").unlink()
    code, _, error = train({})
    assert code == 1
    assert "channel `code`" in error
    assert (tmp_path / "output" / "failure").read_text() == error.strip()


@pytest.mark.parametrize("program", ["../other/steps.py", "steps/../../other.py", "{folder}/other.py", ".."])
def test_a_script_outside_of_the_code_is_refused(train, tmp_path, program):
    """Whether it is there or not: only what the code channel brings is the job's code."""
    other = tmp_path / "input" / "data" / "other.py"
    other.write_text("print('ran')")
    code, output, error = train({"sagemaker_program": program.format(folder=other.parent)})
    assert (code, output) == (1, "")
    assert "expected a script inside of the code channel; got: " in error
    assert (tmp_path / "output" / "failure").read_text() == error.strip()
