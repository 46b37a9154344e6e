"""The pipeline with two hosts for a step, side by side: processes, or containers in a network of their own."""

import os
from pathlib import Path

import pandas as pd
import pytest

from step_scripts import contracts
from step_scripts.contracts import Quarantine
from steps.preprocess import preprocess


@pytest.fixture
def tables(project):
    """The claims and customers of the run: the workshop's, where they are."""
    folder = Path(os.environ.get("CLAIMS_DATA_DIR", project / "fixtures"))
    return [contracts.read_checked(folder, contracts.load(name)) for name in ("claims", "customers")]


def test_two_hosts_prepare_the_rows_of_one(claims_run, target, tables):
    """Each writes its parts into the same outputs; together these are one host's rows, and Train learns from them.

    The run stops after Train, as `--to train` says.
    """
    run = claims_run("two hosts", target)
    assert run.code == 0, run.out + run.err
    assert {name for name, status in run.statuses.items() if status == "Succeeded"} == {"Preprocess", "Train"}
    assert run.record["stop_after"] == "Train"
    outputs = run.folder / "Preprocess"
    assert sorted(path.name for path in outputs.glob("*/*") if path.suffix in {".parquet", ".json"}) == [
        *("summary-0.json", "summary-1.json"),
        *("test-0.parquet", "test-0.parquet.seal.json", "test-1.parquet", "test-1.parquet.seal.json"),
        *("train-0.parquet", "train-0.parquet.seal.json", "train-1.parquet", "train-1.parquet.seal.json"),
    ]
    whole = preprocess(*tables, Quarantine())
    for side in ("train", "test"):
        parts = pd.concat([pd.read_parquet(part) for part in (outputs / side).glob("*.parquet")])
        pd.testing.assert_frame_equal(
            parts.sort_values("policy_id", ignore_index=True),
            getattr(whole, side).sort_values("policy_id", ignore_index=True),
        )
    assert run.reports["Preprocess"]["part"] in {0, 1}
    assert run.reports["Train"]["rows"] == len(whole.train)


def test_the_real_tables_have_the_known_auc(claims_run, target, data_dir):  # noqa: ARG001  # without the tables, a skip
    """On the workshop's tables it is about .80 out of fold."""
    assert claims_run("two hosts", target).reports["Train"]["auc"] == pytest.approx(0.80, abs=0.02)
