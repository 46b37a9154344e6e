"""How long an endpoint takes to answer: figures ready for JSON, and a picture."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.reports.picture import INK, LINE, MARK, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS_A_DECADE = 20  # at fixed places, so that the pictures of two runs can be compared bar by bar


def latency(seconds: npt.ArrayLike) -> dict[str, Any]:
    """Summarise how long calls took.

    Parameters
    ----------
    seconds : array-like of shape (n,)
        The duration of each call, above 0; at least one.

    Returns
    -------
    dict
        As ``contracts/latency.schema.json`` says: ``calls``, how many; ``p50_ms``, ``p99_ms`` and ``max_ms``; and a
        ``histogram``, twenty bins to each factor of ten, from ``edges_ms[i]`` up to ``edges_ms[i + 1]``.

    Examples
    --------
    >>> found = latency([0.001, 0.0012, 0.002])
    >>> found["p50_ms"], found["max_ms"], found["histogram"]["calls"]
    (1.2, 2.0, [1, 1, 0, 0, 0, 0, 1])
    """
    ms = np.round(np.asarray(seconds, dtype=np.float64) * 1000, 6)
    p50, p99 = (round(float(figure), 6) for figure in np.percentile(ms, [50, 99]))
    places = np.floor(np.log10(ms) * _BINS_A_DECADE + 1e-9).astype(int)
    first = int(places.min())
    calls = np.bincount(places - first)
    edges = 10 ** ((first + np.arange(len(calls) + 1)) / _BINS_A_DECADE)
    return {
        "calls": len(ms),
        "p50_ms": p50,
        "p99_ms": p99,
        "max_ms": float(ms.max()),
        "histogram": {"calls": calls.tolist(), "edges_ms": np.round(edges, 6).tolist()},
    }


def draw_latency(report: dict[str, Any]) -> bytes:
    """Draw the histogram of a report of `latency`, as a PNG of 840 by 660 pixels.

    Examples
    --------
    >>> draw_latency(latency([0.001, 0.0012, 0.002]))[1:4]
    b'PNG'
    """
    return picture(partial(_histogram, report=report), note=f"{report['calls']:,} calls, one at a time")


def _histogram(axes: "Axes", report: dict[str, Any]) -> tuple[str, str]:
    from matplotlib.ticker import LogLocator, NullFormatter

    edges, calls = np.array(report["histogram"]["edges_ms"]), report["histogram"]["calls"]
    axes.bar(edges[:-1], calls, width=np.diff(edges), align="edge", color=LINE, zorder=2)
    for name, colour in (("p50", INK), ("p99", MARK)):
        label = f"{name} {report[f'{name}_ms']:.3g} ms"
        axes.axvline(report[f"{name}_ms"], color=colour, linewidth=1.5, zorder=3, label=label)
    axes.set(xlabel="Milliseconds to an answer", ylabel="Calls", xscale="log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="upper right")
    return "Latency", f"Half within {report['p50_ms']:.3g} ms, the slowest {report['max_ms']:.3g} ms"
