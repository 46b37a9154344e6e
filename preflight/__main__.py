"""Check SageMaker pipeline definitions before the service does, twenty minutes earlier, and without an account."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import preflight
from preflight.finding import Finding, nearest
from preflight.rules import RULES, explained


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="python -m preflight",
        description=__doc__,
        epilog="Exit code: 0 no error, 1 errors, 2 a file that cannot be read. "
        "Example: python pipeline.py --definition - | python -m preflight -",
        allow_abbrev=False,
    )
    options.add_argument("files", nargs="*", metavar="FILE", help="a definition as JSON; - reads standard input")
    options.add_argument("--format", choices=["text", "json"], default="text", help="of what is printed (text)")
    options.add_argument(
        "--ignore", metavar="RULE", action="append", default=[], type=_rule, help="leave a rule out (repeatable)"
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
    found: list[tuple[str, Finding]] = []
    for file in args.files:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            document = json.loads(text)
        except OSError as error:
            print(f"{file}: {error.strerror}: name a file with a pipeline definition", file=sys.stderr)
            return 2
        except (ValueError, RecursionError) as error:
            print(f"{file} is not JSON: {error}", file=sys.stderr)
            return 2
        found += [(file, finding) for finding in preflight.check(document) if finding.rule not in args.ignore]
    print(_as_json(found) if args.format == "json" else _as_text(found, args.files))
    return int(any(finding.severity == "error" for _, finding in found))


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
        where = f"{file}: {finding.step}" if finding.step else file
        lines += [f"{where}: {finding.severity} {finding.rule}", f"  {finding.message}", f"  at {finding.where or '/'}"]
    count = Counter(finding.severity for _, finding in found)
    told = ", ".join(
        f"{count[kind]} {kind}{'s' if count[kind] != 1 else ''}" for kind in ("error", "warning") if count[kind]
    )
    return "\n".join([*lines, f"{', '.join(files)}: {told or 'nothing to say'}"])


if __name__ == "__main__":
    sys.exit(main())
