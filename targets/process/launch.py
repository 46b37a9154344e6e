"""One run: a private world around the SDK's own scheduler, and a record of what happened in it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import string
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import execution as records
from targets import sdk
from targets.process import storage
from targets.process.interrupt import Interrupt
from targets.process.order import Order
from targets.process.recorder import InterruptedRunError, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BIN = Path(__file__).resolve().parent / "bin"


def run(
    build: Callable[[Any], Any],
    *,
    runs_dir: Path,
    parameters: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None,
    uploads: Mapping[str, storage.Upload] | None = None,
    stop_after: str | None = None,
    on_event: Callable[[records.Step], None] = lambda _: None,
    image_environment: Mapping[str, str] | None = None,
) -> records.Execution:
    """Run a pipeline to its end, its jobs as child processes of this program.

    Parameters
    ----------
    build
        Builds the SDK's ``Pipeline`` under the session that it is given.
    runs_dir
        Folder for the executions' folders.
    parameters
        Values for pipeline parameters, of the declared types; or what makes them from the pipeline, which saves
        building it twice to check them.
    uploads
        What lies in S3 before the start: prefix to a folder, a file, or relative path to content.
    stop_after
        Run this step and what it needs, and nothing else.
    on_event
        Is called with a step when it starts (status ``Executing``) and when it ends.
    image_environment
        What the image's ``ENV`` lines set; every job sees it.

    Returns
    -------
    targets.execution.Execution
        The record, also when the pipeline failed; ``<runs_dir>/<id>/run.json`` says the same.

    Raises
    ------
    InterruptedRunError
        If Ctrl-C, SIGTERM or SIGHUP ended the run. Children are gone, ``run.json`` is written.
    targets.sdk.UnknownStepError
        If `stop_after` is no step of the pipeline.

    Examples
    --------
    >>> execution = run(build, runs_dir=Path("runs"), uploads={"s3://b/data": Path("fixtures")})  # doctest: +SKIP
    >>> execution.status, execution.step("Train").outputs["output"]  # doctest: +SKIP
    ('Succeeded', PosixPath('runs/2DRR2511NGO3/Train/output'))
    """
    started, clock = datetime.now(UTC), _Clock()
    with _private_folder() as private, Interrupt(private / "stop") as interrupt, _search_path() as search_path:
        with sdk.local_session(folder=private) as session:
            clock.lap("sdk")
            pipeline = build(session)
            chosen = parameters(pipeline) if callable(parameters) else parameters or {}
            execution = records.Execution(
                id="".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12)),
                pipeline=pipeline.name,
                target="process",
                folder=Path(),
                started=started,
                stop_after=stop_after,
                timings=clock.laps,
            )
            execution.folder = runs_dir.resolve() / execution.id

            def order(folder: Path) -> Order:
                (private / "result.json").unlink(missing_ok=True)
                return Order(
                    host=os.getpid(),
                    folder=str(private),
                    log=str(folder / "log.txt"),
                    failure=str(folder / "failure.txt"),
                    result=str(private / "result.json"),
                    stop=str(private / "stop"),
                    search_path=search_path,
                    image_environment=dict(image_environment or {}),
                    warm=False,
                )

            recorder = Recorder(
                execution,
                client=session.s3_client,
                order=order,
                private=private,
                interrupted=lambda: interrupt.heard,
                on_event=on_event,
            )
            local = sdk.start(
                pipeline,
                session=session,
                execution_id=execution.id,
                parameters=chosen,
                observer=recorder,
                stop_after=stop_after,
            )
            execution.parameters = local.parameters
            execution.steps = [records.Step(name, kind) for name, kind in local.steps.items()]
            clock.lap("compile")
            execution.folder.mkdir(parents=True)
            with _recorded(execution, clock):
                client = session.s3_client
                for bucket in storage.buckets_in(f"{local.requests} {local.parameters} {list(uploads or {})}"):
                    client.create_bucket(Bucket=bucket)
                storage.upload(client, uploads or {})
                clock.lap("upload")
                interrupt.scheduling = True
                execution.status = records.SUCCEEDED if local.run() else records.FAILED
                interrupt.scheduling = False
            return execution


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
def _search_path() -> Iterator[str]:
    """Put the program that plays Docker first on PATH; give the PATH of before."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(BIN), before])
    try:
        yield before
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
