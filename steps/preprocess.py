"""Claims and customers in, a training and a test table of features out.

Example
-------
python steps/preprocess.py --input-dir data --output-dir out --test-fraction 0.25
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

import contracts
from scoring import contract_versions, encode
from steps import _job as job


class Preprocessed(NamedTuple):
    """Two tables of `policy_id`, `fraud` (0 or 1) and the 58 features, in the order of the claims, and their summary."""

    train: pd.DataFrame
    test: pd.DataFrame
    summary: dict[str, Any]


def preprocess(
    claims: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    test_fraction: float = 0.2,
    split: Literal["hash", "sequential"] = "hash",
) -> Preprocessed:
    """Join claims and customers one to one, encode them, and split them in two.

    Parameters
    ----------
    claims : DataFrame of shape (n, 18)
        As the claims contract says, `fraud` included.
    customers : DataFrame of shape (n, 13)
        As the customers contract says, in any order, with the same policies as the claims.
    test_fraction : float
        Share of the policies, in (0, 1), that goes to the test table: of the hash exactly in the long run, of a
        sequence to the nearest row.
    split : {"hash", "sequential"}
        By a hash of `policy_id`: a policy never changes sides when the data grow, and part files split as their whole.
        Or by place, as the workshop does: the first rows train, the last ones test.

    Returns
    -------
    Preprocessed
        `train` and `test` of shape (., 60): `policy_id`, `fraud`, 58 features; `summary` is ready for JSON.

    Raises
    ------
    ContractError
        When the tables do not belong together, or hold a category that the contracts lack (see `scoring.encode`).
    StepError
        When the fraction is not in (0, 1), the split is unknown, or one side would have no row.

    Examples
    --------
    >>> import contracts
    >>> claims = contracts.read_checked("fixtures/claims.csv", contracts.load("claims"))
    >>> customers = contracts.read_checked("fixtures/customers.csv", contracts.load("customers"))
    >>> [len(table) for table in preprocess(claims, customers, split="sequential")[:2]]
    [4000, 1000]
    """
    if not 0 < test_fraction < 1:
        raise job.StepError(f"test_fraction is {test_fraction}: expected a share between 0 and 1, such as 0.2")
    table = encode(claims, customers)
    table.insert(1, "fraud", claims["fraud"].to_numpy())
    match split:
        case "hash":
            tested = _unit_hash(table["policy_id"].to_numpy()) < test_fraction
        case "sequential":
            tested = np.arange(len(table)) >= len(table) - round(len(table) * test_fraction)
        case _:
            raise job.StepError(f"split is {split!r}: expected 'hash' or 'sequential'")
    sides = {"train": table[~tested].reset_index(drop=True), "test": table[tested].reset_index(drop=True)}
    if empty := [name for name, side in sides.items() if side.empty]:
        raise job.StepError(
            f"no row for {' and '.join(empty)}: {len(table)} rows at a test fraction of {test_fraction}; "
            "give more rows or another fraction"
        )
    summary: dict[str, Any] = {"contracts": contract_versions(), "split": split, "test_fraction": test_fraction}
    for name, side in sides.items():
        frauds = int(side["fraud"].sum())
        summary[name] = {"rows": len(side), "frauds": frauds, "prevalence": frauds / len(side)}
    summary["categories"] = {name: int(table[name].sum()) for name in table.columns[table.dtypes == "bool"]}
    return Preprocessed(**sides, summary=summary)


def _unit_hash(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Spread keys evenly over [0, 1), the same on every machine: splitmix64 (Steele, Lea, Flood 2014), upper 53 bits."""
    mixed = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


def parser() -> argparse.ArgumentParser:
    """Return the step's command line."""
    options = argparse.ArgumentParser(prog="preprocess.py", description="Join, encode and split claims and customers.")
    options.add_argument("--input-dir", type=Path, default=job.channel("data", fixture="."), help="claims* and customers*")
    options.add_argument("--output-dir", type=Path, default=job.output_dir("preprocess"), help="train, test, summary")
    options.add_argument("--test-fraction", type=float, default=0.2, help="share of the policies to test on (0.2)")
    options.add_argument("--split", choices=["hash", "sequential"], default="hash", help="which policies (hash)")
    return options


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check the two tables."""
    claims, customers = (
        contracts.read_checked(args.input_dir, contracts.load(name)) for name in ("claims", "customers")
    )
    return claims, customers


def write_outputs(result: Preprocessed, args: argparse.Namespace) -> None:
    """Check and write the two tables and the summary: all of them, or none."""
    features = contracts.load("features")
    names = ("train", "test", "summary")
    with job.all_or_nothing(*(args.output_dir / name for name in names)) as (train, test, summary):
        contracts.write_checked(result.train, train / "train.parquet", features)
        contracts.write_checked(result.test, test / "test.parquet", features)
        job.write_json(summary / "summary.json", result.summary)


@job.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    claims, customers = read_inputs(args)
    result = preprocess(claims, customers, test_fraction=args.test_fraction, split=args.split)
    write_outputs(result, args)
    job.report(**{name: sum(result.summary[side][name] for side in ("train", "test")) for name in ("rows", "frauds")})


if __name__ == "__main__":
    sys.exit(main())
