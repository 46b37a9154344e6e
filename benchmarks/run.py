"""Measure how long a user waits: for the pipeline, for preprocessing (and baselines), and for each step's --help.

Usage: python benchmarks/run.py [--rows 5000 100000 1000000] [--repeat 3]

Every figure is the median over whole processes, measured by the operating system. Absolute times depend on the machine.
The ratios come from the same run, side by side: quote these.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = sorted(path for path in (ROOT / "steps").glob("*.py") if not path.name.startswith("_"))
MEGABYTE = 2**20
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes that one unit of ru_maxrss stands for


@dataclass(frozen=True)
class Measured:
    """Wall time in seconds and peak memory in MB of one process."""

    seconds: float
    megabytes: float


def measure(*command: str | Path) -> Measured:
    """Run a command to its end; a failure of it is an error."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        child = subprocess.Popen([sys.executable, *map(str, command)], stdout=output, stderr=output, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))} failed:\n{output.read().decode()[-2000:]}")
    return Measured(seconds, usage.ru_maxrss * RSS_UNIT / MEGABYTE)


def median(runs: list[Measured]) -> Measured:
    """Take the median of each figure."""
    return Measured(statistics.median(run.seconds for run in runs), statistics.median(run.megabytes for run in runs))


def pipeline(repeat: int, folder: Path) -> None:
    """Print the wall time of `python pipeline.py --execute` on the shipped tables, and its parts."""
    print("python pipeline.py --execute, 5,000 rows: seconds")
    for label, flags in (("preloaded", []), ("--fresh", ["--fresh"])):
        totals, parts = [], []
        for number in range(repeat):
            runs = folder / f"{label}-{number}"
            totals.append(measure("pipeline.py", "--execute", "--runs-dir", runs, *flags).seconds)
            record = json.loads(next(runs.glob("*/run.json")).read_text())
            parts.append(record["timings"] | {step["name"]: step["seconds"] for step in record["steps"]})
        shares = {
            name: statistics.median(part[name] for part in parts) for name in parts[0] if parts[0][name] is not None
        }
        split = "  ".join(f"{name} {seconds:.2f}" for name, seconds in shares.items())
        print(f"  {label:<14} {statistics.median(totals):5.2f}  = {split}")


def preprocessing(rows: list[int], repeat: int, folder: Path) -> None:
    """Print preprocess, with contracts, beside the baselines without checks; they run in turns, on the same machine."""
    print("\npreprocess with contracts, compared with pandas + scikit-learn without checks: whole processes")
    print(f"  {'rows':>9}  {'':<16} {'seconds':>8} {'rows/s':>9} {'peak MB':>8} {'time':>6} {'memory':>7}")
    for count in rows:
        data = folder / f"data-{count}"
        measure("-m", "fixtures", "--rows", str(count), "--output-dir", data)
        commands = {
            "preprocess": ("steps/preprocess.py", "--input-dir", data, "--output-dir", folder / "out"),
            "workshop's way": ("benchmarks/baseline.py", data, folder / "baseline", "workshop"),
            "leanest way": ("benchmarks/baseline.py", data, folder / "baseline", "lean"),
        }
        runs: dict[str, list[Measured]] = {name: [] for name in commands}
        for _ in range(repeat):
            for name, command in commands.items():
                runs[name].append(measure(*command))
        ours = median(runs["preprocess"])
        for name in commands:
            it = median(runs[name])
            ratios = f"{it.seconds / ours.seconds:5.1f}x {it.megabytes / ours.megabytes:6.1f}x"
            print(
                f"  {count:>9,}  {name:<16} {it.seconds:8.2f} {count / it.seconds:9,.0f} {it.megabytes:8,.0f} {ratios}"
            )


def helps(repeat: int) -> None:
    """Print how long each step's --help takes."""
    print("\nseconds until --help is printed")
    for script in STEPS:
        print(f"  {script.name:<16} {median([measure(script, '--help') for _ in range(repeat)]).seconds:5.2f}")


def main() -> None:
    """Run every benchmark and print as it goes."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, nargs="+", default=[5_000, 100_000, 1_000_000], help="sizes to preprocess")
    options.add_argument("--repeat", type=int, default=3, help="runs of each command; the median is printed (3)")
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pipeline(args.repeat, Path(folder))
        preprocessing(args.rows, args.repeat, Path(folder))
        helps(args.repeat)


if __name__ == "__main__":
    main()
