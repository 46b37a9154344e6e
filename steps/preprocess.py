"""Make a training and a test table of features from claims and customers.

Example
-------
python steps/preprocess.py --input-dir fixtures --output-dir out --test-fraction 0.25
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pandas as pd

from model.encode import encode
from model.summary import summarise
from step_scripts import contracts, step
from step_scripts.step import Between, OneOf, Split


class Preprocessed(NamedTuple):
    """The step's outputs, by the names of their folders; `records` are the rows of `test` as they came."""

    train: pd.DataFrame
    test: pd.DataFrame
    records: pd.DataFrame
    quarantine: contracts.Quarantine
    summary: dict[str, Any]


def preprocess(
    claims: pd.DataFrame,
    customers: pd.DataFrame,
    quarantine: contracts.Quarantine,
    *,
    test_fraction: Annotated[float, Between(1e-6, 1 - 1e-6, "share of the rows that goes to the test table")] = 0.2,
    split: Annotated[Split, OneOf("by a hash of the policy, or the last rows")] = "hash",
    max_quarantine_share: Annotated[float, Between(0, 1, "share of the policies that may be in quarantine")] = 0.01,
) -> Preprocessed:
    """Join claims and customers one to one, encode them, and split them in two.

    Parameters
    ----------
    claims, customers : DataFrame of shape (n, 18) and (n, 13)
        As their contracts say; the customers are those of the claims, in any order.
    quarantine : Quarantine
        The invalid rows of both tables, from `read_inputs`.
    test_fraction, split, max_quarantine_share
        Which rows go to the test table (see `step_scripts.step.rows`), and how many policies may be in quarantine.

    Returns
    -------
    Preprocessed
        `train` and `test` (., 60): as the features contract says. `records` (., 29): claims and customers of `test`,
        without the label.

    Raises
    ------
    ContractError
        When too many policies are in quarantine, a claim has no customer or the reverse, or a category is unknown.
    StepError
        When an option is out of range, or one of the two tables would have no row.

    Examples
    --------
    >>> result = preprocess(*read_inputs(parser().parse_args([])), split="sequential")
    >>> len(result.train), len(result.test)
    (4000, 1000)
    """
    options = step.checked(preprocess, locals())
    quarantine.refuse_above(max_quarantine_share)
    features = encode(claims, customers)
    features.insert(1, "fraud", claims["fraud"].to_numpy())
    tested = step.held_out(features["policy_id"].to_numpy(), test_fraction=test_fraction, split=split)
    train, test = (features[rows].reset_index(drop=True) for rows in (~tested, tested))
    records = claims.loc[tested].drop(columns="fraud").merge(customers, on="policy_id")
    return Preprocessed(train, test, records, quarantine, summarise(train, test, quarantine, settings=options))


def parser() -> argparse.ArgumentParser:
    """Return the step's command line: two folders, and a flag an option."""
    flags = step.parser(preprocess)
    flags.add_argument("--input-dir", type=Path, default=step.channel("data", fixture=""), help="claims*, customers*")
    flags.add_argument("--output-dir", type=Path, default=step.output_dir("preprocess"), help="gets all five outputs")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame, contracts.Quarantine]:
    """Read and check claims and customers, separate the invalid rows, and keep this host's policies."""
    step.require_distinct_dirs(args.input_dir, args.output_dir / "quarantine")
    tables, quarantine = contracts.read_valid_rows(args.input_dir, *map(contracts.load, ("claims", "customers")))
    return step.share(tables, quarantine, host=step.host(), split=args.split)


def write_outputs(result: Preprocessed, args: argparse.Namespace) -> None:
    """Check and write the tables, and write the other outputs, or this host's part of each: all or nothing."""
    folders = (args.output_dir / name for name in result._fields)
    with step.all_or_nothing(*folders) as (train, test, records, invalid, summary):
        contracts.write_checked(result.train, train / step.part("train.parquet"), contracts.load("features"))
        contracts.write_checked(result.test, test / step.part("test.parquet"), contracts.load("features"))
        step.write_bytes(records / step.part("records.jsonl"), contracts.as_json_lines(result.records))
        for table in result.quarantine.tables:
            step.write_bytes(invalid / step.part(f"{table.table}.csv"), contracts.as_csv(table.frame))
        step.write_json(summary / step.part("summary.json"), result.summary)


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    result = preprocess(*read_inputs(args), **step.given(preprocess, args))
    write_outputs(result, args)
    found, invalid = result.summary["tables"]["all"], result.quarantine
    step.report(invalid.message(), rows=found["rows"], frauds=found["frauds"], **invalid.facts())


if __name__ == "__main__":
    sys.exit(main())
