"""Each test here fails when an upgrade of the SDK makes a line of `targets/hosting.py` wrong or needless."""

import inspect

import pytest

from step_scripts.local import sdk


@pytest.fixture(autouse=True)
def unmended():
    """The SDK as it is: a session of ours would have mended it."""
    with sdk.private_environment(), sdk.loaded():
        yield


def test_an_endpoint_does_not_look_at_the_status():
    """That is why a refusal is raised by us: a batch transform would write it down as a prediction."""
    from sagemaker.core.local.local_session import LocalSagemakerRuntimeClient

    told = inspect.getsource(LocalSagemakerRuntimeClient.invoke_endpoint)
    assert '"HTTPStatusCode": status_code' in told
    assert "raise " not in told


def test_a_transform_that_fails_leaves_its_server():
    """That is why we stop it."""
    from sagemaker.core.local.entities import _LocalTransformJob

    told = inspect.getsource(_LocalTransformJob)
    assert told.count("self.container.stop_serving()") == 1
    assert "finally:" not in told


def test_a_server_is_asked_every_five_seconds():
    """That is why we ask ourselves; and `start` and `serve` ask by this name."""
    from sagemaker.core.local import entities

    assert "time.sleep(5)" in inspect.getsource(entities._wait_for_serving_container)
    for job in (entities._LocalTransformJob, entities._LocalEndpoint):
        assert "_wait_for_serving_container(" in inspect.getsource(job)


def test_a_server_is_ended_by_way_of_pgrep_and_its_end_is_an_exception():
    """That is why both ends of its thread are ours."""
    from sagemaker.core.local import image, utils

    assert "kill_child_processes(" in inspect.getsource(image._HostingContainer.down)
    assert '"pgrep"' in inspect.getsource(utils.get_child_process_ids)
    assert "raise RuntimeError(" in inspect.getsource(image._HostingContainer.run)


def test_a_server_takes_port_8080():
    """That is why we look for a free one before each is started, and name it by the session's configuration."""
    from sagemaker.core.local import entities, image

    assert '"%s:8080" % serving_port' in inspect.getsource(image._SageMakerContainer._create_docker_host)
    for job in (entities._LocalTransformJob, entities._LocalEndpoint):
        assert 'get_config_value("local.serving_port", self.local_session.config) or 8080' in inspect.getsource(job)


def test_answers_lie_in_a_folder_of_the_jobs_name():
    """That is why the recorder looks for them there; the service has no such folder."""
    from sagemaker.core.local import utils

    assert "s3_path_join(parsed_uri.path, job_name, prefix)" in inspect.getsource(utils.move_to_destination)


def test_a_model_without_an_environment_cannot_be_served():
    """That is why our definition gives an empty one."""
    from sagemaker.core.local.entities import _LocalTransformJob

    assert 'self.primary_container["Environment"]' in inspect.getsource(_LocalTransformJob._get_container_environment)
