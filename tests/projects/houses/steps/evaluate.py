"""A model and a test table in, a report on its errors out.

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
from step_scripts import contracts, step
from step_scripts.contracts.report import check_report
from step_scripts.step import Between

from model import linear
from model.metrics import metrics


def evaluate(
    model: linear.Linear,
    features: pd.DataFrame,
    *,
    bootstrap_samples: Annotated[int, Between(100, 100_000, "samples of the bootstrap")] = 1000,
    seed: Annotated[int, Between(0, 2**31 - 1, "of the bootstrap")] = 0,
) -> dict[str, Any]:
    """Measure a model on rows that it has not seen, and how sure the figures are.

    Parameters
    ----------
    model : Linear
        As the train step writes it.
    features : DataFrame of shape (n, 5)
        As the features contract says.
    bootstrap_samples, seed
        Of the intervals.

    Returns
    -------
    dict
        The report of ``contracts/evaluation.schema.json``, in euros.

    Raises
    ------
    StepError
        When an option is out of its range.

    Examples
    --------
    >>> report = evaluate(*read_inputs(parser().parse_args([])))
    >>> report["regression_metrics"]["rmse"]["upper"] < 50_000
    True
    """
    options = step.checked(evaluate, locals())
    found = metrics(
        features["price"].to_numpy(),
        model.predict(features),
        samples=options["bootstrap_samples"],
        seed=options["seed"],
    )
    return {"regression_metrics": found, "rows": len(features)}


def parser() -> argparse.ArgumentParser:
    """Return the step's command line."""
    flags = step.parser(evaluate)
    model, test = step.channel("model", fixture="train/model"), step.channel("test", fixture="preprocess/test")
    flags.add_argument("--model-dir", type=Path, default=model, help="holds the model, or model.tar.gz with it")
    flags.add_argument("--input-dir", type=Path, default=test, help="holds test*.parquet")
    flags.add_argument("--output-dir", type=Path, default=step.output_dir("evaluate"), help="gets the report")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[linear.Linear, pd.DataFrame]:
    """Read the model, packed or not, and read and check the table of features."""
    features = contracts.read_checked(args.input_dir, contracts.load("features"), pattern="test")
    return linear.load(args.model_dir), features


def write_outputs(report: dict[str, Any], args: argparse.Namespace) -> None:
    """Check and write the report."""
    check_report("evaluation", report)
    with step.all_or_nothing(args.output_dir / "evaluation") as (folder,):
        step.write_json(folder / "evaluation.json", report)


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    report = evaluate(*read_inputs(args), **step.given(evaluate, args))
    write_outputs(report, args)
    step.report(rows=report["rows"], **{name: one["value"] for name, one in report["regression_metrics"].items()})


if __name__ == "__main__":
    sys.exit(main())
