"""An evaluation of an endpoint's answers, made as an offline one was made, and held to it."""

from typing import Any

import pandas as pd

from model.reports.comparison import beyond, compare
from model.reports.evaluation import evaluation, settings_of
from step_scripts import step

_OF_DECISIONS = ("accuracy", "f1", "precision", "recall")


def evaluated_alike(answers: pd.DataFrame, offline: dict[str, Any]) -> dict[str, Any]:
    """Evaluate answers at the threshold, and with the bootstrap, of an offline evaluation of the same rows.

    Parameters
    ----------
    answers : DataFrame of shape (n, .)
        `probability` and `decision` of the endpoint, and `fraud`, each decision and fraud 0 or 1.
    offline : dict
        As evaluation.json holds it.

    Returns
    -------
    dict
        As the evaluate step writes it, but that the confusion matrix, and the values that follow from it, are of the
        endpoint's own decisions.

    Raises
    ------
    StepError
        When the offline evaluation is of other rows.
    """
    fraud = answers["fraud"]
    ours, theirs = {"item_count": len(fraud), "positives": int(fraud.sum())}, offline["dataset"]
    if ours != theirs:
        raise step.StepError(
            f"{ours['item_count']:,} claims with {ours['positives']:,} frauds were answered, the offline evaluation is "
            f"of {theirs['item_count']:,} with {theirs['positives']:,}: name the table that was evaluated by "
            "--test-dir, or the evaluation of this one by --evaluation-dir"
        )
    report = evaluation(fraud, answers["probability"], **settings_of(offline))
    metrics = report["binary_classification_metrics"]
    told = evaluation(fraud, answers["decision"], threshold=1, bootstrap_samples=1)["binary_classification_metrics"]
    decided = {name: metrics[name] | {"value": told[name]["value"]} for name in _OF_DECISIONS}
    metrics = metrics | decided | {"confusion_matrix": told["confusion_matrix"]}
    return report | {"binary_classification_metrics": metrics, "contracts": offline["contracts"]}


def held_to(offline: dict[str, Any], online: dict[str, Any], *, tolerance: float) -> dict[str, Any]:
    """Compare two evaluations, and refuse a difference.

    Parameters
    ----------
    offline, online : dict
        As evaluation.json holds them.
    tolerance
        Largest difference of a metric that is none; matrices are equal or not.

    Returns
    -------
    dict
        As ``contracts/comparison.schema.json`` says.

    Raises
    ------
    StepError
        With every figure that differs.
    """
    comparison = compare(offline, online)
    if differences := beyond(comparison, tolerance):
        raise step.StepError(
            f"the endpoint's answers to {online['dataset']['item_count']:,} claims are not worth what the offline "
            f"evaluation says, to {tolerance:g}:\n  "
            + "\n  ".join(differences)
            + "\nto do: deploy the model that was evaluated, or name the evaluation of the one that serves by "
            "--evaluation-dir"
        )
    return comparison | {"tolerance": tolerance}
