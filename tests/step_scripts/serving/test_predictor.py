"""The project's setting names the module that loads a model; what is wrong with it is a sentence."""

import pytest
from prices.predictor import EXAMPLE

from step_scripts import project
from step_scripts.serving.predictor import Predictor, PredictorError, load_predictor


def test_the_setting_names_the_module(model):
    """It loads the model's folder."""
    predictor = load_predictor(model)
    assert isinstance(predictor, Predictor)
    assert predictor.description.title == "Prices of houses"
    assert predictor.contract.broken(EXAMPLE) == []
    assert predictor.predict([EXAMPLE])[0].fields["price"] == 375_252.0


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A function that makes a project of a setting and a module, and this process one of it."""
    monkeypatch.setenv(project.ENVIRONMENT, str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)

    def make(setting, **modules):
        (tmp_path / "pyproject.toml").write_text(f"[tool.step-scripts]\n{setting}\n")
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text)
        return tmp_path

    return make


WRONG = {
    "no setting": ("", {}, "expected the setting predictor in .*got none; fix: name the module"),
    "no module": ('predictor = "absent_one"', {}, "there is no module absent_one, which the setting predictor names"),
    "no package": ('predictor = "absent_one.predictor"', {}, "there is no module absent_one.predictor"),
    "no function": ('predictor = "empty_one"', {"empty_one": ""}, r"expected a function load\(folder\), got none"),
    "no predictor": (
        'predictor = "wrong_one"',
        {"wrong_one": "def load(folder):\n    return folder\n"},
        r"returned PosixPath; expected an object with contract, description and predict\(records\)",
    ),
    "a library": ('predictor = "json.decoder"', {}, "expected the module json.decoder in .*; fix: rename"),
}


@pytest.mark.parametrize(("setting", "modules", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_a_sentence(made, setting, modules, sentence):
    """With the place, and what to do."""
    made(setting, **modules)
    with pytest.raises(PredictorError, match=sentence):
        load_predictor("model")


def test_a_library_that_the_module_lacks_is_not_hidden(made):
    """The traceback says which."""
    made('predictor = "needs_one"', needs_one="import no_such_library\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        load_predictor("model")
