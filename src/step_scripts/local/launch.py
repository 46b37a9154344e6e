"""One run of a pipeline: a private environment around the SDK's own scheduler, and a record of what happens."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import string
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local import execution as records
from step_scripts.local import needs, scheduler, sdk, stand_in, storage
from step_scripts.local.door import Door
from step_scripts.local.endpoints import Endpoints
from step_scripts.local.endpoints.account import AccountEndpoints
from step_scripts.local.executors.base import Context
from step_scripts.local.interrupt import Interrupt, InterruptedRunError, Phase
from step_scripts.local.processes import Processes
from step_scripts.local.recorder import Recorder
from step_scripts.local.runner.job_spec import STOP, RunSpec
from step_scripts.sandbox.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from step_scripts.local.target import Target

ID_ALPHABET = string.ascii_uppercase + string.digits  # the service's
_USE_THE_REGISTRY = frozenset({"RegisterModel", "Lambda"})  # a function may


def run(
    build: Callable[[Any], Any],
    *,
    runs_dir: Path,
    target: Target | None = None,
    parameters: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None,
    uploads: Mapping[str, storage.Upload] | None = None,
    review: Callable[[Mapping[str, Any]], object] = lambda _: None,
    stop_after: str | None = None,
    on_event: Callable[[records.Step], None] = lambda _: None,
    on_line: Callable[[str, str], None] = lambda _, __: None,
    registry: Path | None = None,
    project: Path | None = None,
    hits: Mapping[str, Mapping[str, Any]] | None = None,
) -> records.Execution:
    """Run a pipeline to its end.

    Parameters
    ----------
    build
        Builds the SDK's ``Pipeline`` under the session that it is given.
    runs_dir
        Folder for the executions' folders.
    target
        Where the jobs start. By default, as child processes of this one.
    parameters
        Values for pipeline parameters, of the declared types; or a function that returns them for the pipeline, which
        saves building it a second time to check them.
    uploads
        What is in S3 before the start: prefix to a folder, a file, or relative path to content. It is read after
        `parameters`, which may fill it.
    review
        Called with the definition before anything is run; it may raise.
    stop_after
        Run this step and what it needs, and nothing else.
    on_event
        Called with a step when it starts (status ``Executing``) and when it ends.
    on_line
        Called with a step's name and a line for a person, while the step runs.
    registry
        Where registered models last. By default, in `runs_dir`, as deployed endpoints do.
    project
        The project's folder, with its ``functions``. By default, the working directory.
    hits
        Properties of steps that do not run: those of an earlier execution, as the service's cache has them. What they
        name has to be in `uploads`.

    Returns
    -------
    step_scripts.local.execution.Execution
        The record, also of a pipeline that failed; ``<runs_dir>/<id>/run.json`` has the same content.

    Raises
    ------
    InterruptedRunError
        If Ctrl-C, SIGTERM or SIGHUP ended the run. Its jobs have ended, ``run.json`` is written.
    step_scripts.local.scheduler.UnknownStepError
        If `stop_after` is no step of the pipeline.
    step_scripts.local.scheduler.StepTypeError
        If a step cannot run on this machine. Nothing has been run.
    step_scripts.local.target.TargetError
        If the target cannot run these jobs. Nothing has been run.
    step_scripts.sandbox.registry.RegistryError
        If the registry, which a step needs, is broken. Nothing has been run.

    Examples
    --------
    >>> execution = run(build, runs_dir=Path("runs"), uploads={"s3://b/data": Path("fixtures")})  # doctest: +SKIP
    >>> execution.status, execution.step("Train").outputs["output"]  # doctest: +SKIP
    ('Succeeded', PosixPath('runs/2DRR2511NGO3/Train/output'))
    """
    clock, target, uploads = _Clock(), target or Processes(), {} if uploads is None else uploads
    with Interrupt() as interrupt, contextlib.ExitStack() as until_jobs:
        until_jobs.enter_context(sdk.gc_paused())
        state = runs_dir.resolve()
        deployed = AccountEndpoints(Endpoints(state / "endpoints", target=target))
        with (
            stage(interrupt, target, registry=registry or state / "registry", servers=deployed) as (session, spec),
            contextlib.closing(Door(session.boto_region_name)) as door,
        ):
            clock.lap("sdk")
            pipeline = build(session)
            definition = json.loads(pipeline.definition())
            review(definition)
            execution = _new_record(pipeline.name, runs_dir, target, clock)
            isolated = frozenset(needs.isolated(definition))
            context = Context(
                session=session,
                execution_id=execution.id,
                folder=execution.folder,
                spec=spec,
                door=door,
                interrupt=interrupt,
                state=state,
                project=(project or Path.cwd()).resolve(),
                isolated=isolated,
            )
            local = scheduler.prepare(
                pipeline,
                context=context,
                parameters=parameters(pipeline) if callable(parameters) else parameters or {},
                observer=Recorder(execution, spec, session.s3_client, interrupt, on_event, on_line, isolated=isolated),
                stop_after=stop_after,
                hits=hits,
            )
            execution.parameters, execution.stop_after = local.parameters, local.stop_after
            execution.steps = [records.Step(name, kind) for name, kind in local.steps.items()]
            target.check(needs.images(definition, local.parameters))
            if _USE_THE_REGISTRY.intersection(local.steps.values()):
                Registry(registry or state / "registry").check()
            clock.lap("compile")
            interrupt.check()

            execution.folder.mkdir(parents=True)
            with _recorded(execution, clock, interrupt), sdk.logged(execution.folder / "sdk.log"):
                _fill_storage(session.s3_client, local, uploads, interrupt)
                clock.lap("upload")
                until_jobs.close()
                interrupt.phase = Phase.RUNNING
                with _settled(deployed, execution, interrupt):
                    execution.status = records.SUCCEEDED if local.run() else records.FAILED
                    interrupt.check()
        return execution


@contextlib.contextmanager
def stage(
    interrupt: Interrupt, target: Target, *, registry: Path | None = None, servers: AccountEndpoints | None = None
) -> Iterator[tuple[Any, RunSpec]]:
    """Set up a private environment: a folder, the target, the stand-in for Docker, the SDK, and moto as AWS.

    Yields a session of the SDK, and what the jobs of this run share.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_private_folder())
        interrupt.stop_file = folder / STOP
        try:
            settings = stack.enter_context(target.opened(folder))
            stack.enter_context(stand_in.on_path(folder))
            session = stack.enter_context(sdk.local_session(folder, registry=registry, servers=servers))
            interrupt.check()
            yield session, RunSpec(folder, target.name, settings)
        finally:
            interrupt.phase = Phase.CLEANUP


