"""Contracts for whoever delivers the tables: look at them, hold a file to them, see what a change of one breaks.

Needs neither the pipeline nor an account.
"""

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from step_scripts.contracts.commands import NothingToDoError, check, diff
from step_scripts.contracts.contract import known, load
from step_scripts.contracts.describe import as_markdown, as_text

EXAMPLES = """examples:
  python -m contracts check claims.csv customers.csv       exit code 0: every row keeps every rule
  python -m contracts check delivery/ --quarantine bad/    write the rows that do not, and why, to bad/
  python -m contracts show claims
  python -m contracts diff claims-old.yaml claims          exit code 1: the change is breaking, or its version too low
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="python -m contracts",
        description=__doc__,
        epilog=f"{EXAMPLES}\ncontracts: {', '.join(known())}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = options.add_subparsers(title="commands", metavar="COMMAND", required=True)

    checking = commands.add_parser("check", help="hold tables to their contracts", allow_abbrev=False)
    checking.add_argument("source", nargs="+", type=Path, metavar="FILE|DIR", help="tables; of a folder, all of them")
    checking.add_argument("--contract", type=_contract, metavar="NAME", help="of all of them; else by name or columns")
    checking.add_argument("--quarantine", type=Path, metavar="DIR", help="write bad rows there, a CSV file a table")
    checking.set_defaults(run=lambda args: check(args.source, contract=args.contract, quarantine=args.quarantine))

    showing = commands.add_parser("show", help="say what a table looks like", allow_abbrev=False)
    showing.add_argument("name", nargs="?", type=_contract, metavar="NAME", help="of a contract; all of them without")
    showing.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text; markdown, the page docs/contracts.md; suite, JSON for Great Expectations",
    )
    showing.set_defaults(run=_show)

    comparing = commands.add_parser("diff", help="say what a change of a contract breaks", allow_abbrev=False)
    for which in ("old", "new"):
        comparing.add_argument(which, metavar=which.upper(), help="a contract's file, or a contract's name")
    comparing.set_defaults(run=lambda args: diff(args.old, args.new))
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return 0 when all is well, 1 when something is broken, 2 when nothing can be done."""
    options = parser()
    args = options.parse_args(argv)
    try:
        return int(args.run(args))
    except NothingToDoError as error:
        print(f"{options.prog}: error: {error}", file=sys.stderr)
    except PermissionError as error:
        print(f"{options.prog}: error: {error.filename}: give this user the right to read it", file=sys.stderr)
    return 2


def _suites(names: Sequence[str]) -> str:
    from step_scripts.contracts.suite import suite

    return json.dumps([suite(load(name)).to_json_dict() for name in names], indent=2)


FORMATS: dict[str, Callable[[Sequence[str]], str]] = {
    "text": lambda names: "\n\n\n".join(as_text(load(name)) for name in names),
    "markdown": lambda names: as_markdown([load(name) for name in names]).rstrip("\n"),
    "suite": _suites,
}


def _show(args: argparse.Namespace) -> int:
    print(FORMATS[args.format]([args.name] if args.name else known()))
    return 0


def _contract(name: str) -> str:
    if name not in known():
        near = difflib.get_close_matches(name, known(), n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise argparse.ArgumentTypeError(f"there is no contract called {name!r}; {hint}there are: {', '.join(known())}")
    return name


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` has seen enough; what Python would flush at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
