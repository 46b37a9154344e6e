"""Measure what the contracts cost: preprocess with every check and seal, and without any, in turns.

Usage: python benchmarks/contracts_cost.py [--rows 1000000] [--repeat 5]

Each figure is the median over processes of their own. The clock starts when all libraries are imported, Great
Expectations included, so that only the work of the step is compared; what the import takes is printed beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from step_scripts.contracts.checker import Verdict, importing_great_expectations

ROOT = Path(__file__).resolve().parent.parent
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes that one unit of ru_maxrss stands for
SWITCHED_OFF = {
    "step_scripts.contracts.reader.judge": lambda *_: Verdict(),
    "step_scripts.contracts.writer.check": lambda *_: (),
    "step_scripts.contracts.writer.make_seal": lambda *_, **__: "{}\n",
}


def one(data: Path, *, checked: bool) -> None:
    """Run the step once, and print as JSON: seconds of the import and of the step, peak memory in MiB."""
    started = time.perf_counter()
    from steps.preprocess import main as step

    with importing_great_expectations():
        import step_scripts.contracts.expectations  # noqa: F401 - the import is what is measured
    imported = time.perf_counter()
    with tempfile.TemporaryDirectory() as out, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        for place, replacement in () if checked else SWITCHED_OFF.items():
            stack.enter_context(patch(place, replacement))
        code = step(["--input-dir", str(data), "--output-dir", out])
    ended = time.perf_counter()
    if code:
        raise SystemExit(code)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 2**20
    print(json.dumps({"import": imported - started, "step": ended - imported, "peak": peak}))


def measure(data: Path, which: str) -> dict[str, float]:
    """Run the step once in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--one", which, "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure in turns, and print medians and what the contracts are of the step."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=1_000_000, help="of claims and of customers (1000000)")
    options.add_argument("--repeat", type=int, default=5, help="runs of each; the median is printed (5)")
    options.add_argument("--one", choices=["on", "off"], help=argparse.SUPPRESS)
    options.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.one:
        one(args.data, checked=args.one == "on")
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "fixtures", "--rows", str(args.rows), "--output-dir", folder]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        runs: dict[str, list[dict[str, float]]] = {"on": [], "off": []}
        for _ in range(args.repeat):
            for which, done in runs.items():
                done.append(measure(Path(folder), which))
    print(f"preprocess, {args.rows:,} claims and customers, median of {args.repeat}")
    print("  contracts  import s  step s  peak MiB")
    medians = {
        which: {name: statistics.median(run[name] for run in done) for name in done[0]} for which, done in runs.items()
    }
    for which, figures in medians.items():
        print(f"  {which:<9} {figures['import']:9.2f} {figures['step']:7.2f} {figures['peak']:9,.0f}")
    on, off = medians["on"], medians["off"]
    share = 1 - off["step"] / on["step"]
    print(f"  of the step's time {share:.0%} is the contracts'; of its peak memory {1 - off['peak'] / on['peak']:.0%}")


if __name__ == "__main__":
    main()