def _new_record(pipeline: str, runs_dir: Path, target: Target, clock: _Clock) -> records.Execution:
    execution_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(12))
    return records.Execution(
        id=execution_id,
        pipeline=pipeline,
        target=target.name,
        folder=runs_dir.resolve() / execution_id,
        started=clock.started,
        timings=clock.laps,
    )


def _fill_storage(
    client: Any,  # noqa: ANN401  # botocore creates its classes at run time
    local: scheduler.LocalExecution,
    uploads: Mapping[str, storage.Upload],
    interrupt: Interrupt,
) -> None:
    """Create every bucket that is named anywhere, and upload what the pipeline reads."""
    for bucket in storage.buckets_in(f"{local.requests} {local.parameters} {list(uploads)}"):
        client.create_bucket(Bucket=bucket)
    for uri, source in uploads.items():
        interrupt.check()
        storage.upload(client, {uri: source})


@contextlib.contextmanager
def _settled(deployed: AccountEndpoints, execution: records.Execution, interrupt: Interrupt) -> Iterator[None]:
    """Wait for endpoints that a step has left in progress: the run fails with them. No half-made one stays."""
    try:
        yield
        for reason in deployed.settle(interrupt.check):
            execution.status = records.FAILED
            execution.failure = execution.failure or records.Failure(None, reason)
    except BaseException:
        interrupt.phase = Phase.CLEANUP  # a second signal leaves none half made, either
        deployed.cancel()
        raise


@contextlib.contextmanager
def _recorded(execution: records.Execution, clock: _Clock, interrupt: Interrupt) -> Iterator[None]:
    """Write run.json in every case."""
    try:
        yield
    except BaseException as error:
        if interrupt.received:
            execution.end(records.INTERRUPTED)
            raise InterruptedRunError(execution=execution) from error
        execution.end(records.FAILED)
        execution.failure = execution.failure or records.Failure(None, f"{type(error).__name__}: {error}")
        raise
    finally:
        execution.seconds = clock.total()
        execution.write()


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="step-scripts-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Clock:
    """Seconds since the start, and since the last lap."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self._start = self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name], self._last = now - self._last, now

    def total(self) -> float:
        return time.monotonic() - self._start
