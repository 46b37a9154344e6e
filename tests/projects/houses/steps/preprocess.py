"""Houses in, a training and a test table of features out.

Example
-------
python steps/preprocess.py --input-dir fixtures --output-dir out
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import pandas as pd
from step_scripts import contracts, step
from step_scripts.step import Between

from model.linear import encode


class Preprocessed(NamedTuple):
    """Features with the label to train and to test on, the test rows as they came without it, and invalid rows."""

    train: pd.DataFrame
    test: pd.DataFrame
    records: pd.DataFrame
    quarantine: contracts.Quarantine


def preprocess(
    houses: pd.DataFrame,
    quarantine: contracts.Quarantine,
    *,
    test_fraction: Annotated[float, Between(0.01, 0.99, "share of the rows that goes to the test table")] = 0.25,
    max_quarantine_share: Annotated[float, Between(0, 1, "share of the rows that may be invalid")] = 0.05,
) -> Preprocessed:
    """Encode houses, and split them in two.

    Parameters
    ----------
    houses : DataFrame of shape (n, 5)
        As its contract says.
    quarantine : Quarantine
        The rows that break the contract.
    test_fraction, max_quarantine_share
        Shares of the rows.

    Returns
    -------
    Preprocessed
        `train` and `test` as the features contract says.

    Raises
    ------
    ContractError
        When too many rows are invalid.
    StepError
        When an option is out of its range, or one of the two tables would have no row.

    Examples
    --------
    >>> [len(table) for table in preprocess(*read_inputs(parser().parse_args([])))[:2]]
    [229, 71]
    """
    step.checked(preprocess, locals())
    quarantine.refuse_above(max_quarantine_share)
    features = encode(houses)
    features.insert(1, "price", houses["price"].to_numpy())
    tested = step.held_out(features["house_id"].to_numpy(), test_fraction=test_fraction, split="hash")
    train, test = (features[rows].reset_index(drop=True) for rows in (~tested, tested))
    return Preprocessed(train, test, houses[tested].drop(columns="price"), quarantine)


def parser() -> argparse.ArgumentParser:
    """Return the step's command line."""
    flags = step.parser(preprocess)
    flags.add_argument("--input-dir", type=Path, default=step.channel("data", fixture=""), help="holds houses*")
    flags.add_argument("--output-dir", type=Path, default=step.output_dir("preprocess"), help="gets all outputs")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame, contracts.Quarantine]:
    """Read and check houses, and keep this host's rows."""
    tables, quarantine = contracts.read_valid_rows(args.input_dir, contracts.load("houses"))
    return step.share(tables, quarantine, host=step.host(), split="hash")


def write_outputs(result: Preprocessed, args: argparse.Namespace) -> None:
    """Check and write the tables."""
    with step.all_or_nothing(*(args.output_dir / name for name in result._fields)) as (train, test, records, invalid):
        contracts.write_checked(result.train, train / step.part("train.parquet"), contracts.load("features"))
        contracts.write_checked(result.test, test / step.part("test.parquet"), contracts.load("features"))
        step.write_bytes(records / step.part("records.jsonl"), contracts.as_json_lines(result.records))
        for table in result.quarantine.tables:
            step.write_bytes(invalid / step.part(f"{table.table}.csv"), contracts.as_csv(table.frame))


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    result = preprocess(*read_inputs(args), **step.given(preprocess, args))
    write_outputs(result, args)
    step.report(result.quarantine.message(), train=len(result.train), test=len(result.test))


if __name__ == "__main__":
    sys.exit(main())
