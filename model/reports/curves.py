"""The curves behind the metrics, as lists for a JSON report, whose length does not grow with the rows."""

import numpy as np

from model.reports.metrics import Levels

_POINTS = 400  # of a curve: finer than a plot shows; about 30 kB of JSON for all curves
_BINS = 10


def rank_curves(table: Levels) -> dict[str, dict[str, list[float]]]:
    """Return the ROC and the precision-recall curve, by SageMaker's names.

    Both use the same thresholds, from the highest score to the lowest: every distinct score, or about 400 of them,
    evenly along the ROC curve, so that neither rate jumps by more than 1/200 between points where the scores allow it.

    Parameters
    ----------
    table : Levels
        Counts of shape (g,), with at least one positive and one negative.

    Examples
    --------
    >>> from model.reports.metrics import levels
    >>> curves = rank_curves(levels([0, 1, 1, 0], [0.2, 0.7, 0.2, 0.1]))
    >>> curves["receiver_operating_characteristic_curve"]
    {'false_positive_rates': [0.0, 0.0, 0.5, 1.0], 'true_positive_rates': [0.0, 0.5, 1.0, 1.0]}
    >>> curves["precision_recall_curve"]
    {'precisions': [1.0, 0.666667, 0.5], 'recalls': [0.5, 1.0, 1.0]}
    """
    found = table.positives[::-1].cumsum()
    alarms = table.negatives[::-1].cumsum()
    recall, false_alarm_rate = found / found[-1], alarms / alarms[-1]
    precision = found / (found + alarms)
    along = recall + false_alarm_rate
    targets = np.linspace(along[0], along[-1], _POINTS)
    kept = np.arange(len(along)) if len(along) <= _POINTS else np.unique(np.searchsorted(along, targets))
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [0.0, *_rounded(false_alarm_rate[kept])],
            "true_positive_rates": [0.0, *_rounded(recall[kept])],
        },
        "precision_recall_curve": {
            "precisions": _rounded(precision[kept]),
            "recalls": _rounded(recall[kept]),
        },
    }


def calibration_curve(table: Levels) -> dict[str, list[float] | list[int]]:
    """Return predicted probabilities and observed shares, in up to ten groups of about equal size.

    Equal scores are in the same group, so the order of the rows does not matter; many ties give fewer groups.

    Examples
    --------
    >>> from model.reports.metrics import levels
    >>> calibration_curve(levels([0, 0, 1, 1], [0.1, 0.1, 0.1, 0.9]))
    {'predicted': [0.1, 0.9], 'observed': [0.333333, 1.0], 'rows': [3, 1]}
    """
    rows = table.positives + table.negatives
    middle = rows.cumsum() - rows / 2
    group = np.unique((middle * _BINS / rows.sum()).astype(np.int64), return_inverse=True)[1]
    sizes = np.bincount(group, weights=rows)
    return {
        "predicted": _rounded(np.bincount(group, weights=rows * table.scores) / sizes),
        "observed": _rounded(np.bincount(group, weights=table.positives) / sizes),
        "rows": sizes.astype(np.int64).tolist(),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [round(value, 6) for value in values.tolist()]
