"""Seed each bug in a copy of the tree and run the test that must go red.

A bug is a unified diff in ``patches/``. Its first lines say what it breaks, the level of the test (an environment of
``tox.ini``), and the test::

    Breaks: the gate lets bad models pass
    Level: definition
    Test: tests/definition/test_claims.py::test_the_gate_lets_good_models_pass

To add a bug, add a file. All named tests run once on the unbroken copy first: a test that is red there proves nothing.
The exit code is 1 when a test stays green, or when a patch no longer applies.

Examples
--------
Every bug; two of them; and the first test of its whole level that one of them turns red::

    python -m tests.seeded_bugs
    python -m tests.seeded_bugs gate-direction wrong-edge
    python -m tests.seeded_bugs --level gate-direction
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.seeded_bugs.bug import Bug, known
from tests.seeded_bugs.tree import Result, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GREEN, RED = "green", "red"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="python -m tests.seeded_bugs", description="Seed bugs, and check that the tests go red."
    )
    options.add_argument("bug", nargs="*", help="names of bugs (default: all of them)")
    options.add_argument("--level", action="store_true", help="run the whole level of a bug, up to its first red test")
    options.add_argument("--jobs", type=int, default=2, metavar="N", help="bugs at the same time (default: 2)")
    return options


def main() -> int:
    """Test the chosen bugs, and print a line for each; return 1 unless every bug turns its test red."""
    options, bugs = parser(), known()
    args = options.parse_args()
    if unknown := set(args.bug) - {bug.name for bug in bugs}:
        options.error(f"no bug is called {', '.join(sorted(unknown))}")
    chosen = [bug for bug in bugs if not args.bug or bug.name in args.bug]
    start = time.perf_counter()
    jobs = min(args.jobs, len(chosen))
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="seeded-bugs-"))
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(jobs):
            trees.put(stack.enter_context(closing(Tree(Path(name, str(number))))))
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        red = _red_without_bug(chosen, pool, trees, whole_level=args.level)

        def test(bug: Bug) -> tuple[Result, float]:
            tree, began = trees.get(), time.perf_counter()
            try:
                return _test(bug, tree, red[bug.level], whole_level=args.level), time.perf_counter() - began
            finally:
                trees.put(tree)

        results = list(_printed(chosen, pool.map(test, chosen)))
    counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in (RED, GREEN, "error")}
    found = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    print(f"\n{len(chosen)} seeded bugs in {time.perf_counter() - start:.0f} s: {found} (expected: all red)")
    return 0 if counts[RED] == len(chosen) else 1


def _red_without_bug(
    bugs: list[Bug], pool: ThreadPoolExecutor, trees: SimpleQueue[Tree], *, whole_level: bool
) -> dict[str, list[str]]:
    """Run each level on an unbroken copy, or its named tests alone; return the tests that are red, by level."""
    runs: dict[str, list[str]] = {}
    for bug in bugs:
        if whole_level:
            runs[bug.level] = bug.whole_level
        elif bug.test not in runs.setdefault(bug.level, []):
            runs[bug.level].append(bug.test)

    def run(level: str) -> list[str]:
        tree = trees.get()
        try:
            return tree.failures(*runs[level])
        finally:
            trees.put(tree)

    return dict(zip(runs, pool.map(run, runs), strict=True))


def _test(bug: Bug, tree: Tree, red: list[str], *, whole_level: bool) -> Result:
    """Test one bug; tests that are red without it do not count."""
    if whole_level:
        without = [word for test in red for word in ("--deselect", test)]
        mirrors = tree.mirrors(bug)
        return tree.result(bug, [*([[*without, *mirrors]] if mirrors else []), [*without, *bug.whole_level]])
    for test in red:
        if test == bug.test or test.startswith((f"{bug.test}[", f"{bug.test}::")):
            return Result("error", f"{test} is red without the bug, or does not exist")
    return tree.result(bug, [[bug.test]])


def _printed(bugs: list[Bug], results: Iterable[tuple[Result, float]]) -> Iterator[Result]:
    """Print each result as it comes."""
    width = max(len(bug.name) for bug in bugs)
    print(f"{'result':<6}  {'seconds':>7}  {'level':<10}  {'bug':<{width}}  test")
    for bug, (result, seconds) in zip(bugs, results, strict=True):
        line = f"{result.outcome:<6}  {seconds:7.1f}  {bug.level:<10}  {bug.name:<{width}}  {result.detail}"
        print(line, flush=True)
        yield result


if __name__ == "__main__":
    sys.exit(main())
