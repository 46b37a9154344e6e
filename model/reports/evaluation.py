"""The evaluation report of a binary classifier: metrics with their uncertainty, and curves, ready for JSON."""

import math
from typing import Any

import numpy.typing as npt

from model.reports.curves import calibration_curve, rank_curves
from model.reports.intervals import intervals
from model.reports.metrics import confusion, every_metric, levels


def evaluation(
    labels: npt.ArrayLike,
    scores: npt.ArrayLike,
    *,
    threshold: float,
    bootstrap_samples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure how well scores separate two classes, in SageMaker's ``binary_classification_metrics`` format.

    Parameters
    ----------
    labels : array-like of shape (n,)
        0 or 1, with at least one of each.
    scores : array-like of shape (n,)
        Probabilities of class 1.
    threshold : float
        Scores of at least this are flagged.
    bootstrap_samples, confidence, seed
        Resamples, level and seed of the intervals (see `model.reports.intervals.intervals`).

    Returns
    -------
    dict
        As ``contracts/evaluation.schema.json`` says. A metric without a value is None, never NaN. The prevalence has no
        standard deviation, because a stratified bootstrap does not change it.

    Raises
    ------
    ValueError
        As `model.reports.metrics.levels`.

    Examples
    --------
    >>> report = evaluation([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], threshold=0.5, bootstrap_samples=50)
    >>> report["binary_classification_metrics"]["auc"]["value"]
    0.75
    >>> report["binary_classification_metrics"]["confusion_matrix"]
    {'0': {'0': 2, '1': 0}, '1': {'0': 1, '1': 1}}
    """
    table = levels(labels, scores)
    rows, positives = int((table.positives + table.negatives).sum()), int(table.positives.sum())
    spread = intervals(table, threshold=threshold, samples=bootstrap_samples, confidence=confidence, seed=seed)
    metrics: dict[str, Any] = {}
    for name, value in every_metric(table, threshold=threshold).items():
        deviation, lower, upper = (_number(figure) for figure in spread[name])
        interval = {"level": confidence, "lower": lower, "upper": upper}
        metrics[name] = {
            "value": _number(float(value)),
            "standard_deviation": deviation,
            "confidence_interval": interval,
        }
    passed, alarms, missed, found = (int(count) for count in confusion(table, threshold))
    metrics["prevalence"] = {"value": positives / rows, "standard_deviation": None}
    metrics["confusion_matrix"] = {"0": {"0": passed, "1": alarms}, "1": {"0": missed, "1": found}}
    return {
        "binary_classification_metrics": metrics | rank_curves(table),
        "bootstrap": {"method": "stratified, percentile", "samples": bootstrap_samples, "seed": seed},
        "calibration_curve": calibration_curve(table),
        "dataset": {"item_count": rows, "positives": positives},
        "threshold": threshold,
    }


def settings_of(report: dict[str, Any]) -> dict[str, Any]:
    """Return the options with which `evaluation` made a report.

    Examples
    --------
    >>> settings_of(evaluation([0, 1], [0.1, 0.8], threshold=0.5, bootstrap_samples=50))
    {'threshold': 0.5, 'bootstrap_samples': 50, 'confidence': 0.95, 'seed': 0}
    """
    return {
        "threshold": report["threshold"],
        "bootstrap_samples": report["bootstrap"]["samples"],
        "confidence": report["binary_classification_metrics"]["auc"]["confidence_interval"]["level"],
        "seed": report["bootstrap"]["seed"],
    }


def _number(figure: float) -> float | None:
    return None if math.isnan(figure) else figure
