"""The command ``step-scripts``: one sub-command a tool."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, NamedTuple

from step_scripts._extras import missing
from step_scripts._shared import StepScriptsError
from step_scripts._text import hint

if TYPE_CHECKING:
    from collections.abc import Sequence


class Command(NamedTuple):
    """A sub-command.

    Attributes
    ----------
    module : str
        Has ``main(argv)``. It is imported only when it is asked for: each tool needs other libraries.
    summary : str
        What it does.
    shared : bool
        Whether the module has several sub-commands, and ``argv`` begins with the name of this one.
    """

    module: str
    summary: str
    shared: bool = False


COMMANDS = {
    "new": Command("step_scripts.template.new", "write a project for a table of yours, green at three levels"),
    "fixtures": Command("step_scripts.template.fixtures", "make a project's fixtures anew, by running its steps"),
    "preflight": Command("step_scripts.preflight.cli", "check a pipeline definition before the service does"),
    "contracts": Command("step_scripts.contracts.cli", "check tables against contracts; show and compare contracts"),
    "serve": Command("step_scripts.serving.cli", "answer records over HTTP, as SageMaker's endpoints do", shared=True),
    "score": Command("step_scripts.serving.cli", "answer the records of a file in a file", shared=True),
    "models": Command("step_scripts.sandbox.cli", "list the versions of this machine's model registry", shared=True),
    "approve": Command("step_scripts.sandbox.cli", "approve a version, so that it can be deployed", shared=True),
    "reject": Command("step_scripts.sandbox.cli", "reject a version", shared=True),
    "callback": Command("step_scripts.local.callbacks_cli", "answer a Callback step that waits"),
    "endpoint": Command("step_scripts.local.cli", "keep a model behind the SageMaker SDK's local endpoint"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process when absent.

    Returns
    -------
    int
        The exit code of the sub-command; 1 after an error of this package; 2 when the command line is wrong or a
        library is missing; 141 when the reader of the output has gone.

    Examples
    --------
    >>> main(["--help"])  # doctest: +ELLIPSIS
    usage: step-scripts COMMAND ...
    ...
    0
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help", "--version"}:
        print(_version() if words[:1] == ["--version"] else _help())
        return 0 if words else 2
    name, *rest = words
    if name not in COMMANDS:
        print(f"step-scripts: error: no command is called {name}. {hint(name, COMMANDS)}", file=sys.stderr)
        return 2
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show an arrow shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    command = COMMANDS[name]
    try:
        code = int(import_module(command.module).main(words if command.shared else rest))
        sys.stdout.flush()  # here, where a reader that has gone is no error, and not at exit
    except StepScriptsError as error:
        print(f"step-scripts {name}: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (message := missing(error)) is None:
            raise
        print(f"step-scripts {name}: {message}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has read enough; what Python flushes at exit goes to the null device
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"step-scripts {version('step-scripts')}"
    except PackageNotFoundError:
        return "step-scripts (not installed, so without a version)"


def _help() -> str:
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: step-scripts COMMAND ...",
            "",
            *rows,
            "",
            "step-scripts COMMAND --help shows the options of a command; step-scripts --version shows the version.",
        ]
    )
