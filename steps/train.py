"""Train a model on a table of features, and write its artifact and its metrics.

Example
-------
python steps/train.py --input-dir runs/preprocess/train --model-dir model --max-depth 2 --eta 0.1
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pandas as pd

from model import boosting, packing
from model.artifact import Artifact
from model.versions import CONTRACTS, library_versions
from step_scripts import contracts, step
from step_scripts.step import Between, OneOf


class Trained(NamedTuple):
    """A model artifact, and its metrics in cross-validation (ready for JSON)."""

    artifact: Artifact
    metrics: dict[str, Any]


def train(
    features: pd.DataFrame,
    *,
    max_depth: Annotated[int, Between(1, 32, "levels of a tree")] = 1,
    eta: Annotated[float, Between(1e-4, 1, "share of a tree's correction that is taken")] = 0.2,
    num_boost_round: Annotated[int, Between(1, 100_000, "most trees")] = 300,
    early_stopping_rounds: Annotated[int, Between(1, 100_000, "trees without a better AUC before it stops")] = 20,
    folds: Annotated[int, Between(2, 100, "parts of the cross-validation")] = 5,
    alpha: Annotated[float, Between(0, 1e6, "L1 penalty on a leaf's weight")] = 0.0,
    min_child_weight: Annotated[float, Between(0, 1e6, "least weight of the rows in a leaf")] = 1.0,
    scale_pos_weight: Annotated[float, Between(1e-6, 1e6, "weight of a fraud; but 1 distorts probabilities")] = 1.0,
    base_score: Annotated[float | None, Between(1e-6, 1 - 1e-6, "first guess; the share of frauds if left out")] = None,
    tree_method: Annotated[Literal["hist", "approx", "exact"], OneOf("how xgboost looks for splits")] = "hist",
    seed: Annotated[int, Between(0, 2**31 - 1, "of the folds")] = 0,
) -> Trained:
    """Choose the number of trees and the threshold by stratified cross-validation, then fit on all rows.

    Parameters
    ----------
    features : DataFrame of shape (n, 60)
        As the features contract says: `policy_id`, `fraud` (0 or 1) and the 58 features.
    max_depth, eta, alpha, min_child_weight, scale_pos_weight, base_score, tree_method
        Of xgboost's ``binary:logistic``.
    num_boost_round, early_stopping_rounds, folds, seed
        Of the cross-validation, which keeps the number of trees with the best AUC.

    Returns
    -------
    Trained
        The artifact, whose threshold has the best F1 out of fold, and the metrics of the cross-validation.

    Raises
    ------
    StepError
        When a hyperparameter is out of range, or a class has fewer rows than there are folds.

    Examples
    --------
    >>> table = contracts.read_checked("fixtures/preprocess/train", contracts.load("features"), pattern="train")
    >>> 0.7 < train(table, folds=3).metrics["out_of_fold"]["auc"] < 0.95
    True
    """
    settings = step.checked(train, locals())
    names = [name for name in contracts.load("features").columns if name not in {"policy_id", "fraud"}]
    model, threshold, metrics = boosting.fit(features[names], features["fraud"], **settings)
    artifact = Artifact(
        model=model,
        features=tuple(names),
        threshold=threshold,
        contracts=contracts.contract_versions(CONTRACTS),
        libraries=library_versions(),
        settings=settings,
        training=metrics,
    )
    return Trained(artifact, metrics | {"settings": settings})


def parser() -> argparse.ArgumentParser:
    """Return the step's command line: three folders, and a flag a hyperparameter."""
    flags = step.parser(train)
    source = step.channel("train", fixture="preprocess/train")
    flags.add_argument("--input-dir", type=Path, default=source, help="holds train*.parquet")
    flags.add_argument("--model-dir", type=Path, default=step.model_dir("train"), help="gets the artifact")
    flags.add_argument("--output-dir", type=Path, default=step.output_data_dir("train"), help="gets metrics.json")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame]:
    """Read and check the table of features."""
    return (contracts.read_checked(args.input_dir, contracts.load("features"), pattern="train"),)


def write_outputs(result: Trained, args: argparse.Namespace) -> None:
    """Write the artifact and the metrics, all or nothing; print what SageMaker's metric definitions read."""
    with step.all_or_nothing(args.model_dir, args.output_dir) as (model, output):
        packing.save_artifact(result.artifact, model)
        step.write_json(output / "metrics.json", result.metrics)
    print(*(f"{side}:auc={auc['mean']:.7f};" for side, auc in result.metrics["cross_validation"].items()), sep="\n")


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, write, report."""
    args = parser().parse_args(argv)
    result = train(*read_inputs(args), **step.given(train, args))
    write_outputs(result, args)
    step.report(rows=result.metrics["rows"], auc=result.metrics["cross_validation"]["validation"]["mean"])


if __name__ == "__main__":
    sys.exit(main())
