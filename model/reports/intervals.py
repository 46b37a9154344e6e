"""Confidence intervals of metrics by a stratified bootstrap, exact and in bounded memory."""

from collections.abc import Iterator

import numpy as np

from model.reports.metrics import Counts, Floats, Levels, every_metric

_BLOCK = 2**18  # rows drawn at a time: about 20 MB with all that is computed from them


def resamples(table: Levels, *, samples: int, seed: int) -> Iterator[Levels]:
    """Draw rows with replacement, separately from positives and negatives, in blocks of resamples.

    Stratified, so every resample has both classes, at the prevalence of the table. The draws do not depend on the size
    of a block, because each class has its own random stream.

    Parameters
    ----------
    table : Levels
        Counts of shape (g,).
    samples : int
        Total number of resamples.
    seed : int
        The same seed gives the same resamples.

    Yields
    ------
    Levels
        The same scores, and counts of shape (block, g).
    """
    streams = np.random.default_rng(seed).spawn(2)
    rows = int(table.positives.sum() + table.negatives.sum())
    block = max(1, _BLOCK // rows)
    for start in range(0, samples, block):
        size = min(block, samples - start)
        yield Levels(
            table.scores,
            *(_redraw(counts, size, stream) for counts, stream in zip(table[1:], streams, strict=True)),
        )


def _redraw(counts: Counts, size: int, stream: np.random.Generator) -> Counts:
    """Return counts of shape (size, g): each row is a multinomial draw of as many rows as `counts` has."""
    rows, groups = int(counts.sum()), len(counts)
    level_of_row = np.repeat(np.arange(groups), counts)
    drawn = level_of_row[stream.integers(rows, size=(size, rows))] if rows else np.empty((size, 0), dtype=np.int64)
    drawn += groups * np.arange(size)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=size * groups).reshape(size, groups)


def intervals(
    table: Levels, *, threshold: float, samples: int, confidence: float, seed: int
) -> dict[str, tuple[float, float, float]]:
    """Return each metric's standard deviation and percentile interval over the resamples.

    Parameters
    ----------
    table : Levels
        Counts of shape (g,).
    threshold : float
        For the metrics of decisions.
    samples, seed : int
        As `resamples` takes them.
    confidence : float
        Level of the interval, in (0, 1).

    Returns
    -------
    dict of str to (float, float, float)
        Standard deviation, lower and upper bound, by the metric's name. Resamples in which the metric has no value (a
        precision where nothing is flagged) are left out; all three are NaN where no resample has one.

    Examples
    --------
    >>> from model.reports.metrics import levels
    >>> table = levels([0, 0, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    >>> _, lower, upper = intervals(table, threshold=0.4, samples=100, confidence=0.9, seed=0)["auc"]
    >>> 0 <= lower < 0.875 < upper <= 1
    True
    """
    drawn = [every_metric(block, threshold=threshold) for block in resamples(table, samples=samples, seed=seed)]
    tail = (1 - confidence) / 2
    return {name: _spread(np.concatenate([metrics[name] for metrics in drawn]), tail) for name in drawn[0]}


def _spread(values: Floats, tail: float) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    if not known.size:
        return (np.nan, np.nan, np.nan)
    lower, upper = np.quantile(known, [tail, 1 - tail])
    return float(known.std()), float(lower), float(upper)
