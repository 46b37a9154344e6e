"""Functions and notebooks, which the SDK writes as training jobs."""

from sagemaker.core.workflow.conditions import ConditionGreaterThan
from sagemaker.core.workflow.parameters import ParameterInteger
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.function_step import step
from sagemaker.mlops.workflow.notebook_job_step import NotebookJobStep
from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy

RETRIES = [StepRetryPolicy(exception_types=list(StepExceptionTypeEnum), max_attempts=3)]


def functions(given):
    """Two functions; the second one reads the result of the first one, behind a condition."""
    settings = {
        "role": given.role,
        "image_uri": "image",
        "instance_type": "ml.m5.large",
        "retry_policies": RETRIES,
    }
    depth = ParameterInteger("Depth", default_value=3)

    @step(name="first", **settings)
    def first(depth):
        """Return two numbers."""
        return depth, 2

    @step(name="second", **settings)
    def second(number):
        """Return one number."""
        return number

    both = first(depth)
    gate = ConditionStep(name="Gate", conditions=[ConditionGreaterThan(both[0], 1)], if_steps=[second(both[1])])
    return [depth, gate]


def notebook(given):
    """A notebook."""
    path = given.folder / "explore.ipynb"
    path.write_text("{}")
    explore = NotebookJobStep(
        name="Explore",
        input_notebook=str(path),
        image_uri="111122223333.dkr.ecr.us-east-1.amazonaws.com/image:1",
        kernel_name="python3",
        role=given.role,
        s3_root_uri="s3://bucket/notebooks",
        parameters={"depth": "3"},
    )
    return [explore]
