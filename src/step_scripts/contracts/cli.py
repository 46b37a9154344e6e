"""Check tables against their contracts, show the contracts, and compare two versions of one.

Needs neither a pipeline nor an account.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from step_scripts._shared import StepScriptsError, nearest, write_whole
from step_scripts.contracts.catalog import known, load
from step_scripts.contracts.checker import importing_great_expectations
from step_scripts.contracts.commands import all_contracts, check, diff, is_file_name
from step_scripts.contracts.describe import as_markdown, as_text
from step_scripts.project import ProjectError

PROG = "step-scripts contracts"


def parser() -> argparse.ArgumentParser:
    """Return the command line. Its help names the project's contracts, if there is a project."""
    options = argparse.ArgumentParser(
        prog=PROG,
        description=__doc__,
        epilog=_examples(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = options.add_subparsers(title="commands", metavar="COMMAND", required=True)

    checking = commands.add_parser("check", help="check tables against their contracts", allow_abbrev=False)
    checking.add_argument("source", nargs="+", type=Path, metavar="FILE|DIR", help="tables; of a folder, all of them")
    checking.add_argument(
        "--contract",
        type=_contract_or_file,
        metavar="NAME|FILE",
        help="of all files; a .yaml file needs no project (default: by the files' names, else their columns)",
    )
    checking.add_argument("--quarantine", type=Path, metavar="DIR", help="write invalid rows there, a CSV file a table")
    checking.set_defaults(run=lambda args: check(args.source, contract=args.contract, quarantine=args.quarantine))

    showing = commands.add_parser("show", help="show what a table looks like", allow_abbrev=False)
    showing.add_argument("name", nargs="?", type=_contract, metavar="NAME", help="of a contract (default: all)")
    showing.add_argument(
        "--format", choices=FORMATS, default="text", help="text, or suite: JSON for Great Expectations (default: text)"
    )
    showing.set_defaults(run=_show)

    comparing = commands.add_parser("diff", help="show what a change of a contract breaks", allow_abbrev=False)
    for which in ("old", "new"):
        comparing.add_argument(which, metavar=which.upper(), help="a contract's file, or a contract's name")
    comparing.set_defaults(run=lambda args: diff(args.old, args.new))

    documenting = commands.add_parser("docs", help="print all contracts as a Markdown page", allow_abbrev=False)
    documenting.add_argument("--output", type=Path, metavar="FILE", help="write the page there instead")
    documenting.set_defaults(run=_docs)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return 0 if all is well, 1 if a rule is broken, 2 if nothing can be done."""
    try:
        args = parser().parse_args(argv)
        return int(args.run(args))
    except StepScriptsError as error:
        print(f"{PROG}: {error}", file=sys.stderr)
    except PermissionError as error:
        print(f"{PROG}: {error.filename}: give this user the right to read it", file=sys.stderr)
    return 2


def _examples() -> str:
    try:
        names = known()
        listed = ", ".join(names) or "none"
    except ProjectError:
        names, listed = [], "none, because there is no project here"
    one, other = (*names, "houses", "owners")[:2]
    return f"""\
examples:
  {PROG} check {one}.csv {other}.csv
  {PROG} check delivery/ --quarantine invalid/
  {PROG} check {one}.csv --contract {one}.yaml
  {PROG} show {one}
  {PROG} diff {one}-old.yaml {one}
  {PROG} docs --output docs/contracts.md

contracts: {listed}
exit code: 0 no problems found; 1 a rule is broken, or a change is breaking; 2 nothing could be done
"""


def _suites(names: Sequence[str]) -> str:
    with importing_great_expectations():
        from step_scripts.contracts.expectations import suite

    return json.dumps([suite(load(name)).to_json_dict() for name in names], indent=2)


FORMATS: dict[str, Callable[[Sequence[str]], str]] = {
    "text": lambda names: "\n\n\n".join(as_text(load(name)) for name in names),
    "suite": _suites,
}


def _show(args: argparse.Namespace) -> int:
    print(FORMATS[args.format]([args.name] if args.name else all_contracts()))
    return 0


def _docs(args: argparse.Namespace) -> int:
    page = as_markdown([load(name) for name in all_contracts()])
    if args.output:
        print(f"wrote {write_whole(args.output, page.encode())}")
    else:
        print(page, end="")
    return 0


def _contract_or_file(text: str) -> str:
    if is_file_name(text):
        return text
    try:
        return _contract(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}; or name a contract's file: --contract FILE.yaml") from None


def _contract(name: str) -> str:
    try:
        names = known()
    except ProjectError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if name not in names:
        near = nearest(name, names)
        hint = f"did you mean {near}? " if near else ""
        raise argparse.ArgumentTypeError(f"there is no contract called {name!r}; {hint}there are: {', '.join(names)}")
    return name
