"""The command line of a pipeline: look at it, write its definition, run it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from step_scripts import closure
from step_scripts import project as find_project
from step_scripts._shared import StepScriptsError
from step_scripts.jobs import bundle
from step_scripts.pipeline import outline
from step_scripts.pipeline.parameters import ParameterError, nearest, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.local.target import Target

S3_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/]+(?:/[^/]+)*)?")
TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")
OTHER_TABLES = (".gz", ".zip", ".txt", ".tsv", ".xlsx", ".xls", ".jsonl", ".orc", ".avro", ".pq")


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
    review : callable, optional
        Says what is wrong with a definition, before it is shown, written or run; an error among it refuses all three,
        and so does a ValueError, whose message says why nothing can be said.
    """

    build: Callable[[PipelineSession], Pipeline]
    root: Path
    scripts: Sequence[str]
    input_dir: Path
    input_patterns: Sequence[str]
    input_parameter: str = "InputData"
    store_parameter: str = "Store"
    review: Callable[[Mapping[str, Any]], Iterable[Finding]] | None = None


class Finding(Protocol):
    """What a review says of a definition: where it is wrong, by which rule, how badly, in which step, and how."""

    @property
    def where(self) -> str:
        """A JSON pointer."""

    @property
    def rule(self) -> str:
        """The rule's id."""

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""

    @property
    def step(self) -> str | None:
        """The step's name."""

    @property
    def message(self) -> str:
        """What came, what is allowed, what to do."""


class RefusedError(StepScriptsError, ValueError):
    """A definition that the service would refuse, or a target that cannot take it: exit code 1."""


class UsageError(StepScriptsError, ValueError):
    """A command line that cannot be carried out: exit code 2."""


