"""Compare two evaluation reports of the same rows: the difference of each metric, and the confusion matrices."""

from typing import Any

_MATRIX = "confusion_matrix"


def compare(offline: dict[str, Any], online: dict[str, Any]) -> dict[str, Any]:
    """Return by how much the metrics of two evaluation reports differ.

    Parameters
    ----------
    offline, online : dict
        As `model.reports.evaluation.evaluation` returns them, or as read from evaluation.json.

    Returns
    -------
    dict
        ``metrics``: for each metric its value in both (``offline``, ``online``) and their absolute ``difference``: 0
        where neither has a value, None where only one has. ``confusion_matrix``: both, with a row for each actual class
        and a column for each decision, and whether they are ``equal``. ``largest_difference`` of the metrics: None
        where one of the differences is None.

    Examples
    --------
    >>> from model.reports.evaluation import evaluation
    >>> one, other = (evaluation([0, 1], [0.1, top], threshold=0.5, bootstrap_samples=10) for top in (0.9, 0.8))
    >>> found = compare(one, other)
    >>> round(found["metrics"]["brier_score"]["difference"], 3), found["confusion_matrix"]["equal"]
    (0.015, True)
    """
    one, other = (report["binary_classification_metrics"] for report in (offline, online))
    names = sorted(name for name, metric in one.items() if "value" in metric)
    matrices = [
        [[metrics[_MATRIX][actual][flagged] for flagged in "01"] for actual in "01"] for metrics in (one, other)
    ]
    compared = {name: _compared(one[name]["value"], other[name]["value"]) for name in names}
    differences = [found["difference"] for found in compared.values()]
    return {
        "metrics": compared,
        "largest_difference": None if None in differences else max(differences),
        _MATRIX: {"offline": matrices[0], "online": matrices[1], "equal": matrices[0] == matrices[1]},
    }


def beyond(comparison: dict[str, Any], tolerance: float) -> list[str]:
    """Return a line for each metric that differs by more than a tolerance, and one for unequal matrices.

    Examples
    --------
    >>> from model.reports.evaluation import evaluation
    >>> one, other = (evaluation([0, 1], [0.1, top], threshold=0.5, bootstrap_samples=10) for top in (0.9, 0.8))
    >>> beyond(compare(one, other), 1e-9)
    ['brier_score: 0.01 offline, 0.025 online']
    """
    lines = [
        f"{name}: {_shown(found['offline'])} offline, {_shown(found['online'])} online"
        for name, found in comparison["metrics"].items()
        if found["difference"] is None or found["difference"] > tolerance
    ]
    matrix = comparison[_MATRIX]
    return lines + [f"{_MATRIX}: {matrix['offline']} offline, {matrix['online']} online"] * (not matrix["equal"])


def _compared(offline: float | None, online: float | None) -> dict[str, Any]:
    if offline is None or online is None:
        return {"offline": offline, "online": online, "difference": 0.0 if offline is online else None}
    return {"offline": offline, "online": online, "difference": abs(offline - online)}


def _shown(value: float | None) -> str:
    return "no value" if value is None else f"{value:.12g}"
