"""A project of houses and a model of their prices, for all tests of this folder; they need no other project."""

import sys
from pathlib import Path

import pytest

SPECIMEN = Path(__file__).resolve().parent / "specimen"
sys.path.insert(0, str(SPECIMEN))


@pytest.fixture(scope="session")
def specimen():
    """The project's folder."""
    return SPECIMEN


@pytest.fixture(autouse=True, scope="module")
def _in_the_specimen():
    """Make the project that of this process and of those that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEP_SCRIPTS_PROJECT", str(SPECIMEN))
        yield


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The folder of a packed model."""
    from step_scripts.contracts import contract_versions
    from step_scripts.serving.packing import pack

    folder = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEP_SCRIPTS_PROJECT", str(SPECIMEN))
        pack(
            folder,
            files={"weights.json": b'{"base": 50000, "area": 2500, "rooms": 1000.5, "quiet": 20000}'},
            contracts=contract_versions(["houses", "streets"]),
            libraries={},
            about={"unit": "EUR"},
        )
    return folder


@pytest.fixture(scope="module")
def scorer(model):
    """It answers by that model."""
    from step_scripts.serving.predictor import load_predictor
    from step_scripts.serving.scorer import Scorer

    return Scorer(load_predictor(model))
