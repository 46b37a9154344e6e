"""Check SageMaker pipeline definitions before the service does, twenty minutes earlier, and without an account."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from io import TextIOWrapper
from pathlib import Path

from step_scripts import preflight
from step_scripts._shared import StepScriptsError
from step_scripts.preflight.finding import Finding, nearest, printable
from step_scripts.preflight.reading import DEEPEST, parse, repeated, too_deep
from step_scripts.preflight.reruns import reruns
from step_scripts.preflight.rules import RULES, explained


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="python -m preflight",
        description=__doc__,
        epilog="Exit code: 0 no error (no step runs again), 1 errors (a change runs one again), 2 unreadable input. "
        "Example: python pipeline.py --definition - | python -m preflight -",
        allow_abbrev=False,
    )
    files = "a definition as JSON; - reads standard input; or: diff OLD NEW, to see which steps will run again"
    options.add_argument("files", nargs="*", metavar="FILE", help=files)
    options.add_argument("--format", choices=["text", "json"], default="text", help="of what is printed (text)")
    options.add_argument(
        "--ignore",
        metavar="RULE",
        action="append",
        default=[],
        type=_rule,
        help="leave a rule out (repeatable); for good, with a reason: [tool.preflight.ignore] in pyproject.toml",
    )
    options.add_argument("--explain", metavar="RULE", type=_rule, help="say what a rule is about, and stop")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Check files, print findings; return 0, 1 when there is an error among them, 2 when a file cannot be read."""
    options = parser()
    args = options.parse_args(argv)
    if args.explain:
        print(explained(args.explain))
        return 0
    if not args.files:
        options.error("expected a FILE, or - for standard input")
    try:
        ignore = {*args.ignore, *preflight.ignored(Path.cwd())}
        if args.files[0] == "diff":
            return (
                _diff(*map(_read, args.files[1:])) if len(args.files) == 3 else options.error("expected diff OLD NEW")
            )
        documents = [(file, _read(file)) for file in args.files]
    except (UnreadableError, preflight.IgnoreError) as error:
        print(error, file=sys.stderr)
        return 2
    found = [(file, finding) for file, document in documents for finding in _check(document, ignore)]
    print(_as_json(found) if args.format == "json" else _as_text(found, args.files))
    return int(any(finding.severity == "error" for _, finding in found))


class UnreadableError(StepScriptsError, ValueError):
    """A file that holds no JSON, or cannot be read; the message says which."""


def _read(file: str) -> object:
    try:
        document: object = parse(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}: name a file with a pipeline definition") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{file} is not JSON: {error}") from None
    if (deep := too_deep(document)) is not None:
        raise UnreadableError(f"{file} is nested deeper than {DEEPEST} levels at {deep[:80]}…")
    return document


def _check(document: object, ignore: Collection[str]) -> list[Finding]:
    twice = [finding for finding in repeated(document) if finding.rule not in ignore]
    return twice + preflight.check(document, ignore=ignore)


def _diff(old: object, new: object) -> int:
    """Print which steps will run again; return 1 when one will that would not without the change."""
    told, each_time = reruns(old, new), {one.step for one in reruns(old, old) if one.runs}
    width = max((len(printable(one.step)) for one in told), default=0)
    for one in told:
        print(f"{'runs' if one.runs else 'cached':<6}  {printable(one.step):<{width}}  {printable(one.why)}")
    return int(any(one.runs and one.step not in each_time for one in told))


def _rule(name: str) -> str:
    if name not in RULES:
        raise argparse.ArgumentTypeError(f"there is no rule {name!r}; {nearest(name, RULES)}")
    return name


def _as_json(found: Sequence[tuple[str, Finding]]) -> str:
    return json.dumps(
        [
            {
                "file": file,
                "rule": finding.rule,
                "severity": finding.severity,
                "where": finding.where,
                "step": finding.step,
                "message": finding.message,
            }
            for file, finding in found
        ],
        indent=2,
    )


def _as_text(found: Sequence[tuple[str, Finding]], files: Sequence[str]) -> str:
    lines = []
    for file, finding in found:
        where = f"{file}: {printable(finding.step)}" if finding.step else file
        lines += [f"{where}: {finding.severity} {finding.rule}"]
        lines += [f"  {printable(finding.message)}", f"  at {printable(finding.where) or '/'}"]
    count = Counter(finding.severity for _, finding in found)
    told = ", ".join(
        f"{count[kind]} {kind}{'s' if count[kind] != 1 else ''}" for kind in ("error", "warning") if count[kind]
    )
    return "\n".join([*lines, f"{', '.join(files)}: {told or 'nothing to say'}"])


if __name__ == "__main__":
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show an arrow shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` has seen enough; what Python would flush at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
