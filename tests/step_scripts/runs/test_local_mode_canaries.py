"""Each test here fails when the SDK's local mode loses a difference from the service: docs/local-mode.md lists them.

The tests of what `step_scripts.local.sdk` needs are in ``test_sdk_canaries.py``.
"""

import inspect
import json
import re

import pytest

from step_scripts.local import sdk
from step_scripts.local.runner import container


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A local session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(container.BIN), prepend=":")
        with sdk.local_session(tmp_path_factory.mktemp("sdk")) as session:
            yield session


@pytest.fixture
def composed(session, tmp_path):
    """The containers that the SDK starts for a job on two instances; and the job."""
    from sagemaker.core.local.image import _SageMakerContainer

    job = _SageMakerContainer("ml.m5.xlarge", 2, "any:1", session, container_entrypoint=["python3"])
    job.container_root = str(tmp_path)
    return job._generate_compose_file("process")["services"], job


@pytest.fixture
def sources():
    """The whole source of the SDK's local mode."""
    from sagemaker.core.local import entities, image, local_session
    from sagemaker.mlops.local import pipeline, pipeline_entities

    return "".join(map(inspect.getsource, (entities, image, local_session, pipeline, pipeline_entities)))


def test_hosts_have_other_names(composed):
    """The service calls them algo-1, algo-2."""
    services, _ = composed
    assert all(name.startswith("algo-") and len(name) == len("algo-1-xxxxx") for name in services)


def test_an_instance_type_sets_no_limit(composed):
    """A job can use all of the machine's memory and cores."""
    services, _ = composed
    for service in services.values():
        assert {"mem_limit", "cpus", "deploy"}.isdisjoint(service)


def test_network_isolation_is_ignored(composed, sources):
    """Every container is in one network with a way out; on the docker target, isolated jobs have no network."""
    services, _ = composed
    assert all(list(service["networks"]) == ["sagemaker-local"] for service in services.values())
    assert "NetworkIsolation" not in sources


def test_credentials_are_passed_to_the_job(composed):
    """The service gives a role instead. Our credentials are invented, so no secret leaks."""
    services, _ = composed
    for service in services.values():
        assert "AWS_ACCESS_KEY_ID=local" in service["environment"]


def test_the_first_container_to_end_stops_the_others(composed):
    """Also when it has succeeded; our runner waits for all of them."""
    _, job = composed
    assert "--abort-on-container-exit" in job._compose()


def test_containers_are_left_behind(sources):
    """Nothing removes what `up` has created; our runner removes all of it by name."""
    assert '"up"' in sources
    assert '"down"' not in sources
    assert '"rm"' not in sources


def test_the_failure_file_is_not_read(sources):
    """What a job says of its end is deleted with its folder; the runner copies it first."""
    assert "output/failure" not in sources
    assert '"failure"' not in sources


def test_files_of_root_stay(sources):
    """The SDK asks its user to delete them; ours belong to the user."""
    assert "Please remove it manually" in sources


@pytest.mark.parametrize(
    "member", ["CacheConfig", "RetryPolicies", "MetricDefinitions", "MaxWaitTimeInSeconds", "VpcConfig"]
)
def test_what_local_mode_ignores(sources, member):
    """Caches, retries, metric patterns, spot instances, the user's network."""
    assert member not in sources


def test_there_is_no_time_limit(sources):
    """The definition's limit is not read; a day is written down, and not enforced."""
    assert sources.count('"MaxRuntimeInSeconds": 86400') == 2
    assert sources.count("MaxRuntimeInSeconds") == 2


def test_hyperparameters_keep_their_types(session, tmp_path):
    """The service passes all of them as text; the train verb takes both."""
    from sagemaker.core.local.image import _SageMakerContainer

    job = _SageMakerContainer("ml.m5.xlarge", 1, "any:1", session)
    job.container_root = str(tmp_path)
    (tmp_path / "host" / "input" / "config").mkdir(parents=True)
    job.write_config_files("host", {"max-depth": 3}, [])
    assert json.loads((tmp_path / "host/input/config/hyperparameters.json").read_text()) == {"max-depth": 3}


@pytest.mark.usefixtures("session")
def test_inputs_are_never_split():
    """Every host gets all of an input."""
    from sagemaker.core.local.entities import _LocalProcessingJob

    s3_input = {"S3Uri": "s3://a/b", "LocalPath": "/opt/ml/processing/input/a", "S3InputMode": "File"}
    job = _LocalProcessingJob(None)
    sharded = {"InputName": "a", "S3Input": {**s3_input, "S3DataDistributionType": "ShardedByS3Key"}}
    with pytest.raises(RuntimeError, match="DataDistribution: ShardedByS3Key is not currently supported"):
        job.start([sharded], {}, {}, "job")


@pytest.mark.usefixtures("session")
def test_types_of_steps_that_can_run():
    """The scheduler knows these six, and rejects a pipeline with any other before it starts."""
    from sagemaker.mlops.local.pipeline import _StepExecutorFactory

    known = set(re.findall(r"StepTypeEnum\.(\w+)", inspect.getsource(_StepExecutorFactory.get)))
    assert known == {"TRAINING", "PROCESSING", "TRANSFORM", "CREATE_MODEL", "FAIL", "CONDITION"}
