"""The command ``step-scripts preflight``."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from step_scripts import preflight
from step_scripts._shared import StepScriptsError
from step_scripts.preflight.finding import Finding, nearest, printable
from step_scripts.preflight.reading import MAX_DEPTH, parse, repeated, too_deep
from step_scripts.preflight.reruns import reruns
from step_scripts.preflight.rules import RULES, explained

DESCRIPTION = """\
Check SageMaker pipeline definitions offline, before the service does.

  step-scripts preflight FILE ...       report the errors and warnings of definitions
  step-scripts preflight diff OLD NEW   show which steps run again after a change, and which are cached
"""
EPILOG = """\
Exit code: 0 no error (diff: no step runs again), 1 errors (diff: the change makes a step run again),
2 a file cannot be read, or the command line is wrong.

Example:
  python pipeline.py --definition - | step-scripts preflight -
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's options."""
    options = argparse.ArgumentParser(
        prog="step-scripts preflight",
        usage="step-scripts preflight [options] FILE ...\n       step-scripts preflight diff OLD NEW",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("files", nargs="*", metavar="FILE", help="a definition as JSON; - reads standard input")
    options.add_argument("--format", choices=["text", "json"], default="text", help="output format (default: text)")
    options.add_argument(
        "--ignore",
        metavar="RULE",
        action="append",
        default=[],
        type=_rule,
        help="ignore a rule (repeatable); to ignore it always, with a reason: [tool.step-scripts.preflight.ignore] in "
        "pyproject.toml",
    )
    options.add_argument("--explain", metavar="RULE", type=_rule, help="explain a rule and exit")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process when absent.

    Returns
    -------
    int
        0 no error, 1 errors, 2 a file cannot be read or the command line is wrong.
    """
    options = parser()
    args = options.parse_args(argv)
    if args.explain:
        print(explained(args.explain))
        return 0
    if not args.files:
        options.error("expected a FILE, or - for standard input")
    compare = args.files[0] == "diff"
    if compare and len(args.files) != 3:
        options.error(f"expected diff OLD NEW, got {len(args.files) - 1} files")
    try:
        ignore = {*args.ignore, *preflight.ignored(Path.cwd())}
        if compare:
            return _diff(*map(_read, args.files[1:]))
        documents = [(file, _read(file)) for file in args.files]
    except (UnreadableError, preflight.IgnoreError) as error:
        print(f"step-scripts preflight: {error}", file=sys.stderr)
        return 2
    found = [(file, finding) for file, document in documents for finding in _check(document, ignore)]
    print(_as_json(found) if args.format == "json" else _as_text(found, args.files))
    return int(any(finding.severity == "error" for _, finding in found))


class UnreadableError(StepScriptsError, ValueError):
    """A file that cannot be read, or is not JSON; the message names it."""


def _read(file: str) -> object:
    try:
        document: object = parse(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}: name a file with a pipeline definition") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{file} is not JSON: {error}") from None
    if (deep := too_deep(document)) is not None:
        raise UnreadableError(f"{file} is nested deeper than {MAX_DEPTH} levels at {deep[:80]}…")
    return document


def _check(document: object, ignore: Collection[str]) -> list[Finding]:
    twice = [finding for finding in repeated(document) if finding.rule not in ignore]
    return twice + preflight.check(document, ignore=ignore)


def _diff(old: object, new: object) -> int:
    """Print which steps run again; return 1 if the change makes one of them run."""
    steps, each_time = reruns(old, new), {one.step for one in reruns(old, old) if one.runs}
    width = max((len(printable(one.step)) for one in steps), default=0)
    for one in steps:
        print(f"{'runs' if one.runs else 'cached':<6}  {printable(one.step):<{width}}  {printable(one.why)}")
    return int(any(one.runs and one.step not in each_time for one in steps))


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
    summary = ", ".join(
        f"{count[kind]} {kind}{'s' if count[kind] != 1 else ''}" for kind in ("error", "warning") if count[kind]
    )
    return "\n".join([*lines, f"{', '.join(files)}: {summary or 'no problems found'}"])
