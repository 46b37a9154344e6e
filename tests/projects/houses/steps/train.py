"""A table of features in, a model of the price out.

Example
-------
python steps/train.py --input-dir runs/preprocess/train --model-dir out
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
from step_scripts import contracts, step
from step_scripts.step import Between

from model import linear, packing


class Trained(NamedTuple):
    """A model, and how far it is from the prices that it was trained on, in euros."""

    model: linear.Linear
    rmse: float


def train(
    features: pd.DataFrame, *, ridge: Annotated[float, Between(0, 1e9, "penalty on the squares of the weights")] = 1.0
) -> Trained:
    """Fit a linear model of the price.

    Parameters
    ----------
    features : DataFrame of shape (n, 5)
        As the features contract says.
    ridge
        The penalty.

    Returns
    -------
    Trained

    Raises
    ------
    StepError
        When the penalty is out of its range.

    Examples
    --------
    >>> train(*read_inputs(parser().parse_args([]))).rmse < 50_000
    True
    """
    step.checked(train, locals())
    model = linear.fit(features, ridge=ridge)
    return Trained(model, float(np.sqrt(np.square(model.predict(features) - features["price"]).mean())))


def parser() -> argparse.ArgumentParser:
    """Return the step's command line."""
    flags = step.parser(train)
    source = step.channel("train", fixture="preprocess/train")
    flags.add_argument("--input-dir", type=Path, default=source, help="holds train*.parquet")
    flags.add_argument("--model-dir", type=Path, default=step.model_dir("train"), help="gets the model")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame]:
    """Read and check the table of features."""
    return (contracts.read_checked(args.input_dir, contracts.load("features"), pattern="train"),)


def write_outputs(result: Trained, args: argparse.Namespace) -> None:
    """Write the model; print what SageMaker's metric definition reads."""
    with step.all_or_nothing(args.model_dir) as (folder,):
        packing.save(result.model, folder)
    print(f"train:rmse={result.rmse:.2f};")


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, write, report."""
    args = parser().parse_args(argv)
    result = train(*read_inputs(args), **step.given(train, args))
    write_outputs(result, args)
    step.report(rmse=result.rmse)


if __name__ == "__main__":
    sys.exit(main())
