"""The step image by itself: what is in it, whose files it writes, and how it ends."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.docker
ANY_USER = 12345
TRAIN = """
import os, pathlib, sys
if sys.argv[1:] != ["--depth", "3"]:
    pathlib.Path("/opt/ml/output").mkdir(exist_ok=True)
    pathlib.Path("/opt/ml/output/failure").write_text(f"expected --depth 3; got: {sys.argv[1:]}")
    sys.exit(2)
pathlib.Path("/opt/ml/model").mkdir(exist_ok=True)
pathlib.Path("/opt/ml/model/model.json").write_text(pathlib.Path("/opt/ml/input/data/train/table.csv").read_text())
print("report: rows=3")
"""


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
        names = "pip setuptools sagemaker boto3 moto steps step_scripts".split()
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
    """Matplotlib does not look for them again, for any user, and prints no warning."""
    code = "import matplotlib.pyplot as p, os; p.figure(); print(os.listdir(os.environ['MPLCONFIGDIR']))"
    options = ["--user", f"{ANY_USER}:{ANY_USER}", "--env", "HOME=/tmp"]
    assert "fontlist" in inside("python3", "-W", "error", "-c", code, options=options)


@pytest.fixture
def opt_ml(tmp_path):
    """A folder that is /opt/ml to a container of some user: a training job's code and data."""
    for name, content in {"code/steps/train.py": TRAIN, "train/table.csv": "1\n2\n3\n"}.items():
        path = tmp_path / "input/data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def give(folder, hyperparameters):
    """Write the hyperparameters of a training job."""
    (folder / "input/config").mkdir()
    (folder / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))


def test_files_belong_to_the_user(inside, opt_ml):
    """A user whom the image does not know trains a model, and owns it."""
    give(opt_ml, {"depth": "3"})
    for path in [opt_ml, *opt_ml.rglob("*")]:
        shutil.chown(path, ANY_USER, ANY_USER)
    options = ["--user", f"{ANY_USER}:{ANY_USER}", "--env", "HOME=/tmp", "--volume", f"{opt_ml}:/opt/ml"]
    assert "report: rows=3" in inside("train", options=options)
    assert (opt_ml / "model/model.json").read_text() == "1\n2\n3\n"
    assert {path.stat().st_uid for path in opt_ml.rglob("*")} == {ANY_USER}


def test_a_training_script_that_fails(engine, opt_ml):
    """The container has its exit code, and the reason is in the failure file."""
    give(opt_ml, {"dept": "3"})
    words = ["run", "--rm", "--network", "none", "--volume", f"{opt_ml}:/opt/ml", "step-scripts", "train"]
    done = subprocess.run([engine.program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (opt_ml / "output/failure").read_text() == "expected --depth 3; got: ['--dept', '3']"


@pytest.mark.parametrize("command", [["python3", "-c"], ["train"]], ids=["process", "train"])
def test_a_container_ends_on_sigterm(engine, tmp_path, command, wait):
    """As process 1 each entry point respects SIGTERM, and can clean up."""
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
    ("verb", "message"),
    [("train", "expected the training script at /opt/ml/input/data/code/steps/train.py"), ("serve", "train again")],
)
def test_a_verb_without_its_files(engine, verb, message):
    """Exit code 1, and a message about what is missing and where."""
    words = [engine.program, "run", "--rm", "--network", "none", "step-scripts", verb]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_verbs_are_those_of_the_process_target(inside):
    """A job as a process and one in a container run the same programs."""
    from step_scripts.local.runner.container import VERBS

    for verb in ("train", "serve"):
        assert inside("cat", f"/usr/local/bin/{verb}") == Path(VERBS, verb).read_text().strip()
