import json
import struct

import numpy as np
import pytest

from model.reports.latency import draw_latency, latency
from step_scripts.contracts.report import check_report


def test_figures_are_milliseconds():
    """Of a hundred calls of 1 to 100 ms half are within 50.5, and the slowest is reported."""
    found = latency(np.arange(1, 101) / 1000)
    assert (found["calls"], found["p50_ms"], found["p99_ms"], found["max_ms"]) == (100, 50.5, 99.01, 100)


@pytest.mark.parametrize("seconds", [[0.001], [1e-7, 100.0], np.random.default_rng(0).lognormal(-7, 2, 5000)])
def test_every_call_is_in_the_histogram_between_its_edges(seconds):
    """Nothing is left out or counted twice, and the report keeps its schema as JSON."""
    found = latency(seconds)
    check_report("latency", json.loads(json.dumps(found, allow_nan=False)))
    calls, edges = found["histogram"]["calls"], np.array(found["histogram"]["edges_ms"])
    assert sum(calls) == found["calls"] == len(seconds)
    assert len(edges) == len(calls) + 1
    assert calls == np.histogram(np.asarray(seconds) * 1000, np.append(edges[:-1] * (1 - 1e-6), edges[-1]))[0].tolist()


def test_edges_are_the_same_for_any_calls():
    """So that the pictures of two runs can be laid beside each other: 1, 10 and 100 ms are always edges."""
    edges = [set(latency(seconds)["histogram"]["edges_ms"]) for seconds in ([0.0007, 0.3], [0.0009, 0.2])]
    assert edges[0] > edges[1] > {1.0, 10.0, 100.0}


def test_a_picture_is_the_same_bytes_of_one_size():
    """A PNG as the evaluation's, whatever the user's own taste, and another for other calls."""
    import matplotlib as mpl

    found = latency([0.001, 0.002, 0.004])
    picture = draw_latency(found)
    with mpl.rc_context({"font.size": 30, "savefig.dpi": 20}):
        assert draw_latency(found) == picture
    assert struct.unpack(">II", picture[16:24]) == (840, 660)
    assert draw_latency(latency([0.001, 0.002, 0.005])) != picture
