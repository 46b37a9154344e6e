"""What needs a process of its own: other imports, another hash seed, or a folder with the packed code alone."""

import json
import os
import subprocess
import sys

import pytest

import step_scripts.jobs.bundle
from model.artifact import load_artifact
from model.encode import encode
from model.packing import save_artifact
from model.score import predict

QUICK_FLAGS = ["--num-boost-round", "5", "--folds", "2"]


def printed(program, *words, folder, **variables):
    """What a program prints, run with a folder as its working directory."""
    command = [sys.executable, "-P", "-c", program, *map(str, words)]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment).stdout


def content(folder):
    """The bytes of every file below a folder, by its path in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def written(project, tmp_path_factory):
    """The folder that `python -m fixtures` fills in a process with another hash seed, and what it prints."""
    folder = tmp_path_factory.mktemp("written")
    program = (
        "import sys; from fixtures.__main__ import main\n"
        "main(['--bad', '--output-dir', 'bad']); print('great_expectations' in sys.modules)\n"
        "main(['--rows', '5000', '--seed', '0', '--output-dir', 'tables'])"
    )
    variables = {"PYTHONPATH": str(project), "STEP_SCRIPTS_PROJECT": str(project)}
    out = printed(program, folder=folder, PYTHONHASHSEED="12345", **variables)
    return folder, out.splitlines()


def test_every_process_writes_the_same_tables(written, project):
    """The shipped claims and customers, byte for byte."""
    folder, _ = written
    tables = content(folder / "tables")
    assert sorted(tables) == ["claims.csv", "customers.csv"]
    assert [name for name in tables if tables[name] != (project / "fixtures" / name).read_bytes()] == []


def test_every_process_writes_the_same_bad_files(written, project):
    """The files that the generator has written are the shipped ones, byte for byte."""
    folder, _ = written
    shipped, files = content(project / "fixtures" / "bad"), content(folder / "bad")
    assert [name for name in files if files[name] != shipped.get(name)] == []
    assert files


def test_the_checker_has_no_part_in_the_bad_files(written):
    """The files test the checker, so they are made without it."""
    assert written[1][1] == "False"


def test_no_sealed_input_imports_great_expectations(project):
    """Train and evaluate start in the time of their own libraries: the seal of the step before is enough."""
    program = (
        "import sys; from steps import evaluate, train\n"
        "for step, folder in ((train, 'train'), (evaluate, 'test')):\n"
        "    step.read_inputs(step.parser().parse_args(['--input-dir', f'fixtures/preprocess/{folder}']))\n"
        "    print(step.__name__, 'great_expectations' in sys.modules)"
    )
    assert printed(program, folder=project, PYTHONPATH=str(project)) == "steps.train False\nsteps.evaluate False\n"


def test_the_code_that_travels_scores(project, tmp_path, random_tables):
    """The sources in the artifact, alone on the path, give the probabilities that the tests' own code gives."""
    artifact, tables = load_artifact(project / "fixtures" / "train" / "model"), random_tables(5, 4)
    save_artifact(artifact, tmp_path / "model")
    for table, name in zip(tables, ("claims", "customers"), strict=True):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    program = """
import sys, json, pathlib
sys.path.insert(0, sys.argv[1] + "/code")
import pandas as pd, model, step_scripts
from model.artifact import load_artifact
from model.score import score
for package in (model, step_scripts):
    assert package.__file__.startswith(sys.argv[1]), package.__file__
claims, customers = (pd.read_csv(name, keep_default_na=False) for name in ("claims.csv", "customers.csv"))
print(json.dumps(score(load_artifact(sys.argv[1]), claims, customers)["probability"].tolist()))
"""
    code = str(tmp_path / "model" / "code")
    scores = printed(program, tmp_path / "model", folder=tmp_path, STEP_SCRIPTS_PROJECT=code)
    assert json.loads(scores) == predict(artifact, encode(*tables)).tolist()


def test_a_job_and_a_laptop_write_the_same_artifact(project, tmp_path):
    """From a folder with only the step's own code: the same files, the same bytes."""
    code = tmp_path / "code"
    for name, text in step_scripts.jobs.bundle.of("steps/train.py", project).files.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_bytes(text)
    results = []
    for root in (code, project):
        out = tmp_path / "out" / root.name
        flags = ["--input-dir", project / "fixtures" / "preprocess" / "train", "--model-dir", out, "--output-dir", out]
        environment = os.environ | {"PYTHONPATH": str(root)}
        command = [sys.executable, root / "steps" / "train.py", *QUICK_FLAGS, *flags]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
        results.append(content(out))
    assert results[0] == results[1]
    assert results[0]["code/model/predictor.py"]
