"""The options of a pipeline's command line, and which of them go together."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline.errors import UsageError

if TYPE_CHECKING:
    from step_scripts.pipeline.source import Source


def parser(source: Source) -> argparse.ArgumentParser:
    """Return the command line's options."""
    options = argparse.ArgumentParser(
        prog=source.program,
        allow_abbrev=False,
        description="Without options: show steps, edges and parameters. Nothing is called, nothing is run.",
        epilog="Exit code: 0 done, 1 the pipeline failed, 2 the command line is wrong, 130 interrupted.",
    )
    what = options.add_mutually_exclusive_group()
    what.add_argument("--definition", metavar="FILE", help="write the definition as JSON and stop (- for stdout)")
    what.add_argument("--execute", action="store_true", help="run the pipeline")
    options.add_argument(
        "--target",
        choices=["process", "docker"],
        default="process",
        help="where --execute runs: here, a child process a step (the default), or here, a Docker container a step",
    )
    options.add_argument(
        "--param", metavar="Name=Value", action="append", default=[], help="set a parameter (repeatable)"
    )
    options.add_argument("--to", metavar="STEP", help="stop after this step; run only what it needs")
    tables = " and ".join(" or ".join(patterns) for patterns in source.input_patterns.values()) or "none"
    options.add_argument(
        "--input-dir",
        metavar="DIR",
        type=Path,
        help=f"folder with the input tables: {tables} ({source.project.fixtures}/)",
    )
    options.add_argument("--runs-dir", metavar="DIR", type=Path, help="where results go (runs/)")
    options.add_argument(
        "--registry", metavar="DIR", type=Path, help="where registered models last (RUNS-DIR/registry)"
    )
    options.add_argument("--fresh", action="store_true", help="start a new interpreter for every step (slower)")
    options.add_argument(
        "--docker-option",
        metavar="OPTION",
        action="append",
        default=[],
        help="an option of docker create for every container, as --docker-option=--memory=8g (repeatable)",
    )
    return options


def check_options(args: argparse.Namespace) -> None:
    """Reject options that have no effect together with the others.

    Raises
    ------
    UsageError
        With the options, and what to add or leave out.
    """
    if args.execute:
        if args.target == "docker" and args.fresh:
            raise UsageError("--fresh: a container is always a new one; leave it out")
        if args.target != "docker" and args.docker_option:
            raise UsageError("--docker-option: for containers only; add --target docker, or leave it out")
        return
    given = {"--input-dir": args.input_dir, "--runs-dir": args.runs_dir, "--fresh": args.fresh}
    given |= {"--registry": args.registry}
    given |= {"--docker-option": args.docker_option}
    if args.definition is not None:
        given |= {"--param": args.param, "--to": args.to}
    if useless := [flag for flag, value in given.items() if value]:
        raise UsageError(f"{', '.join(useless)}: for a run only; add --execute, or leave it out")
