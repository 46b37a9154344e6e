"""What a job sees of its environment as a child process."""

import json

import pytest

pytestmark = pytest.mark.parametrize("target", ["process"], indirect=True, scope="session")


@pytest.fixture
def facts(tiny_run):
    """What the first step saw of its environment."""
    return json.loads((tiny_run.execution.step("First").outputs["facts"] / "facts.json").read_text())


def test_container_paths_are_rewritten_and_no_others(facts):
    """`/opt/ml` in an argument becomes the private folder; the same letters in an S3 URI stay."""
    assert facts["where"] == f"--in={facts['environment']['SAGEMAKER_BASE_DIR']}/processing/input/data"
    assert facts["argv"][3] == "s3://bucket/opt/ml"
    assert facts["environment"]["PYTHONPATH"].startswith(facts["environment"]["SAGEMAKER_BASE_DIR"])


def test_a_job_sees_its_bundle_and_not_the_working_tree(facts):
    """A module that is missing in a step's bundle is missing here as well, however the project is installed."""
    assert facts["sees_bundle"]
    assert not facts["sees_working_tree"]


def test_a_job_has_private_folders(facts):
    """Working folder and temporary folder are the job's own."""
    assert facts["environment"]["TMPDIR"].startswith(facts["cwd"])
    assert facts["environment"]["SAGEMAKER_BASE_DIR"].startswith(facts["cwd"])


def test_a_job_sees_what_the_image_sets(facts):
    """The variables of an image's `ENV` lines are set without the image."""
    assert facts["environment"]["FROM_IMAGE"] == "1"
