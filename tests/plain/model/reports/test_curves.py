import numpy as np
import pytest
import sklearn.metrics as sk

from model.reports.curves import calibration_curve, rank_curves
from model.reports.metrics import levels


def _drawn(rows, ties):
    random = np.random.default_rng(0)
    labels = random.random(rows) < 0.1
    return labels, np.round(ties / (1 + np.exp(2 - random.normal(size=rows) - 1.2 * labels))) / ties


def test_curves_are_scikit_learns():
    """With few scores every point is there: from no row flagged to all, from the highest score to the lowest."""
    labels, scores = _drawn(300, ties=100)
    curves = rank_curves(levels(labels, scores))
    rates = sk.roc_curve(labels, scores, drop_intermediate=False)[:2]
    roc = curves["receiver_operating_characteristic_curve"]
    assert np.array([roc["false_positive_rates"], roc["true_positive_rates"]]) == pytest.approx(
        np.array(rates), abs=1e-6
    )
    precision, recall, _ = sk.precision_recall_curve(labels, scores)
    curve = curves["precision_recall_curve"]
    assert curve["precisions"] == pytest.approx(precision[-2::-1], abs=1e-6)
    assert curve["recalls"] == pytest.approx(recall[-2::-1], abs=1e-6)


def test_curves_of_many_scores_are_short_and_whole():
    """Of 20,000 distinct scores some 400 points remain, with both ends, the same for both curves, and no gap."""
    labels, scores = _drawn(20_000, ties=10**9)
    curves = rank_curves(levels(labels, scores))
    roc = curves["receiver_operating_characteristic_curve"]
    points = np.array([roc["false_positive_rates"], roc["true_positive_rates"]])
    assert points.shape[1] <= 401
    assert points[:, 0].tolist() == [0, 0]
    assert points[:, -1].tolist() == [1, 1]
    assert np.diff(points).max() < 1 / 150
    assert curves["precision_recall_curve"]["recalls"] == roc["true_positive_rates"][1:]
    area = np.trapezoid(points[1], points[0])
    assert area == pytest.approx(sk.roc_auc_score(labels, scores), abs=1e-3)


def test_calibration_groups_are_tenths():
    """Groups rise in prediction, have about as many rows each, and add up to the table."""
    labels, scores = _drawn(2000, ties=10**9)
    curve = calibration_curve(levels(labels, scores))
    assert curve["rows"] == [200] * 10
    assert curve["predicted"] == sorted(curve["predicted"])
    assert np.dot(curve["rows"], curve["observed"]) == pytest.approx(labels.sum(), abs=1e-2)
    assert np.dot(curve["rows"], curve["predicted"]) == pytest.approx(scores.sum(), abs=1e-2)


def test_equal_scores_share_a_group():
    """Ties are never split, whatever that does to the number of groups."""
    curve = calibration_curve(levels([0, 1] * 50, [0.1] * 60 + [0.2] * 40))
    assert (curve["predicted"], curve["rows"]) == ([0.1, 0.2], [60, 40])
    assert calibration_curve(levels([0, 1], [0.4, 0.4])) == {"predicted": [0.4], "observed": [0.5], "rows": [2]}
