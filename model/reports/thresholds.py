"""Choose the threshold: a row with at least this probability is flagged."""

import numpy as np

from model.reports.metrics import Levels


def best_f1(table: Levels) -> float:
    """Return the threshold with the highest F1.

    F1 = 2 found / (flagged + positives) needs no costs of a missed fraud and of a false alarm, which are not known.
    Of equally good thresholds the highest is returned, which flags the fewest rows.

    Parameters
    ----------
    table : Levels
        Counts of shape (g,), preferably of rows that the model has not seen.

    Examples
    --------
    >>> from model.reports.metrics import levels
    >>> best_f1(levels([0, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.5]))
    0.3
    """
    found = table.positives[::-1].cumsum()
    flagged = found + table.negatives[::-1].cumsum()
    # Compared as fractions of integers in float64: equal fractions give equal floats, and argmax takes the first.
    return float(table.scores[::-1][np.argmax(2 * found / (flagged + found[-1]))])
