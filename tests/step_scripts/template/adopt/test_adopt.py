"""A repository that is adopted: what is written compiles, runs, and changes nothing that was there."""

import json
import os
import subprocess
import sys

import pytest

from step_scripts.template.adopt import adopt, command
from step_scripts.template.adopt.new_files import write_all
from step_scripts.template.guess import TemplateError

IMAGE = {f"docker/{name}" for name in ("Dockerfile", "pid1.pth", "requirements.txt", "serve", "train")}
WRITTEN = IMAGE | {
    "ADOPTED.md",
    "pipeline.py",
    "pyproject.toml",
    "tests/definition/pipeline.json",
    "tests/definition/test_definition.py",
    "tests/local/test_pipeline.py",
}


def content(root):
    """Return every file of a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def run(root, *words):
    """Run a program in a folder, as its user would."""
    environment = {name: value for name, value in os.environ.items() if name != "STEP_SCRIPTS_PROJECT"}
    done = subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def adopted(root):
    """Adopt a repository; return the lines that are printed, and the definition as it was compiled."""
    lines = []
    assert adopt(root, say=lines.append) == 0
    return lines, json.loads((root / "tests/definition/pipeline.json").read_text())


def test_paths_in_the_code_are_mounted(abalone):
    """The folders that the scripts name are the jobs' own; all files are as they were."""
    before = content(abalone)
    lines, definition = adopted(abalone)
    after = content(abalone)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == WRITTEN
    steps = {step["Name"]: step["Arguments"] for step in definition["Steps"]}
    outputs = steps["Preprocess"]["ProcessingOutputConfig"]["Outputs"]
    assert [each["S3Output"]["LocalPath"] for each in outputs] == [
        f"/opt/ml/processing/{name}" for name in ("train", "validation", "test")
    ]
    assert steps["Train"]["HyperParameters"] == {"sagemaker_program": "pipelines/abalone/train.py"}
    inputs = {each["InputName"]: each["S3Input"]["S3Uri"] for each in steps["Evaluate"]["ProcessingInputs"]}
    assert inputs["model"] == {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    assert inputs["test"] == {"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"}
    text = (abalone / "ADOPTED.md").read_text()
    for words in (
        "### Scripts that name /opt/ml in their code",
        "installs packages at run time",
        "imports pickle",
        "imports boto3",
        "--input-data is required and has no default",
        "pipelines/abalone/pipeline.py`: builds or starts jobs with the SageMaker SDK itself",
        "docker build --platform linux/amd64 --tag abalone:latest docker",
    ):
        assert words in text
    assert "scikit-learn==" in (abalone / "docker/requirements.txt").read_text()
    assert os.access(abalone / "docker/train", os.X_OK)
    assert "@pytest.mark.skip(reason=" in (abalone / "tests/local/test_pipeline.py").read_text()
    assert any("left for you: Scripts that name /opt/ml in their code" in line for line in lines)


def test_scripts_that_take_their_folders_run_as_processes(houses, tmp_path):
    """The pipeline runs on this machine, and the tests that were written are green."""
    adopted(houses)
    out = run(houses, "-m", "pytest", "-q", "-p", "step_scripts.testing.plugin", "-p", "no:cacheprovider", "tests",
              f"--basetemp={tmp_path / 'tests'}")  # fmt: skip
    assert "11 passed" in out
    (report,) = (tmp_path / "tests").glob("**/Evaluate/evaluation/evaluation.json")
    assert json.loads(report.read_text())["regression_metrics"]["mae"]["value"] > 0


def test_what_is_there_is_not_replaced(mixed):
    """Files get other names, and the settings are printed, where there is a file of that name."""
    before = content(mixed)
    lines, _ = adopted(mixed)
    after = content(mixed)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == (WRITTEN - IMAGE - {"pipeline.py", "pyproject.toml"}) | {"adopted_pipeline.py"}
    assert "The folder `docker` was here already" in after["ADOPTED.md"].decode()
    start = lines.index("  [tool.step-scripts]")
    table = "\n".join(line.removeprefix("  ") for line in lines[start:-1])
    assert f"```toml\n{table}\n```" in after["ADOPTED.md"].decode()
    (mixed / "pyproject.toml").write_text(f"{before['pyproject.toml'].decode()}\n{table}\n")
    assert "Clean" in run(mixed, "adopted_pipeline.py")
    for words in (
        "code/broken.py:1`: cannot be parsed",
        "code/inference.py`: inference code",
        "functions/start.py`: a Lambda function",
        "container/train`: a Python program whose name does not end in .py",
        "1 notebooks were not read",
        "--dropna has type=bool",
        "put a sample with raw.csv at fixtures/raw",
    ):
        assert words in after["ADOPTED.md"].decode()


def test_a_folder_is_adopted_once(houses):
    """The message says where the last time is seen."""
    (houses / "pyproject.toml").write_text("[tool.step-scripts]\n")
    with pytest.raises(TemplateError, match=r"got: \[tool\.step-scripts\] in .*pyproject\.toml"):
        adopt(houses)
    (houses / "ADOPTED.md").write_text("")
    with pytest.raises(TemplateError, match=r"expected: a repository that was not adopted yet; got: .*ADOPTED\.md"):
        adopt(houses)


NO_SCRIPTS = {
    "nothing": ({"README.md": ""}, "got: no Python program; fix: "),
    "inference code": ({"a.py": "def model_fn(x):\n    return 1"}, "got: a.py: inference code"),
    "a broken file": ({"a.py": "def f(:"}, r"got: a.py:1: cannot be parsed: invalid syntax"),
    "a script that imports a broken file": (
        {"a.py": 'import b\nopen("/opt/ml/processing/raw/a.csv")', "b.py": "def f(:"},
        r"a.py: is no step, because code that it sees cannot be parsed: .*b.py, line 1",
    ),
    "tests only": ({"tests/a.py": 'open("/opt/ml/processing/raw/a.csv")'}, "got: no Python program"),
    "settings that are no TOML": ({"pyproject.toml": "["}, r"expected: a pyproject\.toml in TOML; got: "),
}


@pytest.mark.parametrize(("files", "message"), NO_SCRIPTS.values(), ids=NO_SCRIPTS)
def test_a_repository_without_scripts_is_an_error(repository, files, message):
    """Nothing is written."""
    root = repository(files)
    before = content(root)
    with pytest.raises(TemplateError, match=message):
        adopt(root)
    assert content(root) == before


def test_a_pipeline_that_does_not_end_is_an_error(houses, monkeypatch):
    """Nothing is written when the pipeline takes longer than it may."""
    monkeypatch.setattr(command, "_COMPILE_TIMEOUT_S", 0.01)
    before = content(houses)
    with pytest.raises(TemplateError, match=r"compiles within 0\.01 seconds; got: no end; fix: "):
        adopt(houses)
    assert content(houses) == before


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    """And a file is no folder."""
    with pytest.raises(TemplateError, match=r"expected: a folder with Python scripts; got: .*, which is not there"):
        adopt(tmp_path / "nowhere")


def test_nothing_is_written_unless_all_is(tmp_path):
    """A file that cannot be written takes the others, and their folders, with it."""
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(FileExistsError):
        write_all(tmp_path, {"a/b/c.txt": "", "taken": "yours"})
    assert content(tmp_path) == {"taken": b"mine"}
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]
