"""A project's pipelines are found by looking, and each is compiled once, however many tests ask for it."""

import json
import sys

import pytest

from step_scripts import project
from step_scripts.testing._helpers import pipeline_files
from step_scripts.testing.harness import Harness

DEFINITION = '{"Version": "2020-12-01", "Steps": []}'
BUILDS = "def build(session): ...\n\n\n"


@pytest.fixture
def made(tmp_path):
    """A function that makes a project of these files."""

    def make(settings="", **files):
        (tmp_path / "pyproject.toml").write_text(f"[tool.step-scripts]\n{settings}")
        (tmp_path / "pipelines").mkdir()
        for name, text in files.items():
            (tmp_path / f"{name.replace('__', '/', 1)}.py").write_text(text)
        return project.read(tmp_path)

    return make


def test_the_main_pipeline_comes_first(made):
    """The others are the files of pipelines/ that build one: a helper does not, and a file with a mistake counts."""
    files = {"pipeline": "", "pipelines__zebra": BUILDS, "pipelines__apple": BUILDS, "pipelines____init__": ""}
    found = pipeline_files(made(**files, pipelines__broken="def build(:", pipelines__helper="import os\n"))
    assert found == ["pipeline.py", "pipelines/apple.py", "pipelines/broken.py", "pipelines/zebra.py"]


@pytest.mark.parametrize(
    ("settings", "files", "expected"),
    [
        ("", {}, ["pipeline.py"]),
        ("", {"pipelines__one": BUILDS}, ["pipelines/one.py"]),
        ('pipeline = "pipelines/two.py"\n', {"pipelines__one": BUILDS, "pipelines__two": BUILDS}, None),
        ('pipeline = "mine.py"\n', {"pipelines__one": BUILDS}, ["mine.py", "pipelines/one.py"]),
    ],
)
def test_a_project_may_have_other_files(settings, files, expected, made):
    """No pipeline.py but further ones; a setting that names another file, or one of pipelines/."""
    assert pipeline_files(made(settings, **files)) == (expected or ["pipelines/two.py", "pipelines/one.py"])


def program(name, ending):
    """Return a pipeline that notes when it is compiled, and sees what another one has left in its process."""
    seen = "assert not hasattr(sys, 'left_behind'), 'one process for two pipelines'\nsys.left_behind = True\n"
    noted = f"with open('runs.txt', 'a') as file:\n    file.write({name!r})\n"
    return f"import sys\n{seen}{noted}{BUILDS}{ending}\n"


def test_each_pipeline_is_compiled_once_and_apart(made, tmp_path):
    """All in one go; one that does not compile is reported by name, once, and the others are not concerned."""
    good, bad = f"print({DEFINITION!r})", "raise LookupError('no such parameter')"
    files = {"pipeline": program("a", good), "pipelines__bad": program("b", bad), "pipelines__good": program("c", good)}
    harnesses = Harness.all(made(**files), tmp_path / "home")
    for _ in range(2):
        assert [harnesses[file].definition["Steps"] for file in ("pipeline.py", "pipelines/good.py")] == [[], []]
    with pytest.raises(pytest.fail.Exception, match=r"(?s)^pipelines/bad\.py does not compile:.*LookupError: no such"):
        _ = harnesses["pipelines/bad.py"].steps
    for _ in range(2):
        with pytest.raises(pytest.fail.Exception, match=r"bad\.py does not compile:\nthe first test that failed says"):
            _ = harnesses["pipelines/bad.py"].jobs
    assert sorted((tmp_path / "runs.txt").read_text()) == ["a", "b", "c"]


def test_a_pipeline_is_run_as_its_own_program(made, tmp_path):
    """Its folder comes first on the import path, its name and its arguments are those of a program."""
    text = (
        "import json, os, sys\nname, *rest = sys.argv\n"
        "said = [__name__, os.path.basename(name), rest, os.path.basename(sys.path[0])]\n"
        "print(json.dumps({'Steps': [], 'is': said}))\n"
    )
    harnesses = Harness.all(made(pipeline=text, pipelines__more=BUILDS + text), tmp_path / "home")
    said = [harness.definition["is"] for harness in harnesses.values()]
    assert said[0] == ["__main__", "pipeline.py", ["--definition", "-"], tmp_path.name]
    assert said[1] == ["__main__", "more.py", ["--definition", "-"], "pipelines"]


SCRIPT = """
import argparse
from pathlib import Path
import os


def parser():
    flags = argparse.ArgumentParser()
    flags.add_argument("--rooms")
    return flags


def main(argv):
    folder = Path(os.environ["SAGEMAKER_BASE_DIR"], "processing/output/table")
    folder.mkdir(parents=True)
    (folder / "rooms.txt").write_text(parser().parse_args(argv).rooms)
    Path(os.environ["STEP_SCRIPTS_PROJECT"], "runs.txt").open("a").write("x")
"""


def job(rooms):
    """Return a pipeline of one processing job with an option."""
    entrypoint = ["python3", "/opt/ml/processing/input/code/jobs_of_rooms/count.py"]
    specification = {"ContainerEntrypoint": entrypoint, "ContainerArguments": ["--rooms", rooms]}
    output = {"OutputName": "table", "S3Output": {"LocalPath": "/opt/ml/processing/output/table"}}
    arguments = {"AppSpecification": specification, "ProcessingOutputConfig": {"Outputs": [output]}}
    steps = [{"Name": "Count", "Type": "Processing", "Arguments": arguments}]
    return f"{BUILDS}print({json.dumps(json.dumps({'Version': '2020-12-01', 'Steps': steps}))})\n"


def test_a_job_that_does_the_same_runs_once(made, tmp_path, monkeypatch):
    """In whatever pipelines it is; a job with another option runs by itself."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    project_of_jobs = made(
        'steps = "jobs_of_rooms"\n', pipeline=job("3"), pipelines__same=job("3"), pipelines__more=job("4")
    )
    (tmp_path / "jobs_of_rooms").mkdir()
    (tmp_path / "jobs_of_rooms/count.py").write_text(SCRIPT)
    harnesses = Harness.all(project_of_jobs, tmp_path / "home")
    runs = {file: harness.containers.run("Count") for file, harness in harnesses.items()}
    seen = {
        file: (run.folder("/opt/ml/processing/output/table") / "rooms.txt").read_text() for file, run in runs.items()
    }
    assert seen == {"pipeline.py": "3", "pipelines/same.py": "3", "pipelines/more.py": "4"}
    assert (tmp_path / "runs.txt").read_text() == "xx"
