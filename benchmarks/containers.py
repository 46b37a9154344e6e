"""Measure the cost of containers: the pipeline as processes and in containers, and one container by itself.

Usage: python benchmarks/containers.py [--repeat 3]

Needs a Docker engine with the image step-scripts. Every figure is a median. The targets run in turns, so that they see
the same state of the machine. Absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"preloaded": [], "new processes": ["--fresh"], "containers": ["--target", "docker"]}
STARTS = {
    "docker run … true": ["true"],
    "docker run … python3": ["python3", "-c", "pass"],
    "docker run … import pandas, xgboost": ["python3", "-c", "import pandas, xgboost"],
}


def timed(command: list[str]) -> float:
    """Return the seconds that a command takes; a command that fails is an error."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def pipelines(repeat: int, input_dir: str | None) -> None:
    """Print the wall time of the pipeline on each target, and its parts."""
    seconds: dict[str, dict[str, list[float]]] = {target: defaultdict(list) for target in TARGETS}
    for _ in range(repeat):
        for target, flags in TARGETS.items():
            with tempfile.TemporaryDirectory() as runs:
                tables = ["--input-dir", input_dir] if input_dir else []
                command = [sys.executable, "pipeline.py", "--execute", "--runs-dir", runs, *tables, *flags]
                seconds[target]["total"].append(timed(command))
                record = json.loads(next(Path(runs).glob("*/run.json")).read_text())
            for name, lap in record["timings"].items():
                seconds[target][name].append(lap)
            for step in record["steps"]:
                if step["seconds"] is not None:
                    seconds[target][step["name"]].append(step["seconds"])
    print("python pipeline.py --execute: seconds")
    for target, parts in seconds.items():
        medians = {name: statistics.median(values) for name, values in parts.items() if name != "total"}
        split = "  ".join(f"{name} {median:.2f}" for name, median in medians.items())
        print(f"  {target:<15} {statistics.median(parts['total']):6.2f}  = {split}")


def starts(repeat: int) -> None:
    """Print the wall time of one container that does almost nothing."""
    print("\none container, without a network: seconds")
    for label, command in STARTS.items():
        runs = [timed(["docker", "run", "--rm", "--network", "none", "step-scripts", *command]) for _ in range(repeat)]
        print(f"  {label:<36} {statistics.median(runs):6.2f}")


def main() -> None:
    """Measure both."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--input-dir", help="folder with claims.csv and customers.csv (the shipped tables)")
    args = options.parse_args()
    pipelines(args.repeat, args.input_dir)
    starts(args.repeat * 3)


if __name__ == "__main__":
    main()
