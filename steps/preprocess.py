"""Claims and customers in, a training and a test table of features out.

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

import contracts
from scoring import contract_versions, encode
from steps import _job as job
from steps import _options
from steps._options import Between, OneOf
from steps._split import Split, held_out, share


class Preprocessed(NamedTuple):
    """Two tables of `policy_id`, `fraud` and the 58 features, each in the order of the claims, and their summary."""

    train: pd.DataFrame
    test: pd.DataFrame
    summary: dict[str, Any]


def preprocess(
    claims: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    test_fraction: Annotated[float, Between(1e-6, 1 - 1e-6, "share of the rows that goes to the test table")] = 0.2,
    split: Annotated[Split, OneOf("by a hash of the policy, or the last rows")] = "hash",
) -> Preprocessed:
    """Join claims and customers one to one, encode them, and split them in two.

    Parameters
    ----------
    claims : DataFrame of shape (n, 18)
        As the claims contract says.
    customers : DataFrame of shape (n, 13)
        As the customers contract says: the policies of the claims, in any order.
    test_fraction, split
        Which rows go to the test table (see `steps._split`).

    Returns
    -------
    Preprocessed
        `train` and `test` of shape (., 60), as the features contract says; `summary` is ready for JSON.

    Raises
    ------
    ContractError
        When the tables do not belong together, or hold a category that the contracts lack.
    StepError
        When an option is out of its range, or one of the two tables would have no row.

    Examples
    --------
    >>> result = preprocess(*read_inputs(parser().parse_args([])), split="sequential")
    >>> len(result.train), len(result.test)
    (4000, 1000)
    """
    options = _options.checked(preprocess, locals())
    features = encode(claims, customers)
    features.insert(1, "fraud", claims["fraud"].to_numpy())
    tested = held_out(features["policy_id"].to_numpy(), **options)
    train, test = (features[rows].reset_index(drop=True) for rows in (~tested, tested))
    summary = {
        "categories": {name: int(features[name].sum()) for name in features.columns[features.dtypes == "bool"]},
        "contracts": contract_versions(),
        "settings": options,
        "tables": {name: _count(table) for name, table in {"all": features, "test": test, "train": train}.items()},
    }
    return Preprocessed(train, test, summary)


def _count(table: pd.DataFrame) -> dict[str, float]:
    frauds = int(table["fraud"].sum())
    return {"rows": len(table), "frauds": frauds, "prevalence": frauds / len(table)}


def parser() -> argparse.ArgumentParser:
    """Return the step's command line: two folders, and a flag an option."""
    flags = _options.parser(preprocess)
    flags.add_argument("--input-dir", type=Path, default=job.channel("data", fixture=""), help="claims*, customers*")
    flags.add_argument("--output-dir", type=Path, default=job.output_dir("preprocess"), help="train, test, summary")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check claims and customers, and keep this host's policies."""
    tables = contracts.read_all_checked(args.input_dir, contracts.load("claims"), contracts.load("customers"))
    claims, customers = (share(table, host=job.host(), split=args.split) for table in tables)
    return claims, customers


def write_outputs(result: Preprocessed, args: argparse.Namespace) -> None:
    """Check and write the two tables, and write the summary, or this host's part of each: all of them or none."""
    with job.all_or_nothing(*(args.output_dir / name for name in result._fields)) as (train, test, summary):
        contracts.write_checked(result.train, train / job.part("train.parquet"), contracts.load("features"))
        contracts.write_checked(result.test, test / job.part("test.parquet"), contracts.load("features"))
        job.write_json(summary / job.part("summary.json"), result.summary)


@job.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    result = preprocess(*read_inputs(args), **_options.given(preprocess, args))
    write_outputs(result, args)
    job.report(rows=result.summary["tables"]["all"]["rows"], frauds=result.summary["tables"]["all"]["frauds"])


if __name__ == "__main__":
    sys.exit(main())
