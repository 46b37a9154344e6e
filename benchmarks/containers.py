"""Measure what a container adds: the pipeline as processes and in containers, and a container by itself.

Usage: python benchmarks/containers.py [--repeat 3]

Needs a Docker engine with the image step-scripts. Every figure is a median over runs that take turns, so that both
targets see the same machine; absolute times belong to it.
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
TARGETS = {"warm processes": [], "new processes": ["--fresh"], "containers": ["--target", "docker"]}
STARTS = {
    "docker run … true": ["true"],
    "docker run … python3": ["python3", "-c", "pass"],
    "docker run … import pandas, xgboost": ["python3", "-c", "import pandas, xgboost"],
}


def timed(command: list[str]) -> float:
    """Return the seconds of a command; a failure is an error, never a figure."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def pipelines(repeat: int, input_dir: str | None) -> None:
    """Print the wall time of the pipeline on each target, and where it goes."""
    seconds: dict[str, dict[str, list[float]]] = {target: defaultdict(list) for target in TARGETS}
    for _ in range(repeat):
        for target, flags in TARGETS.items():
            with tempfile.TemporaryDirectory() as runs:
                tables = ["--input-dir", input_dir] if input_dir else []
                command = [sys.executable, "pipeline.py", "--execute", "--runs-dir", runs, *tables, *flags]
                seconds[target]["wall"].append(timed(command))
                record = json.loads(next(Path(runs).glob("*/run.json")).read_text())
            for name, lap in record["timings"].items():
                seconds[target][name].append(lap)
            for step in record["steps"]:
                if step["seconds"] is not None:
                    seconds[target][step["name"]].append(step["seconds"])
    print("python pipeline.py --execute: seconds")
    for target, parts in seconds.items():
        split = "  ".join(f"{name} {statistics.median(values):.2f}" for name, values in parts.items() if name != "wall")
        print(f"  {target:<15} {statistics.median(parts['wall']):6.2f}  = {split}")


def starts(repeat: int) -> None:
    """Print what one container costs that does nothing, or next to nothing."""
    print("\none container, without a network: seconds")
    for label, command in STARTS.items():
        runs = [timed(["docker", "run", "--rm", "--network", "none", "step-scripts", *command]) for _ in range(repeat)]
        print(f"  {label:<36} {statistics.median(runs):6.2f}")


def main() -> None:
    """Measure all of it."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--input-dir", help="folder with claims.csv and customers.csv (the shipped tables)")
    args = options.parse_args()
    pipelines(args.repeat, args.input_dir)
    starts(args.repeat * 3)


if __name__ == "__main__":
    main()
