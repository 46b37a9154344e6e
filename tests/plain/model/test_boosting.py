import numpy as np
import pandas as pd
import pytest

from model import boosting as _boosting
from model.boosting import fit
from step_scripts.step import StepError

COURSE = {"num_boost_round": 30, "early_stopping_rounds": 5, "folds": 3, "seed": 0}


@pytest.fixture(scope="module")
def rows():
    """600 rows of five columns, two of which say something about the label."""
    random = np.random.default_rng(0)
    features = pd.DataFrame(random.normal(size=(600, 5)), columns=list("abcde"))
    label = features["a"] + features["b"] + random.normal(size=600) > 2
    return features, label.astype(int)


def test_rows_left_out_are_judged_by_models_that_did_not_see_them(rows):
    """With labels drawn at random deep trees learn their rows by heart, and know nothing of the others."""
    features, _ = rows
    noise = pd.Series(np.random.default_rng(1).integers(0, 2, 600))
    metrics = fit(features, noise, **COURSE | {"early_stopping_rounds": 30}, max_depth=6, eta=0.5).metrics
    assert metrics["cross_validation"]["train"]["mean"] > 0.8
    assert abs(metrics["out_of_fold"]["auc"] - 0.5) < 0.08


def test_out_of_fold_agrees_with_the_folds(rows):
    """The AUC of all rows left out lies by the mean of the folds'; a shift of rows between folds would show."""
    metrics = fit(*rows, **COURSE, max_depth=1).metrics
    over_folds = metrics["cross_validation"]["validation"]
    assert over_folds["mean"] > 0.75
    assert abs(metrics["out_of_fold"]["auc"] - over_folds["mean"]) < 0.03
    assert 0 < over_folds["standard_deviation"] < 0.1


def test_the_model_has_the_best_number_of_trees(rows):
    """Whether training stopped early or ran to its end: as many trees as had the best validation AUC."""
    for stop in (3, 30):
        found = fit(*rows, **COURSE | {"early_stopping_rounds": stop}, max_depth=3, eta=0.5)
        assert len(found.model.get_dump()) == found.metrics["rounds"] < 30
    shorter = fit(*rows, **COURSE | {"num_boost_round": found.metrics["rounds"]}, max_depth=3, eta=0.5)
    assert shorter.metrics == found.metrics


def test_the_threshold_is_the_best_out_of_fold(rows):
    """Its metrics are those of the decisions that it makes on rows left out."""
    found = fit(*rows, **COURSE, max_depth=2)
    assert found.threshold == found.metrics["threshold"]
    assert 0 < found.threshold < 1
    assert found.metrics["out_of_fold"]["f1"] > 0.4


def test_more_threads_grow_the_same_trees(rows, monkeypatch):
    """So large tables may use all cores, and every machine makes the same bytes."""
    course = COURSE | {"num_boost_round": 2, "folds": 2}
    for method in ("hist", "exact"):
        one = fit(*rows, **course, tree_method=method)
        with monkeypatch.context() as patch:
            patch.setattr(_boosting, "_ONE_THREAD", 0)
            many = fit(*rows, **course, tree_method=method)
        assert one.model.save_raw("ubj") == many.model.save_raw("ubj")
        assert one.metrics == many.metrics


def test_numpys_own_random_state_is_left_alone(rows):
    """The library seeds it; other code that draws from it is not affected."""
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    fit(*rows, **COURSE)
    assert np.array_equal(np.random.random(3), expected)  # noqa: NPY002


@pytest.mark.parametrize(
    ("label", "folds", "message"),
    [
        ([0] * 20, 2, "0 of 20 training rows are frauds: expected at least 2 frauds and 2 others"),
        ([1] * 20, 2, "20 of 20 training rows are frauds"),
        ([0] * 17 + [1] * 3, 4, "3 of 20 training rows are frauds: expected at least 4 frauds .* fewer folds"),
        ([1] * 17 + [0] * 3, 4, "17 of 20 training rows are frauds"),
    ],
)
def test_a_class_with_fewer_rows_than_folds_is_refused(label, folds, message):
    """The message counts, and says what to do; nothing is trained."""
    with pytest.raises(StepError, match=message):
        fit(pd.DataFrame({"a": range(20)}), pd.Series(label), **COURSE | {"folds": folds})
