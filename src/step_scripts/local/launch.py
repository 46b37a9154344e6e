"""One run: a private world around the SDK's own scheduler, and a record of what happened in it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import string
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts.local import execution as records
from step_scripts.local import needs, sdk, storage
from step_scripts.local.interrupt import Interrupt, InterruptedRunError
from step_scripts.local.processes import Processes
from step_scripts.local.recorder import Recorder
from step_scripts.local.runner.container import BIN
from step_scripts.local.runner.order import Orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from step_scripts.local.target import Target

ID_ALPHABET = string.ascii_uppercase + string.digits  # the service's


def run(
    build: Callable[[Any], Any],
    *,
    runs_dir: Path,
    target: Target | None = None,
    parameters: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None,
    uploads: Mapping[str, storage.Upload] | None = None,
    review: Callable[[Mapping[str, Any]], object] | None = None,
    stop_after: str | None = None,
    on_event: Callable[[records.Step], None] = lambda _: None,
) -> records.Execution:
    """Run a pipeline to its end.

    Parameters
    ----------
    build
        Builds the SDK's ``Pipeline`` under the session that it is given.
    runs_dir
        Folder for the executions' folders.
    target
        Where the jobs start; as child processes of this one unless told otherwise.
    parameters
        Values for pipeline parameters, of the declared types; or what makes them from the pipeline, which saves
        building it a second time to check them.
    uploads
        What lies in S3 before the start: prefix to a folder, a file, or relative path to content. Looked at after
        `parameters`, which may fill it.
    review
        Is called with the definition before anything is run; it may raise.
    stop_after
        Run this step and what it needs, and nothing else.
    on_event
        Is called with a step when it starts (status ``Executing``) and when it ends.

    Returns
    -------
    step_scripts.local.execution.Execution
        The record, also of a pipeline that failed; ``<runs_dir>/<id>/run.json`` says the same.

    Raises
    ------
    InterruptedRunError
        If Ctrl-C, SIGTERM or SIGHUP ended the run. Its jobs are gone, ``run.json`` is written.
    step_scripts.local.sdk.UnknownStepError
        If `stop_after` is no step of the pipeline.
    step_scripts.local.target.TargetError
        If the target cannot take these jobs; nothing has been run.

    Examples
    --------
    >>> execution = run(build, runs_dir=Path("runs"), uploads={"s3://b/data": Path("fixtures")})  # doctest: +SKIP
    >>> execution.status, execution.step("Train").outputs["output"]  # doctest: +SKIP
    ('Succeeded', PosixPath('runs/2DRR2511NGO3/Train/output'))
    """
    started, clock, target = datetime.now(UTC), _Clock(), target or Processes()
    with Interrupt() as interrupt, contextlib.ExitStack() as stack:
        hurry = stack.enter_context(contextlib.ExitStack())
        hurry.enter_context(sdk.hurried())
        session, orders = stack.enter_context(stage(interrupt, target))
        clock.lap("sdk")
        interrupt.check()

        pipeline = build(session)
        definition = json.loads(pipeline.definition())
        if review:
            review(definition)
        chosen = parameters(pipeline) if callable(parameters) else parameters or {}
        execution_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(12))
        execution = records.Execution(
            id=execution_id,
            pipeline=pipeline.name,
            target=target.name,
            folder=runs_dir.resolve() / execution_id,
            started=started,
            timings=clock.laps,
        )
        local = sdk.prepare(
            pipeline,
            session=session,
            execution_id=execution_id,
            parameters=chosen,
            observer=Recorder(
                execution, orders, session.s3_client, interrupt, on_event, isolated=needs.isolated(definition)
            ),
            stop_after=stop_after,
        )
        execution.parameters, execution.stop_after = local.parameters, local.stop_after
        execution.steps = [records.Step(name, kind) for name, kind in local.steps.items()]
        target.check(needs.images(definition, local.parameters))
        clock.lap("compile")
        interrupt.check()

        execution.folder.mkdir(parents=True)
        with _recorded(execution, clock), sdk.logged(execution.folder / "sdk.log"):
            for bucket in storage.buckets_in(f"{local.requests} {local.parameters} {list(uploads or {})}"):
                session.s3_client.create_bucket(Bucket=bucket)
            storage.upload(session.s3_client, uploads or {})
            clock.lap("upload")
            hurry.close()
            interrupt.scheduling = True
            execution.status = records.SUCCEEDED if local.run() else records.FAILED
        return execution


@contextlib.contextmanager
def stage(interrupt: Interrupt, target: Target) -> Iterator[tuple[Any, Orders]]:
    """Set up the private world: a folder, the target, a program that plays Docker, the SDK, and moto as AWS.

    Lends a session of the SDK, and the orders for its jobs.
    """
    with (
        _private_folder() as folder,
        target.opened(folder) as settings,
        _playing_docker(),
        sdk.local_session(folder) as session,
    ):
        interrupt.stop_file = stop = folder / "stop"
        try:
            yield session, Orders(folder=folder, stop=stop, target=target.name, settings=settings)
        finally:
            interrupt.clearing = True


@contextlib.contextmanager
def _recorded(execution: records.Execution, clock: _Clock) -> Iterator[None]:
    """Write run.json however the run ends."""
    try:
        yield
    except InterruptedRunError as error:
        execution.status = records.INTERRUPTED
        error.execution = execution
        raise
    except Exception as error:
        execution.status = records.FAILED
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


@contextlib.contextmanager
def _playing_docker() -> Iterator[None]:
    """Put the program that plays Docker first on PATH."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(BIN), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


class _Clock:
    """Seconds since the start, and since the last lap."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name], self._last = now - self._last, now

    def total(self) -> float:
        return time.monotonic() - self._start
