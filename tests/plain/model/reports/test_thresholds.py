import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from model.reports.metrics import levels
from model.reports.thresholds import best_f1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=30))
def test_no_threshold_has_a_better_f1_and_no_higher_one_the_same(rows):
    """Every score is tried by scikit-learn: the threshold is the highest of those with the best F1."""
    labels, sixths = (np.array(column) for column in zip(*rows, strict=True))
    scores = sixths / 6
    tried = {score: f1_score(labels, scores >= score, zero_division=0) for score in np.unique(scores)}
    best = max(tried.values())
    assert best_f1(levels(labels, scores)) == max(score for score, f1 in tried.items() if f1 == best)
