"""Everything this project needs of the SageMaker SDK and of moto that is not their public interface.

One file, so that an upgrade has one place to look at; what concerns local hosting is part two, `step_scripts.local.hosting`.
``tests/local/test_sdk_canaries.py`` fails when the SDK renames a symbol, or mends what made it necessary.

======================================================  ===============================================================
symbol                                                  why
======================================================  ===============================================================
telemetry_logging._send_telemetry_request (patched)     every call reports to an AWS bucket; the documented opt-out is a
                                                        file that makes each look-up of a default validate a schema
logging.basicConfig in core/experiments/_metrics.py     importing the SDK turns on the root logger
SAGEMAKER_VALIDATE_ROLE                                 the role check calls IAM's simulator, which moto lacks
pipeline_context.LocalPipelineSession                   captures steps and runs jobs; mlops.local's session of the same
                                                        name starts them at once
client.download_file (of our own session)               two requests and ten threads for each file of a bundle
steps.LocalSagemakerClient (patched)                    each ProcessingStep makes one, and with it a session of the
                                                        user's account, for nothing but the name of a method
_LocalPipelineExecution (subclassed)                    told when a step starts, succeeds and fails: no other place says
LocalPipelineExecutor._blocked_steps                    steps passed over: how a run stops after a step
PipelineGraph.step_map, adjacency_list                  which steps there are, and what a step needs
PipelineSession.create_model, context                   ModelBuilder takes no plain container definition
======================================================  ===============================================================
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import shutil
import warnings
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

from step_scripts._shared import StepScriptsError
from step_scripts._text import hint
from step_scripts.local import hosting
from step_scripts.local.patches import patched
from step_scripts.local.runner.order import RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

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


class UnknownStepError(StepScriptsError, ValueError):
    """A step that the pipeline does not have."""


class Observer(Protocol):
    """Who is told about the steps of a local execution, in the scheduler's own thread."""

    def started(self, name: str) -> None:
        """Hear that a step starts; what is raised here ends the execution, and reaches who has run it."""

    def succeeded(self, name: str, properties: Mapping[str, Any]) -> None:
        """Hear that a step is through, with its ``Describe*`` response."""

    def failed(self, name: str, reason: str) -> None:
        """Hear why a step failed."""


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
def loaded() -> Iterator[None]:
    """Import the SDK and keep it silent: no telemetry, no warnings about what we do on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        handlers, level = logging.root.handlers[:], logging.root.level
        with hurried():
            import sagemaker.mlops.local.pipeline  # noqa: F401  # brings all the rest
            from sagemaker.core.telemetry import telemetry_logging
            from sagemaker.mlops.workflow import steps
        logging.root.handlers[:] = handlers  # core/experiments/_metrics.py calls logging.basicConfig(level=INFO)
        logging.root.setLevel(level)
        with (
            patched(telemetry_logging, "_send_telemetry_request", lambda *_, **__: None),
            patched(steps, "LocalSagemakerClient", partial(steps.LocalSagemakerClient, object())),
        ):
            yield


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """Do without garbage collection where many objects come and hardly any goes: the SDK's import in 1.2 for 1.8 s."""
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
    """Lend a ``PipelineSession`` for writing definitions; it calls nothing and opens no socket.

    Examples
    --------
    >>> with compile_session() as session:  # doctest: +SKIP
    ...     text = build(session).definition()
    """
    with private_environment(region), loaded():
        from sagemaker.core.workflow.pipeline_context import PipelineSession

        yield PipelineSession(boto_session=_boto_session(region))


@contextlib.contextmanager
def local_session(folder: Path, region: str = REGION) -> Iterator[Any]:
    """Lend a session whose jobs run on this machine, and whose AWS is moto in this process.

    Parameters
    ----------
    folder
        Where the SDK keeps everything temporary.
    region
        AWS region of the session.
    """
    with private_environment(region):
        from moto import mock_aws  # before the SDK: clients made earlier are not mocked

        with mock_aws(), loaded(), hosting.mended((folder / RESULT).exists):
            from sagemaker.core.workflow.pipeline_context import LocalPipelineSession

            session = LocalPipelineSession(boto_session=_boto_session(region))
            session.config = {"local": {"container_root": str(folder)}}
            _download_directly(session.s3_resource.meta.client)
            yield session


