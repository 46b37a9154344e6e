"""Evaluate a model artifact on a table of test features, and write a report and its plots.

Example
-------
python steps/evaluate.py --model-dir runs/train/model --input-dir runs/preprocess/test --output-dir out
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd

from model.artifact import Artifact, load_artifact
from model.reports.evaluation import evaluation
from model.reports.plots import draw
from model.score import predict
from step_scripts import contracts, step
from step_scripts.contracts.report import check_report
from step_scripts.step import Between


def evaluate(
    artifact: Artifact,
    features: pd.DataFrame,
    *,
    bootstrap_samples: Annotated[int, Between(10, 100_000, "resamples behind the intervals")] = 1000,
    confidence: Annotated[float, Between(0.5, 0.999, "level of the intervals")] = 0.95,
    seed: Annotated[int, Between(0, 2**31 - 1, "of the resamples")] = 0,
) -> dict[str, Any]:
    """Evaluate a model on rows that it has not seen, with a confidence interval for each metric.

    Parameters
    ----------
    artifact : Artifact
        As the train step writes it. Its threshold is used for the decisions.
    features : DataFrame of shape (n, 60)
        As the features contract says: `policy_id`, `fraud` (0 or 1) and the 58 features.
    bootstrap_samples, confidence, seed
        Of the stratified bootstrap (see `model.reports.intervals`).

    Returns
    -------
    dict
        The report of ``contracts/evaluation.schema.json``: ROC AUC, average precision, Brier score, accuracy,
        precision, recall and F1 with their intervals, prevalence, confusion matrix and curves. Counts are whole
        numbers; everything else is in [0, 1], or None where it is undefined.

    Raises
    ------
    StepError
        When an option is out of range, or the rows are all frauds or all legitimate.
    ArtifactError
        When the table lacks a feature of the model.

    Examples
    --------
    >>> model = load_artifact("fixtures/train/model")
    >>> table = contracts.read_checked("fixtures/preprocess/test", contracts.load("features"), pattern="test")
    >>> report = evaluate(model, table, bootstrap_samples=100)
    >>> report["binary_classification_metrics"]["auc"]["confidence_interval"]["lower"] > 0.5
    True
    """
    options = step.checked(evaluate, locals())
    rows, frauds = len(features), int(features["fraud"].sum())
    if not 0 < frauds < rows:
        raise step.StepError(
            f"{frauds} of {rows} test rows are frauds: expected at least one fraud and one other, without which "
            "ROC AUC has no value; give more rows, or a larger test fraction to the preprocess step"
        )
    scores = predict(artifact, features)
    report = evaluation(features["fraud"], scores, threshold=artifact.threshold, **options)
    return report | {"contracts": dict(artifact.contracts)}


def parser() -> argparse.ArgumentParser:
    """Return the step's command line: three folders, and a flag an option."""
    flags = step.parser(evaluate)
    model, test = step.channel("model", fixture="train/model"), step.channel("test", fixture="preprocess/test")
    flags.add_argument("--model-dir", type=Path, default=model, help="holds the artifact, or model.tar.gz with it")
    flags.add_argument("--input-dir", type=Path, default=test, help="holds test*.parquet")
    flags.add_argument("--output-dir", type=Path, default=step.output_dir("evaluate"), help="gets evaluation and plots")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[Artifact, pd.DataFrame]:
    """Read the artifact, packed or not, and read and check the table of features."""
    features = contracts.read_checked(args.input_dir, contracts.load("features"), pattern="test")
    return load_artifact(args.model_dir), features


def write_outputs(report: dict[str, Any], args: argparse.Namespace) -> None:
    """Check and write the report, and draw the plots: all or nothing."""
    check_report("evaluation", report)
    with step.all_or_nothing(args.output_dir / "evaluation", args.output_dir / "plots") as (evaluation_dir, plots_dir):
        step.write_json(evaluation_dir / "evaluation.json", report)
        for name, picture in draw(report).items():
            step.write_bytes(plots_dir / name, picture)


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    report = evaluate(*read_inputs(args), **step.given(evaluate, args))
    write_outputs(report, args)
    auc = report["binary_classification_metrics"]["auc"]
    rows, lower = report["dataset"]["item_count"], auc["confidence_interval"]["lower"]
    step.report(rows=rows, auc=auc["value"], lower=lower)


if __name__ == "__main__":
    sys.exit(main())
