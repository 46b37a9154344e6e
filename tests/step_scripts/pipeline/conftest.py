"""A tiny project, and runs that start nothing."""

import importlib.util
import json

import pytest

from step_scripts import project
from step_scripts.local import launch
from step_scripts.pipeline import command

DEFINITION = {
    "Parameters": [{"Name": "Eta", "Type": "Float", "DefaultValue": 0.2}],
    "Steps": [
        {"Name": "Prepare", "Type": "Processing", "Arguments": {}},
        {"Name": "Train", "Type": "Training", "Arguments": {"X": {"Get": "Steps.Prepare.Y"}}},
        {"Name": "Other", "Type": "Processing", "Arguments": {}},
    ],
}


SETTINGS = '[tool.step-scripts]\ninputs = ["houses"]\n'
PIPELINE = """
SCRIPTS = "steps/prepare.py", "steps/absent.py"

def build(session):
    raise AssertionError("nothing is built")
"""


@pytest.fixture
def definition():
    """Return the compiled pipeline."""
    return DEFINITION


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder of a project with one table and one step."""
    files = {
        "pyproject.toml": SETTINGS,
        "pipelines/tiny.py": PIPELINE,
        "fixtures/houses.csv": "house_id\n1\n",
        "steps/prepare.py": "import pandas",
        "steps/unused.py": "import xgboost",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(command, "compiled", lambda _: ("tiny", json.loads(json.dumps(DEFINITION))))
    monkeypatch.setattr("step_scripts.preflight.check", lambda *_, **__: [])
    monkeypatch.setattr(project, "read", project.read.__wrapped__)  # settings change within a test
    monkeypatch.setattr(project, "_has_settings", project._has_settings.__wrapped__)
    return tmp_path


@pytest.fixture
def build(root):
    """The function that builds the pipeline, from a file below the project's folder."""
    spec = importlib.util.spec_from_file_location("tiny", root / "pipelines/tiny.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build


@pytest.fixture
def runs(monkeypatch):
    """The options of every run that is started. A run has the outcome that a test sets."""

    class Runs(list):
        outcome = None

        def __call__(self, _build, **options):
            self.append(options)
            if isinstance(self.outcome, BaseException):
                raise self.outcome
            return self.outcome

    asked = Runs()
    monkeypatch.setattr(launch, "run", asked)
    return asked
