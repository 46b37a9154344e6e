"""The step image by itself: what is in it, whose files it writes, and how it ends."""

import json
import shutil
import signal
import subprocess
import time

import pytest
from packaging.utils import canonicalize_name

from step_scripts.jobs import bundle

pytestmark = pytest.mark.docker
ANYBODY = 12345


@pytest.fixture
def inside(engine):
    """A function that runs a command in a container of the image, without a network; its output."""

    def run(*command, options=()):
        return engine.ask("run", "--rm", "--network", "none", *options, "step-scripts", *command)

    return run


def test_what_is_in_it(inside, project):
    """The locked libraries and nothing else: no installer, no SDK, none of our code."""
    code = """
        import importlib.metadata, importlib.util, json
        names = "pip setuptools sagemaker boto3 moto steps scoring contracts".split()
        print(json.dumps([
            {found.name: found.version for found in importlib.metadata.distributions()},
            [name for name in names if importlib.util.find_spec(name)],
        ]))
    """
    installed, unwanted = json.loads(inside("python3", "-c", "if True:" + code))
    locked = dict(line.split("==") for line in (project / "docker" / "requirements.txt").read_text().split())
    assert {canonicalize_name(name): version for name, version in installed.items()} == locked
    assert unwanted == []


def test_byte_code_is_compiled(inside):
    """No container compiles what every container imports."""
    code = """
        import importlib.util, pathlib, sysconfig
        for folder in sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"):
            files = pathlib.Path(folder).rglob("*.py")
            print(sum(not pathlib.Path(importlib.util.cache_from_source(file)).exists() for file in files))
    """
    stdlib, libraries = map(int, inside("python3", "-c", "if True:" + code).split())
    assert stdlib < 30  # test files with broken code on purpose
    assert libraries < 10


def test_the_fonts_are_known(inside):
    """Matplotlib does not look for them again, whoever the user is, and warns of nothing."""
    code = "import matplotlib.pyplot as p, os; p.figure(); print(os.listdir(os.environ['MPLCONFIGDIR']))"
    options = ["--user", f"{ANYBODY}:{ANYBODY}", "--env", "HOME=/tmp"]
    assert "fontlist" in inside("python3", "-W", "error", "-c", code, options=options)


@pytest.fixture
def opt_ml(project, tmp_path):
    """A folder that is /opt/ml to a container whose user is somebody: tables, and the code of two steps."""
    for place, script in (("processing/input", "steps/preprocess.py"), ("input/data", "steps/train.py")):
        for name, content in bundle.of(script, project).files.items():
            path = tmp_path / place / "code" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    (tmp_path / "processing/input/data").mkdir()
    for table in ("claims.csv", "customers.csv"):
        shutil.copy(project / "fixtures" / table, tmp_path / "processing/input/data")
    for path in [tmp_path, *tmp_path.rglob("*")]:
        shutil.chown(path, ANYBODY, ANYBODY)
    return tmp_path


def test_files_belong_to_the_user(inside, opt_ml):
    """A user whom the image has never heard of prepares tables and trains a model, and owns both."""
    options = ["--user", f"{ANYBODY}:{ANYBODY}", "--env", "HOME=/tmp", "--volume", f"{opt_ml}:/opt/ml"]
    code = "/opt/ml/processing/input/code"
    inside("python3", f"{code}/steps/preprocess.py", options=[*options, "--env", f"PYTHONPATH={code}"])
    (opt_ml / "processing/output/train").rename(opt_ml / "input/data/train")
    assert "report: rows=3973" in inside("train", options=[*options, "--env", "PYTHONPATH=/opt/ml/input/data/code"])
    assert (opt_ml / "model").is_dir()
    assert {path.stat().st_uid for path in opt_ml.rglob("*")} == {ANYBODY}


@pytest.mark.parametrize(
    ("hyperparameters", "code", "says"),
    [({}, 1, "no such folder"), ({"max-depht": "3"}, 2, "unknown option --max-depht. Did you mean --max-depth?")],
    ids=["missing channel", "unknown hyperparameter"],
)
def test_a_training_job_that_cannot_start(engine, opt_ml, hyperparameters, code, says):
    """Its exit code, the reason on stderr and in the failure file, and no model."""
    (opt_ml / "input/config").mkdir()
    (opt_ml / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))
    words = ["run", "--rm", "--network", "none", "--volume", f"{opt_ml}:/opt/ml", "step-scripts", "train"]
    done = subprocess.run([engine.program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert says in done.stderr
    assert says in (opt_ml / "output/failure").read_text()
    assert not list((opt_ml / "model").glob("*"))


@pytest.mark.parametrize("command", [["python3", "-c"], ["train"]], ids=["process", "train"])
def test_a_container_ends_when_it_is_told_to(engine, tmp_path, command, wait):
    """As process 1 each entry point heeds SIGTERM, and may put its things in order."""
    code = "import time\ntry: print('up', flush=True); time.sleep(60)\nfinally: print('tidy', flush=True)"
    (tmp_path / "input/data/code/steps").mkdir(parents=True)
    (tmp_path / "input/data/code/steps/train.py").write_text(code)
    name = engine.ask(
        *("run", "--detach", "--network", "none", "--volume", f"{tmp_path}:/opt/ml", "step-scripts", *command),
        *([code] if len(command) > 1 else []),
    )
    try:
        wait(lambda: "up" in engine.ask("logs", name))
        before = time.monotonic()
        engine.ask("stop", "--time", "30", name)
        assert time.monotonic() - before < 15  # half of what it takes to kill it
        assert engine.ask("inspect", "--format", "{{.State.ExitCode}}", name) == str(128 + signal.SIGTERM)
        assert engine.ask("logs", name).split() == ["up", "tidy"]
    finally:
        engine.ask("rm", "--force", name)


@pytest.mark.parametrize(
    ("verb", "says"),
    [("train", "expected the training script at /opt/ml/input/data/code/steps/train.py"), ("serve", "train again")],
)
def test_a_verb_without_what_it_needs(engine, verb, says):
    """Exit code 1, and a sentence that says what is missing and where."""
    words = [engine.program, "run", "--rm", "--network", "none", "step-scripts", verb]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
