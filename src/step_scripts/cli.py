"""The command ``step-scripts``: one sub-command a tool."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

from step_scripts._shared import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

# Sub-command: the module with its main(argv), and what it does. Imported only when it is asked for: each needs other
# libraries, and most people install only some of them.
COMMANDS = {
    "preflight": ("step_scripts.preflight.cli", "check a pipeline definition before the service does"),
    "contracts": ("step_scripts.contracts.cli", "check tables against their contracts; show and compare contracts"),
    "serve": ("step_scripts.serving.cli", "answer records by HTTP, as SageMaker's endpoints do"),
    "score": ("step_scripts.serving.cli", "answer the records of a file in a file"),
    "endpoint": ("step_scripts.local.cli", "keep a model behind the SageMaker SDK's local endpoint"),
}
EXTRAS = {"contracts": "container", "serve": "container", "score": "container", "endpoint": "pipeline"}


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return its exit code: 0 done, 1 refused or failed, 2 the command line is wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help"}:
        print(_help())
        return 0 if words else 2
    name, *rest = words
    if name not in COMMANDS:
        near = nearest(name, COMMANDS)
        hint = f"did you mean {near}? " if near else ""
        print(f"step-scripts: error: no command {name!r}; {hint}known: {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    module = COMMANDS[name][0]
    try:
        run = import_module(module).main
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(name)
        if extra is None or (error.name or "").partition(".")[0] == "step_scripts":
            raise
        message = f"step-scripts {name}: the library {error.name} is missing: pip install 'step-scripts[{extra}]'"
        print(message, file=sys.stderr)
        return 2
    shared = sum(other == module for other, _ in COMMANDS.values()) > 1
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show an arrow shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return int(run([name, *rest] if shared else rest))
    except BrokenPipeError:  # `| head` has read enough; what Python flushes at exit goes to the null device
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _help() -> str:
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {what}" for name, (_, what) in COMMANDS.items()]
    return "\n".join(
        ["usage: step-scripts COMMAND ...", "", *rows, "", "step-scripts COMMAND --help says what a command takes."]
    )
