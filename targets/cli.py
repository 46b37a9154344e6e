"""The command line of a pipeline: look at it, write its definition, run it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import bundle, outline
from targets.parameters import ParameterError, nearest, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline

TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class Project:
    """What the command line has to know of a pipeline.

    Attributes
    ----------
    build : callable
        Writes the pipeline under a session.
    root : Path
        The project's root; runs go to ``runs/`` below it unless told otherwise.
    scripts : sequence of str
        The steps' scripts, relative to the root, whose code a run needs.
    input_dir : Path
        Folder of the tables that are used when nobody names one.
    input_patterns : sequence of str
        File name patterns; at least one table of each must be in the input folder.
    input_parameter, store_parameter : str
        The parameters that hold the input data's S3 URI, and the prefix below which code lies.
    """

    build: Callable[[PipelineSession], Pipeline]
    root: Path
    scripts: Sequence[str]
    input_dir: Path
    input_patterns: Sequence[str]
    input_parameter: str = "InputData"
    store_parameter: str = "Store"


class UsageError(ValueError):
    """A command line that cannot be carried out: exit code 2."""


def parser(project: Project) -> argparse.ArgumentParser:
    """Return the command line's options."""
    options = argparse.ArgumentParser(
        prog="pipeline.py",
        description="Without options: show steps, edges and parameters. Nothing is called, nothing is run.",
        epilog="Exit code: 0 done, 1 the pipeline failed, 2 the command line is wrong, 130 interrupted.",
    )
    what = options.add_mutually_exclusive_group()
    what.add_argument("--definition", metavar="FILE", help="write the definition as JSON and stop (- for stdout)")
    what.add_argument("--execute", action="store_true", help="run the pipeline")
    options.add_argument(
        "--target",
        choices=["process"],
        default="process",
        help="where --execute runs: process = here, a child process a step, no Docker, no AWS account",
    )
    options.add_argument(
        "--param", metavar="Name=Value", action="append", default=[], help="set a parameter (repeatable)"
    )
    options.add_argument("--to", metavar="STEP", help="stop after this step; run only what it needs")
    options.add_argument(
        "--input-dir",
        metavar="DIR",
        type=Path,
        help=f"folder with the tables {' and '.join(project.input_patterns)} (the shipped fixtures)",
    )
    options.add_argument(
        "--runs-dir", metavar="DIR", type=Path, default=project.root / "runs", help="where results go (runs/)"
    )
    options.add_argument("--fresh", action="store_true", help="start a new interpreter for every step (slower)")
    return options


def main(project: Project, argv: Sequence[str] | None = None) -> int:
    """Carry out a command line.

    Parameters
    ----------
    project : Project
        The pipeline.
    argv : sequence of str, optional
        The arguments; those of the process when absent.

    Returns
    -------
    int
        0 done, 1 the pipeline failed, 2 the command line is wrong, 130 interrupted.

    Examples
    --------
    >>> main(project, ["--execute", "--param", "TestFraction=0.3"])  # doctest: +SKIP
    0
    """
    options = parser(project)
    args = options.parse_args(argv)
    try:
        if args.execute:
            return _execute(project, args)
        if args.definition:
            return _write(project, args)
        return _show(project, args)
    except (UsageError, ParameterError) as error:
        print(f"{options.prog}: error: {error}", file=sys.stderr)
        return 2


def _compile(project: Project) -> tuple[str, dict[str, Any]]:
    from targets import sdk

    with sdk.compile_session() as session:
        pipeline = project.build(session)
        return pipeline.name, json.loads(pipeline.definition())


def _show(project: Project, args: argparse.Namespace) -> int:
    name, definition = _compile(project)
    chosen = parse(args.param, definition["Parameters"])
    for parameter in definition["Parameters"]:
        parameter["DefaultValue"] = chosen.get(parameter["Name"], parameter.get("DefaultValue"))
    if args.to:
        _known_step(args.to, [step.name for step in outline.steps_of(definition)])
    print(outline.render(name, definition))
    print("\nNothing was run. Next: python pipeline.py --execute")
    return 0


def _write(project: Project, args: argparse.Namespace) -> int:
    if args.param:
        raise UsageError("--param is for one execution, a definition holds the defaults: leave one of them out")
    path = Path(args.definition)
    if args.definition != "-" and not path.parent.is_dir():
        raise UsageError(f"--definition {path}: there is no folder {path.parent}")
    text = json.dumps(_compile(project)[1], indent=2) + "\n"
    if args.definition == "-":
        sys.stdout.write(text)
        return 0
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return 0


def _execute(project: Project, args: argparse.Namespace) -> int:
    from targets import process, progress, sdk

    folder = args.input_dir or project.input_dir
    tables = _tables(folder, project.input_patterns)
    print(f"Running the pipeline as processes, on the tables in {progress.shown(folder.resolve())}", flush=True)
    bundles = [bundle.of(script, project.root) for script in project.scripts]
    uploads: dict[str, Any] = {}

    def parameters(pipeline: Pipeline) -> dict[str, Any]:
        declared = [parameter.to_request() for parameter in pipeline.parameters]
        chosen = parse(args.param, declared)
        values = {parameter["Name"]: parameter.get("DefaultValue") for parameter in declared} | chosen
        uploads[values[project.input_parameter]] = tables
        for code in bundles:
            uploads[f"{values[project.store_parameter]}/{code.key}"] = code.files
        return chosen

    try:
        execution = process.run(
            project.build,
            runs_dir=args.runs_dir,
            parameters=parameters,
            uploads=uploads,
            code=[code.files for code in bundles],
            fresh=args.fresh,
            stop_after=args.to,
            on_event=progress.show,
        )
    except sdk.UnknownStepError as error:
        raise UsageError(f"--to {args.to}: {error}") from None
    except process.InterruptedRunError as error:
        print(f"\n{error}: the children are stopped.", file=sys.stderr)
        if error.execution:
            print(progress.summary(error.execution), file=sys.stderr)
        return 130
    print(progress.summary(execution))
    return 0 if execution.status == "Succeeded" else 1


def _tables(folder: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    if not folder.is_dir():
        raise UsageError(f"--input-dir {folder}: there is no such folder")
    found: dict[str, bytes] = {}
    for pattern in patterns:
        files = [path for path in sorted(folder.glob(pattern)) if path.name.endswith(TABLE_SUFFIXES)]
        if not files:
            kinds = ", ".join(TABLE_SUFFIXES)
            raise UsageError(f"--input-dir {folder}: expected at least one file {pattern} ({kinds}), found none")
        found |= {path.name: path.read_bytes() for path in files}
    return found


def _known_step(name: str, steps: Sequence[str]) -> str:
    for step in steps:
        if step.lower() == name.lower():
            return step
    raise UsageError(f"--to {name}: no step is called {name}. {nearest(name, steps)}")
