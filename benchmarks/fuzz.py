"""Spoil 50,000 files at random: the plain level's fuzz test, for longer.

Usage: python benchmarks/fuzz.py [--examples 50000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST = "tests/step_scripts/contracts/test_fuzz.py"


def main() -> int:
    """Run the test with more examples, and print how long it took; its exit code is this program's."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--examples", type=int, default=50_000, help="spoilt files (50000)")
    args = options.parse_args()
    print(f"{args.examples:,} spoilt files; about {args.examples / 80 / 60:.0f} minutes", flush=True)
    start = time.perf_counter()
    environment = {**os.environ, "FUZZ_EXAMPLES": str(args.examples)}
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", TEST], cwd=ROOT, env=environment, check=False
    ).returncode
    seconds = time.perf_counter() - start
    print(
        f"{args.examples:,} spoilt files in {seconds:.0f} s, {1000 * seconds / args.examples:.1f} ms each: exit {code}"
    )
    return code


if __name__ == "__main__":
    sys.exit(main())
