"""Compare an endpoint's answers to held-out claims with the offline evaluation, and measure how long they take.

The step is not in the pipeline: it runs on a laptop, and checks whether the model that serves is the evaluated one.

Example
-------
python steps/analyse.py --endpoint http://127.0.0.1:8080 --evaluation-dir runs/evaluate/evaluation
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pandas as pd

from model.endpoint import ask as _endpoint
from model.offline import check_matches, evaluate_answers
from model.reports.latency import draw_latency, latency
from model.reports.plots import draw
from step_scripts import contracts, step
from step_scripts.contracts.report import check_report, read_report
from step_scripts.step import Between


class Analysed(NamedTuple):
    """An evaluation of the answers, how it compares with the offline one, and how long they took (ready for JSON)."""

    evaluation: dict[str, Any]
    comparison: dict[str, Any]
    latency: dict[str, Any]


def analyse(
    answers: pd.DataFrame,
    features: pd.DataFrame,
    offline: dict[str, Any],
    *,
    tolerance: Annotated[float, Between(0, 1, "largest difference of a metric that counts as equal")] = 1e-9,
) -> Analysed:
    """Evaluate an endpoint's answers, and compare them with the offline evaluation.

    Parameters
    ----------
    answers : DataFrame of shape (n, 4)
        `policy_id`, `probability` and `decision` of the endpoint, and the `seconds` of each call.
    features : DataFrame of shape (n, 60)
        Rows of the same policies, in any order. Only `policy_id` and `fraud` (0 or 1) are used.
    offline, tolerance
        The evaluate step's report, whose threshold and bootstrap are used again; the largest difference of a metric.

    Returns
    -------
    Analysed
        Each as its schema in contracts/ says. The confusion matrix uses the endpoint's own decisions.

    Raises
    ------
    StepError
        When a metric or the matrix differs, the offline evaluation is of other rows, or an option is out of range.

    Examples
    --------
    >>> analyse(*read_inputs(parser().parse_args([]))).comparison["confusion_matrix"]["online"]
    [[949, 39], [31, 8]]
    """
    step.checked(analyse, locals())
    known = answers.merge(features[["policy_id", "fraud"]], on="policy_id", validate="one_to_one")
    online = evaluate_answers(known, offline)
    return Analysed(online, check_matches(offline, online, tolerance=tolerance), latency(known["seconds"]))


def parser() -> argparse.ArgumentParser:
    """Return the step's command line: the endpoint, five folders, and a flag an option."""
    flags, folder = step.parser(analyse), step.channel
    known, served = folder("evaluation", fixture="evaluate/evaluation"), folder("model", fixture="train/model")
    flags.add_argument("--endpoint", type=_endpoint.address, metavar="URL|NAME", help="to ask (a server of the model)")
    flags.add_argument("--model-dir", type=Path, default=served, help="what to serve where no endpoint is named")
    records = folder("records", fixture="preprocess/records")
    flags.add_argument("--records-dir", type=Path, default=records, help="records*.jsonl, of the preprocess step")
    flags.add_argument("--test-dir", type=Path, default=folder("test", fixture="preprocess/test"), help="test*.parquet")
    flags.add_argument("--evaluation-dir", type=Path, default=known, help="holds evaluation.json, the offline one")
    flags.add_argument("--output-dir", type=Path, default=step.output_dir("analyse"), help="gets all four outputs")
    return flags


def read_inputs(args: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Read and check the test table and the offline report, and ask the endpoint for each claim of the table."""
    features = contracts.read_checked(args.test_dir, contracts.load("features"), pattern="test")
    offline = read_report("evaluation", args.evaluation_dir / "evaluation.json")
    records = _endpoint.records_of(args.records_dir, features["policy_id"])
    return _endpoint.answers(records, endpoint=args.endpoint, model=args.model_dir), features, offline


def write_outputs(result: Analysed, args: argparse.Namespace) -> None:
    """Check and write the reports, and draw the plots: all or nothing."""
    names = ("evaluation", "comparison", "latency")  # as texts, by which the step's bundle gets the schemas
    with step.all_or_nothing(*(args.output_dir / name for name in (*names, "plots"))) as (*folders, plots):
        for name, folder in zip(names, folders, strict=True):
            check_report(name, getattr(result, name))
            step.write_json(folder / f"{name}.json", getattr(result, name))
        step.write_bytes(folders[-1] / "latency.png", draw_latency(result.latency))
        for name, picture in draw(result.evaluation).items():
            step.write_bytes(plots / name, picture)


@step.exits_cleanly
def main(argv: Sequence[str] | None = None) -> None:
    """Run the step: parse, read and check, call, check and write, report."""
    args = parser().parse_args(argv)
    result = analyse(*read_inputs(args), **step.given(analyse, args))
    write_outputs(result, args)
    auc, difference = result.evaluation["binary_classification_metrics"]["auc"], result.comparison["largest_difference"]
    took = {name: f"{result.latency[name]:.1f}" for name in ("p50_ms", "p99_ms")}
    step.report(rows=result.latency["calls"], auc=auc["value"], difference=f"{difference:g}", **took)


if __name__ == "__main__":
    sys.exit(main())
