"""One local run of a pipeline, as its command line asks for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from step_scripts import closure
from step_scripts.jobs import bundle
from step_scripts.pipeline.errors import RefusedError, UsageError
from step_scripts.pipeline.inputs import in_s3, require_data, require_writable, tables
from step_scripts.pipeline.parameters import parse
from step_scripts.pipeline.review import review

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from step_scripts.local.execution import Execution
    from step_scripts.local.target import Target
    from step_scripts.pipeline.source import Source


def execute(source: Source, args: argparse.Namespace) -> int:
    """Run the pipeline, print its progress and its summary, and return the exit code.

    Raises
    ------
    UsageError
        When an option cannot be carried out.
    RefusedError
        When the service would refuse the definition, or the target cannot run it.
    """
    from step_scripts.local import progress
    from step_scripts.local.interrupt import InterruptedRunError

    folder = args.input_dir or source.project.folder("fixtures")
    patterns = source.input_patterns
    if args.input_dir and source.project.inputs and not patterns:
        raise UsageError(f"--input-dir {args.input_dir}: {source.program} reads no tables; leave it out")
    uploads = _Uploads(source, args.param, tables(folder, patterns) if patterns or args.input_dir else {})
    require_data(source.project.root, source.local_data)
    runs_dir = args.runs_dir or source.project.root / "runs"
    require_writable(runs_dir)
    if args.registry:
        require_writable(args.registry, option="--registry")
    target, manner = _target(source, args)
    data = f", on the tables in {progress.shown(folder.resolve())}" if patterns else ""
    print(f"Running the pipeline {manner}{data}", flush=True)
    try:
        with bundle.recorded() as uploads.bundles:
            execution = _run(source, uploads, runs_dir=runs_dir, registry=args.registry, target=target, to=args.to)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        fix = f"free some space in {runs_dir}, or name another --runs-dir"
        print(f"the run stopped: {error.strerror or error}{where}; {fix}", file=sys.stderr)
        return 1
    except InterruptedRunError as error:
        print(f"\n{error}: the jobs are stopped.", file=sys.stderr)
        if error.execution:
            print(progress.summary(error.execution), file=sys.stderr)
        return 130
    print(progress.summary(execution))
    return 0 if execution.status == "Succeeded" else 1


@dataclass
class _Uploads:
    """What lies in S3 before the run starts: the input tables, and the bundles that the build has made."""

    source: Source
    assignments: Sequence[str]
    tables: Mapping[str, bytes]
    bundles: dict[str, bundle.Bundle] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)

    def parameters(self, pipeline: Any) -> dict[str, Any]:  # noqa: ANN401 - the SDK has no types
        """Return the values of the parameters on the command line, and fill `content` with what they refer to."""
        declared = [parameter.to_request() for parameter in pipeline.parameters]
        chosen = parse(self.assignments, declared)
        values = {parameter["Name"]: parameter.get("DefaultValue") for parameter in declared} | chosen
        if self.source.input_patterns:
            name = self.source.input_parameter
            self.content[in_s3(name, _value(name, values), folder=True)] = self.tables
        for name, place in self.source.local_data.items():
            self.content[in_s3(name, _value(name, values), folder=True)] = self.source.project.root / place
        if self.bundles:
            name = self.source.store_parameter
            store = in_s3(name, _value(name, values))
            self.content |= {f"{store}/{key}": made.files for key, made in self.bundles.items()}
        return chosen


def _value(name: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of any type, until it is checked
    if name not in values:
        raise RefusedError(
            f"the pipeline has no parameter {name}: expected one that holds a place in S3; add it, or give "
            "its name to main(build, input_parameter=..., store_parameter=...)"
        )
    return values[name]


def _target(source: Source, args: argparse.Namespace) -> tuple[Target, str]:
    """Return where the jobs start, and how that is called."""
    from step_scripts.local.containers import Containers
    from step_scripts.local.processes import Processes

    if args.target == "docker":
        return Containers(options=args.docker_option), "in Docker containers"
    return Processes(preload=closure.of(source.scripts, source.project).libraries, fresh=args.fresh), "as processes"


def _run(
    source: Source, uploads: _Uploads, *, runs_dir: Path, registry: Path | None, target: Target, to: str | None
) -> Execution:
    from step_scripts.local import progress, scheduler
    from step_scripts.local.launch import run
    from step_scripts.local.target import TargetError

    try:
        return run(
            source.build,
            runs_dir=runs_dir,
            registry=registry and registry.resolve(),
            target=target,
            parameters=uploads.parameters,
            uploads=uploads.content,
            review=lambda definition: review(definition, source.project.root),
            stop_after=to,
            on_event=progress.show,
            on_line=progress.show_line,
            project=source.project.root,
        )
    except scheduler.UnknownStepError as error:
        raise UsageError(f"--to {to}: {error}") from None
    except TargetError as error:
        raise RefusedError(str(error)) from None
