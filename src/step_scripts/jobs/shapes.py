"""The kinds of steps that a pipeline of step scripts is made of.

A script runs as a processing job, as a training job, or as the trials of a tuning job. Its code travels as a
content-addressed bundle, and its inputs and outputs are folders with names. Other steps register and deploy a model.
Nothing in a request depends on the target, the time or the working directory. What the jobs run with, such as machines,
network and keys, is in `JobDefaults`: for all steps, or for one of them.
"""

from __future__ import annotations

from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter

from step_scripts.jobs.endpoints import Endpoints
from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.functions import Functions, result_of
from step_scripts.jobs.models import Models
from step_scripts.jobs.processing import Processing, output_of
from step_scripts.jobs.search import Search
from step_scripts.jobs.settings import JobDefaults
from step_scripts.jobs.training import artifact_of
from step_scripts.jobs.transforms import Transforms
from step_scripts.jobs.tuning import Tuning, winner_of

__all__ = [
    "CategoricalParameter",
    "ContinuousParameter",
    "IntegerParameter",
    "JobDefaults",
    "Jobs",
    "JobsError",
    "Search",
    "artifact_of",
    "output_of",
    "result_of",
    "winner_of",
]


class Jobs(Processing, Tuning, Transforms, Models, Functions, Endpoints):
    """What all jobs of a pipeline share. Its methods make the steps.

    Attributes
    ----------
    session : sagemaker.core.workflow.pipeline_context.PipelineSession
        Captures the steps' arguments.
    root : Path
        The project's folder. Scripts are relative to it.
    role : str or PipelineVariable
        The ARN of the role that the jobs assume.
    store : PipelineVariable, optional
        The S3 prefix below which code, data and outputs lie, without a slash at the end.
    image : PipelineVariable, optional
        The image in which every job runs. A pipeline without jobs needs neither store nor image.
    defaults : JobDefaults
        What all jobs run with, where a step does not override it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sagemaker.core.workflow.parameters import ParameterString
    >>> from step_scripts.local.sdk import compile_session
    >>> store, image, machine = (ParameterString(name, "s3://b") for name in ("Store", "Image", "InstanceType"))
    >>> with TemporaryDirectory() as folder, compile_session() as session:
    ...     for name in ("pyproject.toml", "prepare.py", "fit.py"):
    ...         _ = Path(folder, name).write_text("")
    ...     role = "arn:aws:iam::111122223333:role/jobs"
    ...     jobs = Jobs(session, root=Path(folder), store=store, image=image, role=role)
    ...     prepare = jobs.process(
    ...         "Prepare",
    ...         script="prepare.py",
    ...         inputs={"houses": store},
    ...         outputs=["train"],
    ...         instance_type=machine,
    ...     )
    ...     fit = jobs.train(
    ...         "Fit",
    ...         script="fit.py",
    ...         channels={"train": output_of(prepare, "train")},
    ...         hyperparameters={},
    ...         metrics={"error": "error=([0-9.]+)"},
    ...         instance_type=machine,
    ...     )
    >>> fit.arguments["InputDataConfig"][1]["DataSource"]["S3DataSource"]["S3Uri"].expr
    {'Get': "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    >>> fit.arguments["HyperParameters"]
    {'sagemaker_program': 'fit.py'}
    """
