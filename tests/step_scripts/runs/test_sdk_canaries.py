"""Each test here fails when the SDK or moto makes a line of `local.sdk` or `local.scheduler` wrong or needless."""

import inspect
import os
import subprocess
import sys
import tarfile

import pytest

from step_scripts.local import sdk
from step_scripts.local.runner import container

ROLE = "arn:aws:iam::111122223333:role/any"


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A local session."""
    with sdk.local_session(tmp_path_factory.mktemp("sdk")) as session:
        yield session


def test_telemetry_goes_through_the_name_that_we_patch(session, monkeypatch):
    """A call of the SDK reports by `_send_telemetry_request`."""
    from sagemaker.core.telemetry import telemetry_logging

    sent = []
    monkeypatch.setattr(telemetry_logging, "_send_telemetry_request", lambda *arguments: sent.append(arguments))
    session.sagemaker_client.create_model("any", {"Image": "any"})
    assert len(sent) == 1


def test_telemetry_swallows_a_keyboard_interrupt(session):
    """So an interrupt of a run is no KeyboardInterrupt."""
    from sagemaker.core.telemetry.constants import Feature
    from sagemaker.core.telemetry.telemetry_logging import _telemetry_emitter

    class Interrupted:
        sagemaker_session = session

        @_telemetry_emitter(Feature.LOCAL_MODE, "any")
        def call(self):
            raise KeyboardInterrupt

    assert Interrupted().call() is None


def test_the_import_turns_on_the_root_logger():
    """So `step_scripts.local.sdk` restores the root logger."""
    from sagemaker.core.experiments import _metrics

    assert "logging.basicConfig(" in inspect.getsource(_metrics)


def test_moto_lacks_the_role_check(session):
    """So the check is off: with it, no job could be described."""
    from sagemaker.core.helper.iam_role_resolver import resolve_and_validate_role

    checked = {"provided_role": ROLE, "role_type": "training", "sagemaker_session": session}
    assert resolve_and_validate_role(**checked) == ROLE
    iam = session.boto_session.client("iam")
    with pytest.raises(NotImplementedError):
        iam.simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=["s3:GetObject"])
    assert "SAGEMAKER_VALIDATE_ROLE" in inspect.getsource(resolve_and_validate_role)


def test_there_are_two_local_pipeline_sessions():
    """The one that captures steps cannot create pipelines, and the one that can starts jobs at once."""
    from sagemaker.core.workflow import pipeline_context
    from sagemaker.mlops import local

    assert not hasattr(pipeline_context.LocalPipelineSession, "create_pipeline")
    assert not issubclass(local.LocalPipelineSession, pipeline_context.PipelineSession)


@pytest.mark.parametrize(
    ("method", "names"),
    [
        ("mark_step_executing", ["self", "step_name"]),
        ("update_step_properties", ["self", "step_name", "step_properties"]),
        ("update_step_failure", ["self", "step_name", "failure_message"]),
    ],
)
def test_the_scheduler_calls_these_methods(method, names):
    """The methods that we override exist, with the parameters that we pass on."""
    from sagemaker.mlops.local.pipeline import LocalPipelineExecutor
    from sagemaker.mlops.local.pipeline_entities import _LocalPipelineExecution

    assert list(inspect.signature(getattr(_LocalPipelineExecution, method)).parameters) == names
    source = inspect.getsource(sys.modules[LocalPipelineExecutor.__module__])
    assert f"execution.{method}(" in source


def test_the_scheduler_skips_blocked_steps():
    """The loop over the steps reads the set that we fill."""
    from sagemaker.mlops.local.pipeline import LocalPipelineExecutor

    assert "not in self._blocked_steps" in inspect.getsource(LocalPipelineExecutor.execute)


def test_exit_code_130_counts_as_success():
    """So the runner never exits with it."""
    from sagemaker.core.local.image import _stream_output

    program = [sys.executable, "-c", "raise SystemExit(130)"]
    assert _stream_output(subprocess.Popen(program, stdout=subprocess.PIPE)) == 130


def test_a_training_job_waits_where_we_release_the_lock():
    """The waiting is one call, by the name that `released_while_a_job_runs` patches, after the job has started."""
    from sagemaker.core.local import image

    before, after = inspect.getsource(image._SageMakerContainer.train).split("_stream_output(process)")
    assert "subprocess.Popen(" in before
    assert "retrieve_artifacts(" in after


@pytest.mark.usefixtures("session")
def test_an_archive_has_the_same_bytes_each_time(tmp_path):
    """Times, users and the order of a folder's files are not in it; the SDK's own function would write them."""
    from sagemaker.core import common_utils
    from sagemaker.core.local import image

    assert "common_utils.create_tar_file(" in inspect.getsource(image._SageMakerContainer.retrieve_artifacts)
    found = []
    for name, second in (("one", 1), ("two", 10**9)):
        (tmp_path / name / "code").mkdir(parents=True)
        for path in (tmp_path / name / "model.json", tmp_path / name / "code" / "serve.py"):
            path.write_text("content")
            os.utime(path, (second, second))
        archive = tmp_path / name / "model.tar.gz"
        sources = [str(tmp_path / name / part) for part in ("model.json", "code")]
        common_utils.create_tar_file(sources if name == "one" else sources[::-1], str(archive))
        found.append(archive.read_bytes())
    assert found[0] == found[1]
    with tarfile.open(tmp_path / "one" / "model.tar.gz") as files:
        assert files.extractfile("code/serve.py").read() == b"content"


def test_the_sdk_takes_our_program_for_docker(monkeypatch):
    """It asks for its version and for an image, and calls `docker compose -f FILE up`."""
    from sagemaker.core.local import image

    monkeypatch.setenv("PATH", str(container.BIN), prepend=":")
    assert image._SageMakerContainer._get_compose_cmd_prefix() == ["docker", "compose"]
    assert image._ecr_login_if_needed(None, "111122223333.dkr.ecr.us-east-1.amazonaws.com/any:latest") is False
    assert '"-f"' in inspect.getsource(image._SageMakerContainer._compose)


def test_a_model_is_captured_as_a_plain_request(session):
    """The request of a ModelStep holds the container that we gave, and the session captures nothing more."""
    arguments = sdk.create_model_arguments(session, role=ROLE, container={"Image": "any", "ModelDataUrl": "s3://b/m"})
    assert arguments.create_model_request["PrimaryContainer"]["Image"] == "any"
    assert arguments.create_model_request["ExecutionRoleArn"] == ROLE
    assert session.context is None


@pytest.mark.usefixtures("session")
def test_a_processing_step_makes_a_session_for_a_name():
    """So the class gets a plain object as its session."""
    from sagemaker.mlops.workflow import steps

    assert "LocalSagemakerClient().create_processing_job.__name__" in inspect.getsource(steps.ProcessingStep.__init__)
    assert steps.LocalSagemakerClient().create_processing_job.__name__ == "create_processing_job"


def test_files_that_we_move_directly_are_motos(session, tmp_path):
    """What our client puts is there for any client, and what any client puts our own one downloads."""
    other = session.boto_session.client("s3")
    other.create_bucket(Bucket="direct")
    session.s3_client.put_object(Bucket="direct", Key="ours/a.py", Body=b"a")
    session.s3_client.put_object(Bucket="direct", Key="ours/b.txt", Body=b"b", ContentType="text/plain")
    other.put_object(Bucket="direct", Key="theirs", Body=b"c")
    listed = other.list_objects_v2(Bucket="direct")["Contents"]
    assert [(found["Key"], found["Size"]) for found in listed] == [("ours/a.py", 1), ("ours/b.txt", 1), ("theirs", 1)]
    assert other.get_object(Bucket="direct", Key="ours/a.py")["Body"].read() == b"a"
    assert other.head_object(Bucket="direct", Key="ours/b.txt")["ContentType"] == "text/plain"
    session.s3_resource.meta.client.download_file(Bucket="direct", Key="theirs", Filename=str(tmp_path / "c"))
    assert (tmp_path / "c").read_bytes() == b"c"


def test_a_missing_object_is_the_error_that_the_sdk_expects(session, tmp_path):
    """The SDK first takes a prefix for an object, and learns from a 404 that it is a folder."""
    from sagemaker.core.common_utils import download_folder

    session.s3_client.create_bucket(Bucket="canary")
    session.s3_client.put_object(Bucket="canary", Key="folder/file.txt", Body=b"text")
    download_folder("canary", "/folder", str(tmp_path), session)
    assert (tmp_path / "file.txt").read_bytes() == b"text"
    assert '"404"' in inspect.getsource(download_folder)
