"""Everything that we need of the SageMaker SDK and of moto, and that is not their public interface.

It is in one place, so that an upgrade has one place to look at. `step_scripts.local.scheduler` has the part for the
local scheduler, `step_scripts.local.hosting` the part for local endpoints and batch transforms.
``tests/step_scripts/runs/test_sdk_canaries.py`` fails when the SDK renames a symbol, or no longer needs what we do.

======================================================  ===============================================================
symbol                                                  why
======================================================  ===============================================================
telemetry_logging._send_telemetry_request (patched)     every call reports to an AWS bucket; the documented opt-out is a
                                                        file, which makes each look-up of a default validate a schema
logging.basicConfig in core/experiments/_metrics.py     importing the SDK turns on the root logger
SAGEMAKER_VALIDATE_ROLE                                 the role check calls IAM's simulator, which moto lacks
pipeline_context.LocalPipelineSession                   captures steps and runs jobs; mlops.local's session of the same
                                                        name starts them at once
client.download_file, put_object (of our own session)   a request takes 5 ms, a download two and ten threads, and a run
                                                        moves hundreds of files of code: we call moto's storage
steps.LocalSagemakerClient (patched)                    each ProcessingStep makes one, and with it a session of the
                                                        user's account, only for the name of a method
common_utils.create_tar_file (patched)                  writes times and users into a model's archive, so that the same
                                                        model has other bytes each time
image._stream_output (patched)                          waits for a job, while which other threads may use the session
PipelineSession.create_model, context                   ModelBuilder takes no plain container definition
_StepArguments.func, PipelineSession.context            ModelTrainer takes no parameter as role, volume or time, and a
                                                        step builds its request anew each time it is read;
                                                        HyperparameterTuner drops network isolation and a seed of 0,
                                                        takes no parameter as a limit, and wraps hyperparameters
======================================================  ===============================================================
"""

from __future__ import annotations

import contextlib
import functools
import gc
import gzip
import logging
import os
import tarfile
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from step_scripts.local import hosting
from step_scripts.local.patches import patched
from step_scripts.local.runner.job_spec import RESULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from threading import Lock

    from step_scripts.sandbox.endpoints import Servers

REGION = "us-east-1"
_PRIVATE = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": os.devnull,
    "SAGEMAKER_USER_CONFIG_OVERRIDE": os.devnull,
    "SAGEMAKER_VALIDATE_ROLE": "false",
}


@contextlib.contextmanager
def private_environment(region: str = REGION) -> Iterator[None]:
    """Hide the user's AWS account, profiles and SDK configuration from this process for a while."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(_PRIVATE, AWS_DEFAULT_REGION=region, AWS_REGION=region)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def patched_sdk() -> Iterator[None]:
    """Import the SDK, without telemetry and without warnings about what we do on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        handlers, level = logging.root.handlers[:], logging.root.level
        with gc_paused():
            import sagemaker.mlops.local.pipeline  # noqa: F401  # imports all the rest
            from sagemaker.core import common_utils
            from sagemaker.core.telemetry import telemetry_logging
            from sagemaker.mlops.workflow import steps
        logging.root.handlers[:] = handlers  # core/experiments/_metrics.py calls logging.basicConfig(level=INFO)
        logging.root.setLevel(level)
        with (
            patched(telemetry_logging, "_send_telemetry_request", lambda *_, **__: None),
            patched(common_utils, "create_tar_file", create_tar_file),
            patched(steps, "LocalSagemakerClient", functools.partial(steps.LocalSagemakerClient, object())),
        ):
            yield


