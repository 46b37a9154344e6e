"""Evaluate an endpoint's answers like an offline evaluation of the same rows, and compare the two."""

from typing import Any

import pandas as pd

from model.reports.comparison import beyond, compare
from model.reports.evaluation import evaluation, settings_of
from step_scripts import step

_METRICS = "binary_classification_metrics"
_OF_DECISIONS = ("accuracy", "f1", "precision", "recall")


def evaluate_answers(answers: pd.DataFrame, offline: dict[str, Any]) -> dict[str, Any]:
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
        As the evaluate step writes it. The confusion matrix, and the values that follow from it, use the endpoint's
        own decisions.

    Raises
    ------
    StepError
        When the offline evaluation is of other rows.
    """
    fraud = answers["fraud"]
    ours, theirs = {"item_count": len(fraud), "positives": int(fraud.sum())}, offline["dataset"]
    if ours != theirs:
        raise step.StepError(
            f"the endpoint answered {ours['item_count']:,} claims with {ours['positives']:,} frauds, the offline "
            f"evaluation has {theirs['item_count']:,} with {theirs['positives']:,}: name the table that was "
            "evaluated by --test-dir, or the evaluation of this one by --evaluation-dir"
        )
    report = evaluation(fraud, answers["probability"], **settings_of(offline))
    metrics = report[_METRICS]
    of_decisions = evaluation(fraud, answers["decision"], threshold=1, bootstrap_samples=1)[_METRICS]
    decided = {name: metrics[name] | {"value": of_decisions[name]["value"]} for name in _OF_DECISIONS}
    metrics = metrics | decided | {"confusion_matrix": of_decisions["confusion_matrix"]}
    return report | {_METRICS: metrics, "contracts": offline["contracts"]}


def check_matches(offline: dict[str, Any], online: dict[str, Any], *, tolerance: float) -> dict[str, Any]:
    """Compare two evaluations, and raise an error where they differ.

    Parameters
    ----------
    offline, online : dict
        As evaluation.json holds them.
    tolerance
        Largest difference of a metric that counts as equal; matrices must be equal.

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
            f"the endpoint's answers to {online['dataset']['item_count']:,} claims give other metrics than the offline "
            f"evaluation (tolerance {tolerance:g}):\n  "
            + "\n  ".join(differences)
            + "\nfix: deploy the model that was evaluated, or name the evaluation of the one that serves by "
            "--evaluation-dir"
        )
    return comparison | {"tolerance": tolerance}
