"""Draw the evaluation report: the same report gives the same PNG bytes; no screen is needed."""

from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, Any

from model.reports.picture import INK, LINE, MARK, SOFT, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Report = dict[str, Any]

_CHANCE: dict[str, Any] = {"color": SOFT, "linestyle": (0, (4, 3)), "linewidth": 1}
_UNIT = (-0.01, 1.01)


def draw(report: "Report") -> dict[str, bytes]:
    """Draw the ROC and the precision-recall curve, the calibration and the confusion matrix.

    Parameters
    ----------
    report : dict
        As `model.reports.evaluation.evaluation` returns it, or as read from evaluation.json.

    Returns
    -------
    dict of str to bytes
        File name to PNG, 840 by 660 pixels.

    Examples
    --------
    >>> from model.reports.evaluation import evaluation
    >>> pictures = draw(evaluation([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], threshold=0.5, bootstrap_samples=50))
    >>> sorted(pictures)
    ['calibration.png', 'confusion_matrix.png', 'precision_recall.png', 'roc.png']
    """
    rows, positives = report["dataset"]["item_count"], report["dataset"]["positives"]
    note = f"{rows:,} test rows, {positives:,} frauds ({positives / rows:.1%})"
    paints = {
        "calibration.png": _calibration,
        "confusion_matrix.png": _confusion_matrix,
        "precision_recall.png": _precision_recall,
        "roc.png": _roc,
    }
    return {name: picture(partial(paint, report=report), note=note) for name, paint in paints.items()}


def _roc(axes: "Axes", report: "Report") -> tuple[str, str]:
    metrics = report["binary_classification_metrics"]
    curve = metrics["receiver_operating_characteristic_curve"]
    axes.plot([0, 1], [0, 1], **_CHANCE, label="chance")
    axes.plot(curve["false_positive_rates"], curve["true_positive_rates"], color=LINE, linewidth=2, label="model")
    matrix = metrics["confusion_matrix"]
    _mark(axes, matrix["0"]["1"] / sum(matrix["0"].values()), metrics["recall"]["value"], report)
    axes.set(xlabel="False alarms among legitimate claims", ylabel="Frauds found (recall)")
    axes.set(xlim=_UNIT, ylim=_UNIT)
    axes.legend(loc="lower right")
    return "ROC curve", f"AUC {_with_interval(metrics['auc'])}"


def _precision_recall(axes: "Axes", report: "Report") -> tuple[str, str]:
    metrics = report["binary_classification_metrics"]
    curve = metrics["precision_recall_curve"]
    prevalence = metrics["prevalence"]["value"]
    recalls, precisions = [0.0, *curve["recalls"]], [curve["precisions"][0], *curve["precisions"]]
    top = min(1.0, 1.3 * max(*precisions, prevalence))  # where frauds are rare, most of the unit square is empty
    axes.axhline(prevalence, **_CHANCE, label=f"chance: prevalence {prevalence:.3f}")
    # The steps that average precision sums: from one recall to the next the curve has the precision at the next.
    axes.plot(recalls, precisions, color=LINE, linewidth=2, drawstyle="steps-pre", label="model")
    if metrics["precision"]["value"] is not None:
        _mark(axes, metrics["recall"]["value"], metrics["precision"]["value"], report)
    axes.set(xlim=_UNIT, ylim=(-0.01 * top, 1.01 * top))
    axes.set(xlabel="Frauds found (recall)", ylabel="Frauds among flagged claims (precision)")
    axes.legend(loc="upper right")
    return "Precision and recall", f"Average precision {_with_interval(metrics['average_precision'])}"


def _calibration(axes: "Axes", report: "Report") -> tuple[str, str]:
    curve = report["calibration_curve"]
    predicted, observed = curve["predicted"], curve["observed"]
    bounds = [_wilson(share, rows) for share, rows in zip(observed, curve["rows"], strict=True)]
    top = min(1.0, 1.08 * max([*predicted, *(upper for _, upper in bounds)]))
    span = (-0.015 * top, top)
    axes.plot([0, top], [0, top], **_CHANCE, label="perfect")
    axes.vlines(predicted, *zip(*bounds, strict=True), color=LINE, alpha=0.35, linewidth=4, label="95% interval")
    axes.plot(predicted, observed, color=LINE, linewidth=1, marker="o", markersize=6, label="tenths of the claims")
    axes.set(xlabel="Predicted probability of fraud", ylabel="Observed share of frauds", xlim=span, ylim=span)
    axes.legend(loc="upper left")
    return "Calibration", f"Brier score {_with_interval(report['binary_classification_metrics']['brier_score'])}"


def _confusion_matrix(axes: "Axes", report: "Report") -> tuple[str, str]:
    metrics = report["binary_classification_metrics"]
    matrix = metrics["confusion_matrix"]
    counts = [[matrix[actual][flagged] for flagged in "01"] for actual in "01"]
    shares = [[count / sum(row) for count in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        colour = "white" if shares[row][column] > 0.6 else INK
        text: dict[str, Any] = {"color": colour, "ha": "center"}
        axes.text(column, row, f"{counts[row][column]:,}", fontsize=24, fontweight="bold", va="bottom", **text)
        axes.text(column, row + 0.06, f"{shares[row][column]:.1%} of row", va="top", **text)
    axes.set_xticks([0, 1], ["passed", "flagged"])
    axes.set_yticks([0, 1], ["legitimate", "fraud"], rotation=90, va="center")
    for draw_line in (axes.axvline, axes.axhline):
        draw_line(0.5, color="white", linewidth=4)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlabel=f"Decision at threshold {report['threshold']:.3f}", ylabel="Actual")
    precision, recall = (metrics[name]["value"] for name in ("precision", "recall"))
    shown = "none" if precision is None else f"{precision:.3f}"
    return "Confusion matrix", f"Precision {shown}, recall {recall:.3f}"


def _mark(axes: "Axes", x: float, y: float, report: "Report") -> None:
    label = f"threshold {report['threshold']:.3f}"
    axes.plot([x], [y], color=MARK, marker="o", markersize=8, linestyle="none", label=label, zorder=3)


def _with_interval(metric: dict[str, Any]) -> str:
    interval = metric["confidence_interval"]
    return (
        f"{metric['value']:.3f} ({interval['level']:.0%} interval {interval['lower']:.3f} to {interval['upper']:.3f})"
    )


def _wilson(share: float, rows: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927): it stays in [0, 1], and has a width at a share of 0."""
    z = 1.959964
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    reach = z / (1 + z * z / rows) * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return max(0.0, centre - reach), min(1.0, centre + reach)
