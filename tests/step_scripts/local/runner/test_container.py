import json
import os
import sys
from pathlib import Path

import pytest

from step_scripts.local.runner import container


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("/opt/ml", "/x"),
        ("/opt/ml/input/data", "/x/input/data"),
        ("--dir=/opt/ml/a", "--dir=/x/a"),
        ("/opt/ml/a:/opt/ml/b", "/x/a:/x/b"),
        ('{"dir": "/opt/ml/a"}', '{"dir": "/x/a"}'),
        ("file:///opt/ml/a", "file:///x/a"),
        ("s3://bucket/opt/ml/a", "s3://bucket/opt/ml/a"),
        ("s3://opt/ml", "s3://opt/ml"),
        ("/usr/opt/ml", "/usr/opt/ml"),
        ("~/opt/ml", "~/opt/ml"),
        ("/opt/mlflow", "/opt/mlflow"),
        ("/opt/ml-data", "/opt/ml-data"),
    ],
)
def test_only_the_containers_folder_is_rewritten(text, rewritten):
    """`/opt/ml` is replaced where it is a path of its own, and nowhere else."""
    assert container.rewrite(text, Path("/x")) == rewritten


@pytest.fixture
def made(tmp_path):
    """A function that lays out a service."""

    def make(**service):
        base = tmp_path / "base"
        base.mkdir()
        return container.make({"entrypoint": ["true"], **service}, base=base, environment={"PATH": "/bin"})

    return make


def test_volumes_appear_at_their_places(made, tmp_path):
    """What a job writes to a volume lies in the volume's folder, also for a volume inside another one."""
    host = tmp_path / "host"
    (host / "input" / "data" / "train").mkdir(parents=True)  # the SDK leaves an empty folder for a channel
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "part.csv").write_text("1")
    job = made(
        volumes=[
            f"{tmp_path}/train:/opt/ml/input/data/train",
            f"{host}/input:/opt/ml/input",
            f"{host}/output/data:/opt/ml/output/data",
            f"{host}/output:/opt/ml/output:z",
            f"{tmp_path}/model:/opt/ml/model",
        ]
    )
    root = job.base / "opt" / "ml"
    assert (root / "input" / "data" / "train" / "part.csv").read_text() == "1"
    (root / "model" / "model.ubj").write_text("m")
    (root / "output" / "data" / "metrics.json").write_text("{}")
    assert (tmp_path / "model" / "model.ubj").exists()
    assert (host / "output" / "data" / "metrics.json").exists()


def test_paths_in_hyperparameters_are_rewritten(made, tmp_path):
    """A training script finds a folder whose path is a hyperparameter."""
    (tmp_path / "input" / "config").mkdir(parents=True)
    written = tmp_path / "input" / "config" / "hyperparameters.json"
    written.write_text('{"dir": "/opt/ml/input/data/x", "eta": 0.2}')
    job = made(volumes=[f"{tmp_path}/input:/opt/ml/input"])
    assert json.loads(written.read_text()) == {"dir": f"{job.base}/opt/ml/input/data/x", "eta": 0.2}


def test_the_environment_is_the_definitions_and_a_little_more(made):
    """A job's own variables win, paths in them are rewritten, and a value may hold an equals sign."""
    job = made(environment=["PATH=/mine", "OPTIONS=a=b", "PYTHONPATH=/opt/ml/code"])
    root = str(job.base / "opt" / "ml")
    assert job.environment == {
        "PATH": "/mine",
        "OPTIONS": "a=b",
        "PYTHONPATH": f"{root}/code",
        "SAGEMAKER_BASE_DIR": root,
        "TMPDIR": str(job.base / "tmp"),
    }


def test_python_is_this_python(made):
    """A job's `python3` is the interpreter that runs the pipeline."""
    assert made(entrypoint=["python3", "/opt/ml/a.py"]).argv[0] == sys.executable


@pytest.mark.parametrize("verb", ["train", "serve"])
def test_the_images_verbs(made, verb):
    """A job without an entry point runs the image's program of that name."""
    assert (container.VERBS / verb).is_file()
    assert made(entrypoint=None, command=verb).argv == [sys.executable, str(container.VERBS / verb)]


def test_a_server_gets_its_port(made):
    """The one that is published: a process shares the machine's ports, and cannot have a port 8080 of its own."""
    assert made(entrypoint=None, command="serve", ports=["8123:8080"]).environment["SAGEMAKER_BIND_TO_PORT"] == "8123"


def test_a_job_without_a_command_is_rejected(made):
    """There is no image whose entry point could stand in."""
    with pytest.raises(container.ContainerError, match="give it one"):
        made(entrypoint=None)


def test_a_volume_elsewhere_is_rejected(made, tmp_path):
    """Nothing can be mounted at the root of this machine."""
    with pytest.raises(container.ContainerError, match="expected a folder below /opt/ml; got: /data"):
        made(volumes=[f"{tmp_path}:/data"])


def test_the_users_environment_stays_outside(monkeypatch):
    """A job inherits what the machine needs, and no secret."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("HOME", "/home/me")
    environment = container.environment({"MPLBACKEND": "agg"})
    assert "secret" not in environment.values()
    assert (environment["HOME"], environment["MPLBACKEND"]) == ("/home/me", "agg")
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
