"""``step-scripts callback``: answer a Callback step that waits, or list those that do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts._text import table
from step_scripts.local.callbacks import CallbackError, Callbacks
from step_scripts.project import runs_dir

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="step-scripts callback", description=__doc__, allow_abbrev=False)
    options.add_argument("token", nargs="?", help="of the step that waits (default: list all of them)")
    options.add_argument(
        "--output", metavar="NAME=VALUE", action="append", default=[], help="an output of the step (repeatable)"
    )
    options.add_argument("--failure", metavar="REASON", help="let the step fail")
    options.add_argument("--runs-dir", type=Path, help="where the runs lie (the project's runs/)")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return 0 done, 2 the command line is wrong."""
    options = parser()
    args = options.parse_args(argv)
    queue = Callbacks((args.runs_dir or runs_dir()) / "callbacks")
    if args.token is None:
        if args.output or args.failure:
            options.error("--output and --failure need a token")
        return _list(queue)
    try:
        if args.failure is not None:
            if args.output:
                options.error("--output and --failure exclude each other")
            queue.fail(args.token, args.failure)
        else:
            queue.succeed(args.token, _outputs(args.output))
    except CallbackError as error:
        print(f"step-scripts callback: {error}", file=sys.stderr)
        return 2
    print(f"{args.token}: answered")
    return 0


def _list(queue: Callbacks) -> int:
    waiting = queue.waiting()
    if not waiting:
        print(f"no step waits for an answer in {queue.folder}")
        return 0
    rows = [
        (
            message["token"],
            " ".join(f"{name}={value}" for name, value in message["arguments"].items()),
            " ".join(f"{name}={kind}" for name, kind in message["outputs"].items()),
        )
        for message in waiting
    ]
    print("\n".join(table(("token", "arguments", "outputs to give"), rows)))
    return 0


def _outputs(assignments: Sequence[str]) -> dict[str, str]:
    outputs = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise CallbackError(f"--output {assignment}: expected: NAME=VALUE")
        outputs[name] = value
    return outputs


if __name__ == "__main__":
    sys.exit(main())
