"""Print docs/preflight.md on stdout, and the progress on stderr."""

import argparse
import sys

from tests.detection_rate import answers, rates
from tests.detection_rate.page import page


def main() -> int:
    """Measure and print; the exit code is 1 if preflight misses a mistake or has a false alarm."""
    options = argparse.ArgumentParser(
        prog="python -m tests.detection_rate",
        description="Measure how many seeded mistakes preflight, SDK v3 and moto find; print docs/preflight.md.",
    )
    options.add_argument("--why", action="store_true", help="print each answer about each case instead of the page")
    args = options.parse_args()
    given = answers(_progress)
    _progress("")
    if args.why:
        for one in given:
            for kind, reasons in (("mistake", one.mistake), ("neighbour", one.neighbour)):
                for column, reason in reasons.items():
                    print(f"{one.case}\t{kind}\t{column}\t{' '.join((reason or '-').split())[:160]}")
    else:
        print(page(rates(given)), end="")
    return int(any(not one.mistake["preflight"] or one.neighbour["preflight"] for one in given))


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
    elif what and "/" not in what:  # a log needs no line for each case
        print(what, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
