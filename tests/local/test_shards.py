"""The pipeline with several hosts for a step, side by side: processes, or containers in a network of their own."""

import json
import os
import subprocess
import sys

import pandas as pd

from step_scripts.contracts import Quarantine
from steps.preprocess import preprocess


def test_two_hosts_prepare_the_rows_of_one(project, target, tmp_path, claims, customers):
    """Each writes its parts into the same outputs; together these are one host's rows, and Train learns from them."""
    options = ["--target", target, "--to", "Train", "--param", "PreprocessInstanceCount=2", "--runs-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, str(project / "pipeline.py"), "--execute", *options],
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = tmp_path.iterdir()
    outputs = run / "Preprocess"
    assert sorted(path.name for path in outputs.glob("*/*") if path.suffix in {".parquet", ".json"}) == [
        *("summary-0.json", "summary-1.json"),
        *("test-0.parquet", "test-0.parquet.seal.json", "test-1.parquet", "test-1.parquet.seal.json"),
        *("train-0.parquet", "train-0.parquet.seal.json", "train-1.parquet", "train-1.parquet.seal.json"),
    ]
    whole = preprocess(claims, customers, Quarantine())
    for side in ("train", "test"):
        parts = pd.concat([pd.read_parquet(part) for part in (outputs / side).glob("*.parquet")])
        pd.testing.assert_frame_equal(
            parts.sort_values("policy_id", ignore_index=True),
            getattr(whole, side).sort_values("policy_id", ignore_index=True),
        )
    record = json.loads((run / "run.json").read_text())
    reports = {step["name"]: step["report"] for step in record["steps"]}
    assert reports["Preprocess"]["part"] in {0, 1}
    assert reports["Train"]["rows"] == len(whole.train)