def parser(project: Project) -> argparse.ArgumentParser:
    """Return the command line's options."""
    options = argparse.ArgumentParser(
        prog="pipeline.py",
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
    options.add_argument(
        "--input-dir",
        metavar="DIR",
        type=Path,
        help=f"folder with the tables {' and '.join(project.input_patterns)} (the shipped fixtures)",
    )
    options.add_argument("--runs-dir", metavar="DIR", type=Path, help="where results go (runs/)")
    options.add_argument("--fresh", action="store_true", help="start a new interpreter for every step (slower)")
    options.add_argument(
        "--docker-option",
        metavar="OPTION",
        action="append",
        default=[],
        help="an option of docker create for every container, as --docker-option=--memory=8g (repeatable)",
    )
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
        0 done, 1 the pipeline failed, 2 the command line is wrong, 130 interrupted, 141 nobody reads the output.

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
        _needs_execute(args)
        if args.definition is not None:
            return _write(project, args)
        return _show(project, args)
    except RefusedError as error:
        print(f"{options.prog}: {error}", file=sys.stderr)
        return 1
    except (UsageError, ParameterError) as error:
        print(f"{options.prog}: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough; what Python would flush at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _needs_execute(args: argparse.Namespace) -> None:
    """Refuse what only a run heeds: ignoring it in silence would look like having heeded it."""
    given = {"--input-dir": args.input_dir, "--runs-dir": args.runs_dir, "--fresh": args.fresh}
    given |= {"--docker-option": args.docker_option}
    if args.definition is not None:
        given |= {"--param": args.param, "--to": args.to}
    if useless := [flag for flag, value in given.items() if value]:
        raise UsageError(f"{', '.join(useless)}: for a run only; add --execute, or leave it out")


def _compile(project: Project) -> tuple[str, dict[str, Any]]:
    from step_scripts.local import sdk

    with sdk.compile_session() as session:
        pipeline = project.build(session)
        definition = json.loads(pipeline.definition())
    _reviewed(project, definition)
    return pipeline.name, definition


def _reviewed(project: Project, definition: Mapping[str, Any]) -> None:
    """Tell what the review found, and refuse a definition with errors."""
    try:
        found = list(project.review(definition)) if project.review else []
    except ValueError as error:
        raise RefusedError(str(error)) from None
    for finding in found:
        step = f"{finding.step}: " if finding.step else ""
        print(f"preflight: {step}{finding.severity} {finding.rule}: {finding.message}", file=sys.stderr)
        print(f"  at {finding.where}", file=sys.stderr)
    if any(finding.severity == "error" for finding in found):
        raise RefusedError("the service would refuse this definition; nothing was written or run")


def _show(project: Project, args: argparse.Namespace) -> int:
    name, definition = _compile(project)
    chosen = parse(args.param, definition["Parameters"])
    print(outline.render(name, definition, values=chosen, last=args.to and _known_step(args.to, definition)))
    print("\nNothing was run. Next: python pipeline.py --execute")
    return 0


def _known_step(name: str, definition: dict[str, Any]) -> str:
    steps = {step.name.lower(): step.name for step in outline.steps_of(definition)}
    if name.lower() not in steps:
        raise UsageError(f"--to {name}: no step is called {name}. {nearest(name, list(steps.values()))}")
    return steps[name.lower()]


def _write(project: Project, args: argparse.Namespace) -> int:
    path = Path(args.definition)
    if args.definition != "-" and (not args.definition or path.is_dir() or not path.parent.is_dir()):
        raise UsageError(f"--definition {args.definition!r}: expected a file in a folder that exists, or - for stdout")
    text = json.dumps(_compile(project)[1], indent=2) + "\n"
    if args.definition == "-":
        sys.stdout.write(text)
        return 0
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"--definition {path}: cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return 0


def _target(args: argparse.Namespace, preload: Sequence[str]) -> tuple[Target, str]:
    """Return where the jobs start, and what a person calls them."""
    from step_scripts.local.containers import Containers
    from step_scripts.local.processes import Processes

    if args.target == "docker":
        if args.fresh:
            raise UsageError("--fresh: a container is always a new one; leave it out")
        return Containers(options=args.docker_option), "in Docker containers"
    if args.docker_option:
        raise UsageError("--docker-option: for containers only; add --target docker, or leave it out")
    return Processes(preload=preload, fresh=args.fresh), "as processes"


def _execute(project: Project, args: argparse.Namespace) -> int:
    from step_scripts.local import progress, sdk
    from step_scripts.local.interrupt import InterruptedRunError
    from step_scripts.local.launch import run
    from step_scripts.local.target import TargetError

    folder, runs_dir = args.input_dir or project.input_dir, args.runs_dir or project.root / "runs"
    tables = _tables(folder, project.input_patterns)
    _writable(runs_dir)
    bundles = [bundle.of(script, project.root) for script in project.scripts]
    target, manner = _target(args, closure.of(project.scripts, find_project.read(project.root)).libraries)
    print(f"Running the pipeline {manner}, on the tables in {progress.shown(folder.resolve())}", flush=True)
    uploads: dict[str, Any] = {}

    def parameters(pipeline: Pipeline) -> dict[str, Any]:
        declared = [parameter.to_request() for parameter in pipeline.parameters]
        chosen = parse(args.param, declared)
        values = {parameter["Name"]: parameter.get("DefaultValue") for parameter in declared} | chosen
        store = in_s3(project.store_parameter, values[project.store_parameter])
        uploads[in_s3(project.input_parameter, values[project.input_parameter], folder=True)] = tables
        for code in bundles:
            uploads[f"{store}/{code.key}"] = code.files
        return chosen

    try:
        execution = run(
            project.build,
            runs_dir=runs_dir,
            target=target,
            parameters=parameters,
            uploads=uploads,
            review=lambda definition: _reviewed(project, definition),
            stop_after=args.to,
            on_event=progress.show,
        )
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"the run could not go on: {error.strerror or error}{where}: make room below {runs_dir}", file=sys.stderr)
        return 1
    except sdk.UnknownStepError as error:
        raise UsageError(f"--to {args.to}: {error}") from None
    except TargetError as error:
        raise RefusedError(str(error)) from None
    except InterruptedRunError as error:
        print(f"\n{error}: the jobs are stopped.", file=sys.stderr)
        if error.execution:
            print(progress.summary(error.execution), file=sys.stderr)
        return 130
    print(progress.summary(execution))
    return 0 if execution.status == "Succeeded" else 1


def in_s3(name: str, value: object, *, folder: bool = False) -> str:
    """Hold a parameter to being a place in S3, a bucket or a folder in one, without a slash at the end.

    Examples
    --------
    >>> in_s3("Store", "s3://step-scripts")
    's3://step-scripts'
    """
    found = S3_PLACE.fullmatch(str(value))
    if not found or (folder and not found[1]):
        expected = "s3://bucket/folder" if folder else "s3://bucket or s3://bucket/folder"
        raise ParameterError(f"--param {name}={value}: expected {expected}")
    return found[0]


def _may_be(path: Path, pattern: str) -> bool:
    """Tell whether an entry looks like a table of a pattern, but for the case or the ending of its name."""
    name = path.name.casefold()
    return fnmatch(name, pattern.casefold()) and name.endswith((*TABLE_SUFFIXES, *OTHER_TABLES))


def _writable(runs_dir: Path) -> None:
    """Find out before the SDK is imported, and leave no folder behind where nothing will be run."""
    made = next((path for path in (runs_dir, *runs_dir.parents) if path.exists()), Path())
    if not made.is_dir() or not os.access(made, os.W_OK | os.X_OK):
        raise UsageError(f"--runs-dir {runs_dir}: expected a folder that can be written; {made} is none")


def _tables(folder: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    if not folder.is_dir():
        raise UsageError(f"--input-dir {folder}: there is no such folder")
    found: dict[str, bytes] = {}
    for pattern in patterns:
        names = [path for path in sorted(folder.glob(pattern)) if path.name.endswith(TABLE_SUFFIXES)]
        if other := [path.name for path in folder.iterdir() if path not in names and _may_be(path, pattern)]:
            kinds = ", ".join(TABLE_SUFFIXES)
            raise UsageError(f"--input-dir {folder}: {', '.join(sorted(other))} would not be read; expected {kinds}")
        if not names:
            kinds = ", ".join(TABLE_SUFFIXES)
            raise UsageError(f"--input-dir {folder}: expected at least one file {pattern} ({kinds}), found none")
        for path in names:
            try:
                found[path.name] = path.read_bytes()
            except OSError as error:
                raise UsageError(f"--input-dir {folder}: {path.name} cannot be read: {error.strerror}") from None
    return found