def _download_directly(client: Any) -> None:  # noqa: ANN401
    """Let our own client fetch a file by one request; by default it makes two, and ten threads, for each file."""
    from botocore.exceptions import ClientError

    def download_file(**request: Any) -> None:  # noqa: ANN401
        try:
            body = client.get_object(Bucket=request["Bucket"], Key=request["Key"])["Body"]
        except client.exceptions.NoSuchKey:  # in the words in which the SDK expects it
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject") from None
        with open(request["Filename"], "wb") as file:  # noqa: PTH123  # whatever the SDK calls a path
            shutil.copyfileobj(body, file)

    client.download_file = download_file


@contextlib.contextmanager
def logged(path: Path) -> Iterator[None]:
    """Send what the SDK says of its work to a file, and nowhere else."""
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
    """Write the arguments of a ModelStep from a plain container definition, which ModelBuilder does not take."""
    session.init_model_step_arguments(SimpleNamespace(sagemaker_session=session))
    session.create_model(None, role, dict(container), enable_network_isolation=True)
    arguments, session.context = session.context, None
    return arguments


def prepare(
    pipeline: Any,  # noqa: ANN401
    *,
    session: Any,  # noqa: ANN401
    execution_id: str,
    parameters: Mapping[str, Any],
    observer: Observer,
    stop_after: str | None = None,
) -> LocalExecution:
    """Prepare an execution of a pipeline by the SDK's own local scheduler.

    Parameters
    ----------
    pipeline
        A ``Pipeline`` built under `session`.
    session
        What `local_session` lends.
    execution_id
        What ``ExecutionVariables.PIPELINE_EXECUTION_ID`` stands for.
    parameters
        Values of pipeline parameters, of the declared types; the others keep their defaults.
    observer
        Is told about each step.
    stop_after
        Run this step, in whatever case it is spelt, and what it needs, and nothing else.

    Raises
    ------
    UnknownStepError
        If the pipeline has no step of that name.
    botocore.exceptions.ClientError
        If the SDK refuses a parameter or a type of step.
    """
    from sagemaker.mlops.local.pipeline import LocalPipelineExecutor
    from sagemaker.mlops.local.pipeline_entities import _LocalPipelineExecution

    class ObservedExecution(_LocalPipelineExecution):  # type: ignore[misc]
        def mark_step_executing(self, step_name: str) -> None:
            super().mark_step_executing(step_name)
            observer.started(step_name)

        def update_step_properties(self, step_name: str, step_properties: Mapping[str, Any]) -> None:
            super().update_step_properties(step_name, step_properties)
            observer.succeeded(step_name, step_properties)

        def update_step_failure(self, step_name: str, failure_message: str) -> None:
            observer.failed(step_name, failure_message)
            super().update_step_failure(step_name, failure_message)

    execution = ObservedExecution(
        execution_id=execution_id, pipeline=pipeline, PipelineParameters=dict(parameters), local_session=session
    )
    executor = LocalPipelineExecutor(execution, session)
    if stop_after is not None:
        graph = executor.pipeline_dag
        stop_after = _known(stop_after, graph.step_map)
        executor._blocked_steps |= set(graph.step_map) - _needed(graph, stop_after)  # noqa: SLF001
    return LocalExecution(executor, stop_after)


class LocalExecution:
    """A prepared execution.

    Attributes
    ----------
    stop_after
        The step after which it stops, spelt as in the pipeline.
    """

    def __init__(self, executor: Any, stop_after: str | None) -> None:  # noqa: ANN401
        self._executor = executor
        self.stop_after = stop_after

    @property
    def steps(self) -> dict[str, str]:
        """Every step's name and type, branches included, in the order of the definition."""
        return {name: step.step_type.value for name, step in self._executor.pipeline_dag.step_map.items()}

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter with the value that it has in this execution."""
        return dict(self._executor.execution.pipeline_parameters)

    @property
    def requests(self) -> str:
        """Every step's arguments as text, references unresolved."""
        steps = self._executor.pipeline_dag.step_map.values()
        return json.dumps([step.arguments for step in steps], default=_plain)

    def run(self) -> bool:
        """Run to the end; return whether it succeeded."""
        return bool(self._executor.execute().status == "Succeeded")


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value.expr if hasattr(value, "expr") else value.to_request()


def _known(name: str, steps: Iterable[str]) -> str:
    spelt = {step.lower(): step for step in steps}
    if name.lower() not in spelt:
        raise UnknownStepError(f"no step is called {name}. {hint(name, spelt.values())}")
    return spelt[name.lower()]


def _needed(graph: Any, name: str) -> set[str]:  # noqa: ANN401
    needed = {name}
    while more := {step for step, after in graph.adjacency_list.items() if needed.intersection(after)} - needed:
        needed |= more
    return needed