@contextlib.contextmanager
def gc_paused() -> Iterator[None]:
    """Pause garbage collection while many objects are made and few dropped: the SDK's import takes 1.2 s, not 1.8."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.freeze()
            gc.enable()


def _boto_session(region: str) -> Any:  # noqa: ANN401
    import boto3

    return boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=region)  # noqa: S106


@contextlib.contextmanager
def compile_session(region: str = REGION) -> Iterator[Any]:
    """Yield a ``PipelineSession`` for writing definitions. It calls no service and opens no socket.

    Examples
    --------
    >>> with compile_session() as session:  # doctest: +SKIP
    ...     text = build(session).definition()
    """
    with private_environment(region), patched_sdk():
        from sagemaker.core.workflow.pipeline_context import PipelineSession

        yield PipelineSession(boto_session=_boto_session(region))


@contextlib.contextmanager
def local_session(
    folder: Path, *, registry: Path | None = None, servers: Servers | None = None, region: str = REGION
) -> Iterator[Any]:
    """Yield a session whose jobs run on this machine, and whose AWS is moto in this process.

    Parameters
    ----------
    folder
        Where the SDK keeps all temporary files.
    registry
        Where model packages last. By default, they end with the session.
    servers
        The machine's endpoints, which the account's endpoints are. By default, those of the account serve nothing.
    region
        AWS region of the session.
    """
    with private_environment(region):
        from moto import mock_aws  # before the SDK: clients made earlier are not mocked

        from step_scripts.sandbox import backend

        account = backend.installed(registry or folder / "registry", servers=servers)
        with account, mock_aws(), patched_sdk(), hosting.patched_hosting((folder / RESULT).exists):
            from sagemaker.core.workflow.pipeline_context import LocalPipelineSession

            session = LocalPipelineSession(boto_session=_boto_session(region))
            session.config = {"local": {"container_root": str(folder)}}
            _move_files_directly(session)
            yield session


def create_tar_file(source_files: Sequence[str], target: str) -> str:
    """Write files and folders to an archive whose bytes depend on their names, modes and content only."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with (
        gzip.GzipFile(target, "wb", compresslevel=6, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", dereference=True) as archive,
    ):
        for path in sorted(source_files):
            archive.add(path, arcname=os.path.basename(path), filter=plain)  # noqa: PTH119  # a text, as the SDK has it
    return target


def _move_files_directly(session: Any) -> None:  # noqa: ANN401
    """Make our own clients put and fetch files in moto's storage, without requests."""
    from botocore.exceptions import ClientError
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    storage, put_by_request = s3_backends[DEFAULT_ACCOUNT_ID]["aws"], session.s3_client.put_object

    def put_object(**request: Any) -> Any:  # noqa: ANN401
        if set(request) != {"Bucket", "Key", "Body"} or not isinstance(request["Body"], bytes):
            return put_by_request(**request)
        return storage.put_object(request["Bucket"], request["Key"], request["Body"])

    def download_file(**request: Any) -> None:  # noqa: ANN401
        found = storage.get_object(request["Bucket"], request["Key"])
        if found is None:  # the error that the SDK expects
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        Path(request["Filename"]).write_bytes(found.value)

    session.s3_client.put_object = put_object
    session.s3_resource.meta.client.download_file = download_file


@contextlib.contextmanager
def released_while_a_job_runs(lock: Lock) -> Iterator[None]:
    """Let a thread that runs a job release a lock while it waits for the job's end.

    The SDK's sessions, clients and resources are not made for threads. With a lock around each call of it, one thread
    at a time is inside the SDK, and jobs run in parallel all the same.
    """
    from sagemaker.core.local import image

    wait = image._stream_output  # noqa: SLF001

    def release_and_wait(process: Any) -> Any:  # noqa: ANN401
        lock.release()
        try:
            return wait(process)
        finally:
            lock.acquire()

    with patched(image, "_stream_output", release_and_wait):
        yield


@contextlib.contextmanager
def logged(path: Path) -> Iterator[None]:
    """Send the SDK's log to a file, and nowhere else."""
    logger, handler = logging.getLogger("sagemaker"), logging.FileHandler(path, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        handler.close()


def create_model_arguments(session: Any, *, role: str, container: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the arguments of a ModelStep for a plain container definition, which ModelBuilder does not take."""
    session.init_model_step_arguments(SimpleNamespace(sagemaker_session=session))
    session.create_model(None, role, dict(container), enable_network_isolation=True)
    arguments, session.context = session.context, None
    request = arguments.create_model_request
    if "Containers" in request:  # of a package, for which the SDK makes a list; settings lie in one container
        (request["PrimaryContainer"],) = request.pop("Containers")
    return arguments


def register_model_arguments(session: Any, **request: Any) -> Any:  # noqa: ANN401
    """Return the arguments of a ModelStep that registers plain container definitions, as above."""
    from sagemaker.core.model_registry import create_model_package_from_containers

    session.init_model_step_arguments(SimpleNamespace(sagemaker_session=session))
    create_model_package_from_containers(session, **request)
    arguments, session.context = session.context, None
    return arguments


def edited_arguments(session: Any, step_args: Any, edit: Callable[[dict[str, Any]], None]) -> Any:  # noqa: ANN401
    """Let a function change the request of a step's arguments, each time that the SDK builds it."""
    build = step_args.func

    @functools.wraps(build)
    def build_and_edit(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        built = build(*args, **kwargs)
        edit(session.context.args)
        return built

    step_args.func = build_and_edit
    return step_args
