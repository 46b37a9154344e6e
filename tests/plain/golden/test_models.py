import platform
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from model.score import predict
from step_scripts.contracts import Quarantine
from steps.preprocess import preprocess
from steps.train import train

# What the workshop sets in all its trainings, and its cross-validation.
WORKSHOP = {
    "num_boost_round": 100,
    "early_stopping_rounds": 10,
    "folds": 5,
    "scale_pos_weight": 29.0,
    "base_score": 0.5,
    "tree_method": "exact",
    "seed": 0,
}


class Golden(NamedTuple):
    """One training of the workshop: rounds, AUC in training, validation and test, matrix at 0.5, first probabilities.

    Figures are text with the digits that are known; empty where none are.
    """

    settings: dict
    rounds: int
    train: str
    validation: str
    test: str
    matrix: tuple = ()
    first: tuple = ()


TABLE = {
    "depth 3, eta .2": Golden(
        {"max_depth": 3, "eta": 0.2},
        18,
        ".940519",
        ".8218406",
        ".7942",
        (697, 270, 7, 26),
        (".10092484", ".08251919"),
    ),
    "depth 3, eta .3": Golden(
        {"max_depth": 3, "eta": 0.3},
        13,
        ".9388011",
        ".8225241",
        ".7745",
        (708, 259, 10, 23),
        (".09844057", ".04594085"),
    ),
    "depth 3, regularised": Golden(
        {"max_depth": 3, "eta": 0.333, "alpha": 0.2, "min_child_weight": 7.0},
        10,
        ".92329",
        ".8222344",
        ".8032",
        (681, 286, 6, 27),
        (".10598571", ".10523017"),
    ),
    "depth 6": Golden(
        {"max_depth": 6, "eta": 0.3},
        1,
        ".9042214",
        ".7909038",
        ".8044",
        (682, 285, 7, 26),
        (".35570735", ".35469085"),
    ),
    "depth 1": Golden(
        {"max_depth": 1, "eta": 0.3},
        21,
        ".8561452",
        ".82571",
        ".8038",
        (654, 313, 6, 27),
        (".23067312", ".16146642"),
    ),
    "depth 5": Golden({"max_depth": 5, "eta": 0.3}, 1, ".8857892", ".7984977", ".8122", (), (".35570735",)),
    "depth 7": Golden({"max_depth": 7, "eta": 0.3}, 1, ".9154978", ".7855175", ".7983", (), (".35570735",)),
    "depth 10": Golden({"max_depth": 10, "eta": 0.3}, 1, ".9443437", ".7801968", ".8009", (), (".35570735",)),
    "tuned, depth 1, slow": Golden(
        {"max_depth": 1, "eta": 0.298008, "alpha": 1.557797, "min_child_weight": 9.191875},
        28,
        ".8622343",
        ".8272278",
        ".7903",
        (659, 308, 6, 27),
        (".16627473", ".13034177"),
    ),
    "tuned, depth 1, fast": Golden(
        {"max_depth": 1, "eta": 0.435041, "alpha": 1.891045, "min_child_weight": 8.057893},
        18,
        ".859449",
        ".8268817",
        ".7906",
    ),
    "tuned, depth 5, slow": Golden(
        {"max_depth": 5, "eta": 0.085494, "alpha": 1.537592, "min_child_weight": 3.851098},
        4,
        ".9103227",
        ".8015403",
        ".8152",
    ),
    "tuned, depth 5, fast": Golden(
        {"max_depth": 5, "eta": 0.881021, "alpha": 1.663407, "min_child_weight": 4.641075},
        1,
        ".8832055",
        ".7976671",
        ".8124",
    ),
    "tuned, depth 6": Golden(
        {"max_depth": 6, "eta": 0.718337, "alpha": 0.879738, "min_child_weight": 6.042929},
        1,
        ".9011257",
        ".7914665",
        ".8064",
    ),
}


@pytest.fixture(scope="module")
def tables(data_dir):
    """The real tables' features, the first 4,000 rows and the last 1,000."""
    raw = (pd.read_csv(data_dir / f"{name}.csv", keep_default_na=False) for name in ("claims", "customers"))
    return preprocess(*raw, Quarantine(), split="sequential")


@pytest.fixture(scope="module")
def trained(tables):
    """What train returns for each entry of the table; at once, as each takes one core."""
    with ThreadPoolExecutor() as pool:
        results = pool.map(lambda golden: train(tables.train, **WORKSHOP, **golden.settings), TABLE.values())
        return dict(zip(TABLE, results, strict=True))


@pytest.fixture(scope="module")
def is_locked_build(project):
    """Whether this is the build on which every digit is known."""
    import xgboost

    locked = re.search(r"^xgboost-cpu==(\S+)", (project / "requirements.txt").read_text(), re.MULTILINE)[1]
    return (xgboost.__version__, sys.platform, platform.machine()) == (locked, "linux", "x86_64")


@pytest.fixture
def same(is_locked_build):
    """A function: whether a figure is the known one, in every known digit; within 1e-6 besides on another build."""

    def compare(figure, known):
        digits = len(known) - 1
        if is_locked_build:
            return f"{figure:.{digits}f}" == f"0{known}"
        return abs(figure - float(known)) <= 0.5 * 10**-digits + 1e-6

    return compare


@pytest.mark.parametrize("name", TABLE)
def test_the_workshops_models_are_reproduced(tables, trained, name, same):
    """With the workshop's settings, train and predict find its figures, digit for digit."""
    golden, (artifact, metrics) = TABLE[name], trained[name]
    assert metrics["rounds"] == golden.rounds
    for side, known in (("train", golden.train), ("validation", golden.validation)):
        assert same(metrics["cross_validation"][side]["mean"], known), side
    probabilities = predict(artifact, tables.test)
    assert same(roc_auc_score(tables.test["fraud"], probabilities), golden.test)
    if golden.matrix:
        assert tuple(confusion_matrix(tables.test["fraud"], probabilities >= 0.5).ravel()) == golden.matrix
    for probability, known in zip(probabilities, golden.first, strict=False):
        assert same(probability, known)


def test_the_defaults_beat_the_workshops_settings_out_of_fold(tables):
    """Over all 5,000 rows each score of the defaults is better than that of the workshop's two headline settings."""
    whole = pd.concat([tables.train, tables.test])
    ours = train(whole).metrics["out_of_fold"]
    for name in ("depth 3, eta .2", "tuned, depth 1, slow"):
        theirs = train(whole, **WORKSHOP, **TABLE[name].settings).metrics["out_of_fold"]
        assert ours["auc"] > theirs["auc"], name
        assert ours["average_precision"] > theirs["average_precision"], name
        assert ours["f1"] > theirs["f1"], name
        assert ours["brier_score"] < 0.25 * theirs["brier_score"], name
