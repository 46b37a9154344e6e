"""The command line of a pipeline: show it, write its definition, run it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts._extras import missing
from step_scripts._shared import StepScriptsError, write_whole
from step_scripts._text import hint
from step_scripts.pipeline import outline
from step_scripts.pipeline.arguments import check_options, parser
from step_scripts.pipeline.errors import UsageError
from step_scripts.pipeline.execute import execute
from step_scripts.pipeline.parameters import ParameterError, parse
from step_scripts.pipeline.review import review
from step_scripts.pipeline.source import Source, source_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence


def run(build: Callable[[Any], Any], argv: Sequence[str] | None, **names: Any) -> int:  # noqa: ANN401 - as of `main`
    """Carry out the command line of a pipeline; see `step_scripts.pipeline.main`."""
    program = Path(sys.argv[0]).name
    try:
        source = source_of(build, **names)
        program = source.program
        args = parser(source).parse_args(argv)
        check_options(args)
        carry_out = execute if args.execute else _show if args.definition is None else _write
        code = carry_out(source, args)
        sys.stdout.flush()  # here, where a reader that has gone is no error, and not at exit
    except (UsageError, ParameterError) as error:
        print(f"{program}: error: {error}", file=sys.stderr)
        return 2
    except StepScriptsError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (message := missing(error)) is None:
            raise
        print(f"{program}: {message}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has read enough; what Python flushes at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def compiled(source: Source) -> tuple[str, dict[str, Any]]:
    """Return a pipeline's name and its parsed definition."""
    from step_scripts.local import sdk

    with sdk.compile_session() as session:
        pipeline = source.build(session)
        return pipeline.name, json.loads(pipeline.definition())


def _show(source: Source, args: argparse.Namespace) -> int:
    name, definition = compiled(source)
    review(definition, source.project.root)
    values = parse(args.param, definition.get("Parameters", []))
    print(outline.render(name, definition, values=values, last=args.to and _step(args.to, definition)))
    print(f"\nNothing was run. Next: python {source.program} --execute")
    return 0


def _step(name: str, definition: Mapping[str, Any]) -> str:
    """Return a step's name as it is written in the definition."""
    names = {step.name.lower(): step.name for step in outline.steps_of(definition)}
    if name.lower() not in names:
        raise UsageError(f"--to {name}: no step is called {name}. {hint(name, names.values())}")
    return names[name.lower()]


def _write(source: Source, args: argparse.Namespace) -> int:
    path = Path(args.definition)
    if args.definition != "-" and (not args.definition or path.is_dir() or not path.parent.is_dir()):
        raise UsageError(f"--definition {args.definition!r}: expected a file in a folder that exists, or - for stdout")
    _, definition = compiled(source)
    review(definition, source.project.root)
    text = json.dumps(definition, indent=2) + "\n"
    if args.definition == "-":
        sys.stdout.write(text)
        return 0
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise UsageError(f"--definition {path}: cannot be written: {error.strerror}") from None
    return 0
