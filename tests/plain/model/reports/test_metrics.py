import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st

from model.reports.metrics import Levels, average_precision, brier_score, confusion, every_metric, levels, roc_auc

# Labels, scores with many ties, and how often a resample drew each row: in each class at least one row, once.
ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8), st.integers(0, 4)), max_size=40).map(
    lambda rows: [(True, 3, 1), (False, 5, 2), *rows]
)


def _weighted(rows):
    labels, eighths, weights = (np.array(column) for column in zip(*rows, strict=True))
    scores = eighths / 8
    distinct, place = np.unique(scores, return_inverse=True)
    positives, negatives = (
        np.bincount(place, weights=weights * side, minlength=len(distinct)).astype(np.int64)
        for side in (labels, ~labels)
    )
    return labels, scores, weights, Levels(distinct, positives, negatives)


@given(ROWS)
def test_rank_metrics_are_scikit_learns_with_sample_weights(rows):
    """Over any ties and any weights, ROC AUC, average precision and Brier score equal scikit-learn's."""
    labels, scores, weights, table = _weighted(rows)
    assert roc_auc(table) == pytest.approx(sk.roc_auc_score(labels, scores, sample_weight=weights), abs=1e-12)
    expected = sk.average_precision_score(labels, scores, sample_weight=weights)
    assert average_precision(table) == pytest.approx(expected, abs=1e-12)
    assert brier_score(table) == pytest.approx(sk.brier_score_loss(labels, scores, sample_weight=weights), abs=1e-12)


@given(ROWS, st.integers(0, 9))
def test_decision_metrics_are_scikit_learns_with_sample_weights(rows, ninths):
    """At any threshold, accuracy, precision, recall and F1 equal scikit-learn's, and a score at it is flagged."""
    labels, scores, weights, table = _weighted(rows)
    threshold = ninths / 8
    flagged = scores >= threshold
    ours = every_metric(table, threshold=threshold)
    matrix = sk.confusion_matrix(labels, flagged, sample_weight=weights, labels=[False, True])
    assert confusion(table, threshold) == tuple(matrix.ravel())
    assert ours["accuracy"] == pytest.approx(sk.accuracy_score(labels, flagged, sample_weight=weights))
    assert ours["recall"] == pytest.approx(sk.recall_score(labels, flagged, sample_weight=weights))
    assert ours["f1"] == pytest.approx(sk.f1_score(labels, flagged, sample_weight=weights))
    precision = sk.precision_score(labels, flagged, sample_weight=weights, zero_division=np.nan)
    assert ours["precision"] == pytest.approx(precision, nan_ok=True)


def test_resamples_at_once_are_resamples_one_by_one():
    """A leading axis changes no figure."""
    random = np.random.default_rng(0)
    table = Levels(np.linspace(0, 1, 6), random.integers(0, 5, (7, 6)) + 1, random.integers(0, 5, (7, 6)) + 1)
    at_once = every_metric(table, threshold=0.5)
    for place in range(7):
        alone = every_metric(Levels(table.scores, table.positives[place], table.negatives[place]), threshold=0.5)
        assert {name: values[place] for name, values in at_once.items()} == alone


def test_the_order_of_the_rows_does_not_matter():
    """Rows are counted, never sorted against each other."""
    table, other = levels([0, 1, 1, 0], [0.5, 0.5, 0.9, 0.1]), levels([1, 0, 0, 1], [0.9, 0.1, 0.5, 0.5])
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(table, other, strict=True))


def test_what_has_no_value_is_nan():
    """Rank metrics need both classes, and precision needs a flagged row."""
    one_class = every_metric(levels([0, 0], [0.1, 0.2]), threshold=0.5)
    assert np.isnan([one_class[name] for name in ("auc", "average_precision", "precision", "recall", "f1")]).all()
    assert one_class["accuracy"] == 1


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([0, 1], [0.5], "as many labels as scores"),
        ([], [], "at least one"),
        ([0, 2], [0.1, 0.2], r"labels are 0 or 1, got \[2\]"),
        ([0, 1], [0.1, np.nan], r"between 0 and 1, got \[nan\]"),
        ([0, 1], [-0.1, 0.5], r"between 0 and 1, got \[-0.1\]"),
    ],
)
def test_labels_and_scores_that_are_none_are_refused(labels, scores, message):
    """A NaN or a margin instead of a probability never becomes a metric."""
    with pytest.raises(ValueError, match=message):
        levels(labels, scores)
