import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from model.reports import intervals as module
from model.reports.intervals import intervals, resamples
from model.reports.metrics import every_metric, levels


def _drawn(rows, *, seed=0, share=0.1, ties=1000):
    random = np.random.default_rng(seed)
    labels = random.random(rows) < share
    margins = random.normal(size=rows) + 1.2 * labels - 2
    return labels, np.round(ties / (1 + np.exp(-margins))) / ties


def test_resamples_keep_the_size_of_either_class():
    """Every resample has as many frauds and as many others as the table, at scores that the class has."""
    table = levels(*_drawn(300))
    (block,) = resamples(table, samples=50, seed=0)
    for counts, original in zip(block[1:], table[1:], strict=True):
        assert (counts.sum(axis=-1) == original.sum()).all()
        assert not counts[:, original == 0].any()
        # A multinomial draw: what a row's count is on average, and how far it scatters.
        assert np.abs(counts.mean(axis=0) - original).max() < 5 * np.sqrt(original.max() / 50)
        assert counts.std(axis=0).any()


def test_draws_do_not_depend_on_the_size_of_a_block(monkeypatch):
    """Memory can be bounded without a change of any figure."""
    table = levels(*_drawn(400))
    options = {"threshold": 0.2, "samples": 25, "confidence": 0.9, "seed": 3}
    whole = intervals(table, **options)
    for block in (1, 3 * 400, 1000 * 400):
        monkeypatch.setattr(module, "_BLOCK", block)
        assert intervals(table, **options) == whole


def test_the_seed_decides():
    """The same seed gives the same interval, another seed another one."""
    table = levels(*_drawn(200))
    first, again, other = (
        intervals(table, threshold=0.2, samples=30, confidence=0.95, seed=seed)["auc"] for seed in (1, 1, 2)
    )
    assert first == again != other


def test_intervals_are_those_of_a_bootstrap_written_out():
    """A loop over scikit-learn's metrics on rows drawn one by one finds the same spread, up to its own draws."""
    labels, scores = _drawn(500)
    ours = intervals(levels(labels, scores), threshold=0.2, samples=2000, confidence=0.9, seed=0)
    random = np.random.default_rng(1)
    sides = [np.flatnonzero(labels), np.flatnonzero(~labels)]
    values = []
    for _ in range(120):
        rows = np.concatenate([random.choice(side, len(side)) for side in sides])
        values.append((roc_auc_score(labels[rows], scores[rows]), average_precision_score(labels[rows], scores[rows])))
    for name, column in zip(("auc", "average_precision"), np.transpose(values), strict=True):
        expected = (column.std(), *np.quantile(column, [0.05, 0.95]))
        assert ours[name] == pytest.approx(expected, abs=0.3 * column.std())


def test_an_interval_holds_its_value_and_narrows_with_more_rows():
    """Four times the rows halve the standard deviation, about."""
    few, many = (levels(*_drawn(rows)) for rows in (1000, 16_000))
    spreads = [intervals(table, threshold=0.2, samples=200, confidence=0.95, seed=0)["auc"] for table in (few, many)]
    for table, (_, lower, upper) in zip((few, many), spreads, strict=True):
        assert lower < every_metric(table, threshold=0.2)["auc"] < upper
    assert spreads[0][0] / spreads[1][0] == pytest.approx(4, rel=0.35)


def test_constant_scores_have_an_interval_without_width():
    """Scores that say nothing give an AUC of one half for certain."""
    auc = intervals(levels([0, 1, 0, 1], [0.3] * 4), threshold=0.5, samples=20, confidence=0.95, seed=0)["auc"]
    assert auc == (0, 0.5, 0.5)


def test_what_has_no_value_in_any_resample_has_no_interval():
    """Where no row is flagged, precision has no spread either; no warning is raised."""
    table = levels([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4])
    assert np.isnan(intervals(table, threshold=0.9, samples=20, confidence=0.95, seed=0)["precision"]).all()


def test_memory_is_bounded():
    """Two hundred thousand rows take no more than some blocks, however many resamples there are."""
    table = levels(*_drawn(200_000, ties=10**9))
    tracemalloc.start()
    intervals(table, threshold=0.2, samples=12, confidence=0.95, seed=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * 2**20
