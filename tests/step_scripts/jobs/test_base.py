"""What all steps share."""

import pytest

from step_scripts.contracts.example import DOCUMENT
from step_scripts.jobs import bundle
from step_scripts.jobs.errors import JobsError
from tests.step_scripts.jobs.test_shapes import joined


def test_a_pipeline_without_jobs_needs_neither_store_nor_image(root, session, compiled):
    """One that deploys a model; but a job of it is an error that says what to give."""
    from sagemaker.core.workflow.parameters import ParameterString

    from step_scripts.jobs.shapes import Jobs

    jobs = Jobs(session, root=root, role="arn:aws:iam::111122223333:role/jobs")
    package = "arn:aws:sagemaker:us-east-1:111122223333:model-package/houses/1"
    assert compiled(jobs.create_model("Model", package=package))["Model"]["Type"] == "Model"
    with pytest.raises(JobsError, match=r'image: expected: a pipeline parameter; got: none; fix: .*image=p\["Image"\]'):
        jobs.create_model("Model", model_data="s3://bucket/model.tar.gz")
    jobs = Jobs(session, root=root, role="arn", image=ParameterString("Image"))
    with pytest.raises(JobsError, match=r'store: expected: a pipeline parameter; got: none; fix: .*store=p\["Store"\]'):
        jobs.process("Prepare", script="steps/prepare.py", inputs={}, outputs=[], instance_type="ml.m5.large")


def test_the_address_of_code_is_that_of_its_step(jobs, root):
    """So that a model's metadata can have it."""
    from sagemaker.core.workflow.functions import Join

    uri = jobs.code_uri("steps/fit.py")
    assert isinstance(uri, Join)
    assert joined(uri.expr) == f"<Parameters.Store>/{bundle.of('steps/fit.py', root).key}"


def test_a_models_metadata_can_have_the_contracts(session, tmp_path):
    """Each with its version; none in a project without contracts."""
    from step_scripts.jobs.shapes import Jobs

    (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
    jobs = Jobs(session, root=tmp_path, role="arn")
    assert jobs.contract_versions() == {}
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/houses.yaml").write_text(DOCUMENT)
    assert jobs.contract_versions() == {"contract-houses": "1.0.0"}
