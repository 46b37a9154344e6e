"""Each test here fails when an upgrade of the SDK makes a line of `step_scripts.local.hosting` wrong or needless."""

import inspect

import pytest

from step_scripts.local import sdk


@pytest.fixture(autouse=True)
def unpatched():
    """The SDK without our patches of its hosting, which a session of ours would have."""
    with sdk.private_environment(), sdk.patched_sdk():
        yield


def test_an_endpoint_ignores_the_status():
    """So we raise an error: a batch transform would write its body as a prediction."""
    from sagemaker.core.local.local_session import LocalSagemakerRuntimeClient

    source = inspect.getsource(LocalSagemakerRuntimeClient.invoke_endpoint)
    assert '"HTTPStatusCode": status_code' in source
    assert "raise " not in source


def test_a_transform_that_fails_leaves_its_server():
    """So we stop it."""
    from sagemaker.core.local.entities import _LocalTransformJob

    source = inspect.getsource(_LocalTransformJob)
    assert source.count("self.container.stop_serving()") == 1
    assert "finally:" not in source


def test_a_server_is_asked_every_five_seconds():
    """So we ask ourselves; `start` and `serve` call the function by this name."""
    from sagemaker.core.local import entities

    assert "time.sleep(5)" in inspect.getsource(entities._wait_for_serving_container)
    for job in (entities._LocalTransformJob, entities._LocalEndpoint):
        assert "_wait_for_serving_container(" in inspect.getsource(job)


def test_a_server_is_ended_by_way_of_pgrep_and_its_end_is_an_exception():
    """So we replace the start and the end of its thread."""
    from sagemaker.core.local import image, utils

    assert "kill_child_processes(" in inspect.getsource(image._HostingContainer.down)
    assert '"pgrep"' in inspect.getsource(utils.get_child_process_ids)
    assert "raise RuntimeError(" in inspect.getsource(image._HostingContainer.run)


def test_a_server_takes_port_8080():
    """So we find a free one before each start, and set it in the session's configuration."""
    from sagemaker.core.local import entities, image

    assert '"%s:8080" % serving_port' in inspect.getsource(image._SageMakerContainer._create_docker_host)
    for job in (entities._LocalTransformJob, entities._LocalEndpoint):
        assert 'get_config_value("local.serving_port", self.local_session.config) or 8080' in inspect.getsource(job)


def test_answers_are_in_a_folder_with_the_jobs_name():
    """So the recorder looks for them there; the service has no such folder."""
    from sagemaker.core.local import utils

    assert "s3_path_join(parsed_uri.path, job_name, prefix)" in inspect.getsource(utils.move_to_destination)


def test_a_model_without_an_environment_cannot_be_served():
    """So our definition has an empty one."""
    from sagemaker.core.local.entities import _LocalTransformJob

    assert 'self.primary_container["Environment"]' in inspect.getsource(_LocalTransformJob._get_container_environment)
