"""Metrics of a binary classifier, for one table of scores or for many resamples of it at once.

Every metric depends only on the numbers of positives and negatives at each distinct score. `Levels` holds these counts;
its leading axes are resamples. So ties are always grouped, and the counts are exact.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


class Levels(NamedTuple):
    """Distinct scores, ascending, of shape (g,), and the positives and negatives at each, of shape (..., g)."""

    scores: Floats
    positives: Counts
    negatives: Counts


def levels(labels: npt.ArrayLike, scores: npt.ArrayLike) -> Levels:
    """Count positives and negatives at each distinct score.

    Parameters
    ----------
    labels : array-like of shape (n,)
        0 or 1 (or bool); 1 is positive.
    scores : array-like of shape (n,)
        Probabilities in [0, 1].

    Raises
    ------
    ValueError
        When the two differ in length, are empty, or have another value.

    Examples
    --------
    >>> levels([0, 1, 1, 0], [0.2, 0.7, 0.2, 0.1]).positives
    array([0, 1, 1])
    """
    truth, score = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != score.shape or not truth.size:
        raise ValueError(f"expected as many labels as scores and at least one, got shapes {truth.shape}, {score.shape}")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError(f"labels are 0 or 1, got {np.unique(truth[~np.isin(truth, (0, 1))])[:5].tolist()}")
    if outside := score[~((score >= 0) & (score <= 1))].tolist():
        raise ValueError(f"scores are probabilities between 0 and 1, got {outside[:5]}")
    distinct, place = np.unique(score, return_inverse=True)
    positives = np.bincount(place[truth == 1], minlength=len(distinct))
    return Levels(distinct, positives, np.bincount(place, minlength=len(distinct)) - positives)


def roc_auc(table: Levels) -> Floats:
    """Return the probability that a positive scores above a negative; ties count half. NaN without both classes."""
    negatives_up_to = table.negatives.cumsum(axis=-1)
    pairs = 2 * table.positives.sum(axis=-1) * negatives_up_to[..., -1]
    return _ratio((table.positives * (2 * negatives_up_to - table.negatives)).sum(axis=-1), pairs)


def average_precision(table: Levels) -> Floats:
    """Return the precision at each score, weighted by the positives that it adds; NaN without positives."""
    added = table.positives[..., ::-1]
    found = added.cumsum(axis=-1)
    flagged = found + table.negatives[..., ::-1].cumsum(axis=-1)
    precision = np.divide(found, flagged, out=np.zeros(flagged.shape), where=flagged > 0)
    return _ratio((added * precision).sum(axis=-1), found[..., -1])


def brier_score(table: Levels) -> Floats:
    """Return the mean squared difference between score and label: 0 is perfect, smaller is better."""
    # Summed row by row: the rounding of a matrix product depends on the machine and on the number of resamples.
    loss = table.positives * (1 - table.scores) ** 2 + table.negatives * table.scores**2
    return _ratio(loss.sum(axis=-1), (table.positives + table.negatives).sum(axis=-1))


def confusion(table: Levels, threshold: float) -> tuple[Counts, Counts, Counts, Counts]:
    """Return true negatives, false positives, false negatives, true positives; a score >= threshold is flagged."""
    first = int(np.searchsorted(table.scores, threshold, side="left"))
    return (
        table.negatives[..., :first].sum(axis=-1),
        table.negatives[..., first:].sum(axis=-1),
        table.positives[..., :first].sum(axis=-1),
        table.positives[..., first:].sum(axis=-1),
    )


def every_metric(table: Levels, *, threshold: float) -> dict[str, Floats]:
    """Return every metric by its name in SageMaker's reports, each of the leading shape of the counts.

    A metric without a value (the precision where nothing is flagged) is NaN.

    Examples
    --------
    >>> found = every_metric(levels([0, 1, 1, 0], [0.2, 0.7, 0.2, 0.1]), threshold=0.5)
    >>> {name: round(float(value), 3) for name, value in found.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'auc': 0.875, 'average_precision': 0.833, 'brier_score': 0.195,
     'accuracy': 0.75, 'precision': 1.0, 'recall': 0.5, 'f1': 0.667}
    """
    passed, alarms, missed, found = confusion(table, threshold)
    return {
        "auc": roc_auc(table),
        "average_precision": average_precision(table),
        "brier_score": brier_score(table),
        "accuracy": _ratio(found + passed, passed + alarms + missed + found),
        "precision": _ratio(found, found + alarms),
        "recall": _ratio(found, found + missed),
        "f1": _ratio(2 * found, 2 * found + alarms + missed),
    }


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: no value
        return np.asarray(np.true_divide(part, whole))
