"""The kinds of steps that a pipeline of step scripts is made of.

A script runs as a processing job or as a training job. Its code travels as a content-addressed bundle, and its inputs
and outputs are folders with names. Nothing in its request depends on the target, the time or the working directory.
What the jobs run with, such as machines, network and keys, is in `JobDefaults`: for all steps, or for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    MetricDefinition,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep, TransformStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, Networking

from step_scripts.jobs import bundle, parts
from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.requests import require_known, write_settings
from step_scripts.jobs.settings import BUILT_IN, JobDefaults
from step_scripts.jobs.words import as_words
from step_scripts.local import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.core.workflow.functions import PropertyFile
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    from step_scripts.jobs.settings import Number, Text
    from step_scripts.jobs.words import Value

__all__ = ["JobDefaults", "Jobs", "JobsError", "artifact_of", "output_of"]

TRAINING_CODE = "/opt/ml/input/data/code"
TRAIN_SCRIPT = "steps/train.py"  # what the image's train verb runs unless the job names another script
MAX_PAYLOAD = 6  # MiB of records in one request of a transform


@dataclass(frozen=True)
class Jobs:
    """What all jobs of a pipeline share. Its methods make the steps.

    Attributes
    ----------
    session : sagemaker.core.workflow.pipeline_context.PipelineSession
        Captures the steps' arguments.
    root : Path
        The project's folder. Scripts are relative to it.
    store : PipelineVariable
        The S3 prefix below which code, data and outputs lie, without a slash at the end.
    image : PipelineVariable
        The image in which every step runs.
    role : str or PipelineVariable
        The ARN of the role that the jobs assume.
    defaults : JobDefaults
        What all jobs run with, where a step does not override it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sagemaker.core.workflow.parameters import ParameterString
    >>> store, image, machine = (ParameterString(name, "s3://b") for name in ("Store", "Image", "InstanceType"))
    >>> with TemporaryDirectory() as folder, sdk.compile_session() as session:
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

    session: PipelineSession
    root: Path
    store: PipelineVariable
    image: PipelineVariable
    role: Text
    defaults: JobDefaults = field(default_factory=JobDefaults)

    def process(
        self,
        name: str,
        *,
        script: str,
        inputs: Mapping[str, PipelineVariable],
        outputs: Sequence[str],
        instance_type: Text | None = None,
        instance_count: Number | None = None,
        flags: Mapping[str, Value] | None = None,
        property_files: Sequence[PropertyFile] = (),
        folders: Mapping[str, str] | None = None,
        overrides: JobDefaults | None = None,
    ) -> ProcessingStep:
        """Run a script as a processing job.

        Parameters
        ----------
        name : str
            The step's name.
        script : str
            Path of the script, relative to the project's folder.
        inputs : mapping of str to PipelineVariable
            S3 URIs. Input ``x`` is the folder ``/opt/ml/processing/input/x``.
        outputs : sequence of str
            Names. Output ``y`` is the folder ``/opt/ml/processing/output/y``.
        instance_type, instance_count
            The machines. Each of several hosts gets all inputs.
        flags : mapping of str to PipelineVariable, str, number, bool, list or None, optional
            The script's options without ``--``, and their values.
        property_files : sequence of PropertyFile
            JSON files in the outputs, whose values later steps read.
        folders : mapping of str to str, optional
            For a script that names a folder of its own: an input or output, and its folder below
            ``/opt/ml/processing``.
        overrides : JobDefaults, optional
            What this job runs with instead of the pipeline's defaults.

        Raises
        ------
        ClosureError
            When the script does not exist, or a module that it sees cannot be parsed.
        JobsError
            When a setting, an option or a folder is not possible.
        """
        settings = self._settings(name, "Processing", overrides, instance_type, instance_count)
        places = parts.places(name, inputs, outputs, folders or {})
        code = f"{parts.PROCESSING}/input/code"
        processor = Processor(
            role=_sdk_role(settings),
            image_uri=self.image,
            entrypoint=["python3", f"{code}/{script}"],
            env={"PYTHONPATH": code},
            instance_type=settings.instance_type,
            instance_count=1,
            max_runtime_in_seconds=settings.max_runtime_s,
            network_config=NetworkConfig(enable_network_isolation=True),
            sagemaker_session=self.session,
        )
        sources = {"code": self._code_uri(script), **inputs}
        step_args = processor.run(
            inputs=[parts.processing_input(channel, uri, places) for channel, uri in sources.items()],
            outputs=[parts.processing_output(output, self._output_uri(name, output), places) for output in outputs],
            arguments=[text for flag, word in as_words(name, flags).items() for text in (f"--{flag}", word)] or None,
        )
        return ProcessingStep(
            name=name,
            step_args=self._with_settings(step_args, name, "Processing", settings),
            property_files=list(property_files),
            cache_config=parts.cache(settings),
            retry_policies=parts.retry_policies(settings),
        )

    def train(
        self,
        name: str,
        *,
        script: str,
        channels: Mapping[str, PipelineVariable],
        hyperparameters: Mapping[str, Value],
        metrics: Mapping[str, str],
        instance_type: Text | None = None,
        instance_count: Number | None = None,
        overrides: JobDefaults | None = None,
    ) -> TrainingStep:
        """Run a script as a training job.

        Parameters
        ----------
        name : str
            The step's name.
        script : str
            Path of the script, relative to the project's folder. The image's ``train`` verb runs it: by the
            hyperparameter ``sagemaker_program``, unless it is ``steps/train.py``.
        channels : mapping of str to PipelineVariable
            S3 URIs. Channel ``x`` is the folder ``/opt/ml/input/data/x``.
        hyperparameters : mapping of str to PipelineVariable, str, number, bool, list or None
            The script's options without ``--``, and their values.
        metrics : mapping of str to str
            A metric's name, and the regular expression that finds its value in the log.
        instance_type, instance_count
            The machines.
        overrides : JobDefaults, optional
            What this job runs with instead of the pipeline's defaults.

        Raises
        ------
        ClosureError
            When the script does not exist, or a module that it sees cannot be parsed.
        JobsError
            When a setting or a hyperparameter is not possible.
        """
        settings = self._settings(name, "Training", overrides, instance_type, instance_count)
        program = {} if script == TRAIN_SCRIPT else {"sagemaker_program": script}
        # No source_code: the SDK would write a new, timestamped URI at every compile. The code channel holds the same
        # files, addressed by their content.
        trainer = ModelTrainer(
            role=_sdk_role(settings),
            training_image=self.image,
            base_job_name=name,
            compute=Compute(instance_type=settings.instance_type, instance_count=1),
            networking=Networking(enable_network_isolation=True),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=BUILT_IN.max_runtime_s),
            output_data_config=OutputDataConfig(s3_output_path=self._output_uri(name)),
            environment={"PYTHONPATH": TRAINING_CODE},
            hyperparameters={**as_words(name, hyperparameters), **program},
            sagemaker_session=self.session,
        ).with_metric_definitions([MetricDefinition(name=metric, regex=regex) for metric, regex in metrics.items()])
        sources = {"code": self._code_uri(script), **channels}
        step_args = trainer.train(
            input_data_config=[InputData(channel_name=channel, data_source=uri) for channel, uri in sources.items()]
        )
        return TrainingStep(
            name=name,
            step_args=self._with_settings(step_args, name, "Training", settings),
            cache_config=parts.cache(settings),
            retry_policies=parts.retry_policies(settings),
        )

    def create_model(
        self, name: str, *, model_data: PipelineVariable, overrides: JobDefaults | None = None
    ) -> ModelStep:
        """Create a model from a training job's artifact, which holds the scoring code, too."""
        settings = self._settings(name, "Model", overrides)
        # The SDK's local mode needs an environment, even an empty one.
        container = {"Image": self.image, "ModelDataUrl": model_data, "Environment": {}}
        step_args = sdk.create_model_arguments(self.session, role=_sdk_role(settings), container=container)
        write_settings(step_args.create_model_request, name, "Model", settings)
        return ModelStep(name=name, step_args=step_args, retry_policies=parts.retry_policies(settings, of_job=False))

    def transform(
        self,
        name: str,
        *,
        model: ModelStep,
        records: PipelineVariable,
        instance_type: Text | None = None,
        instance_count: Number | None = None,
        overrides: JobDefaults | None = None,
    ) -> TransformStep:
        """Answer records with a model: JSON Lines in, one line of JSON out for each record, in the same order.

        The output of ``x.jsonl`` is ``x.jsonl.out``. There is no ``assemble_with``, because the server ends each line
        itself. There is no cache, because it would never hit: each execution makes a model with a new name.
        """
        settings = self._settings(name, "Transform", overrides, instance_type, instance_count)
        transformer = Transformer(
            model_name=model.properties.ModelName,
            instance_count=1,
            instance_type=settings.instance_type,
            strategy="MultiRecord",
            output_path=self._output_uri(name),
            accept="application/jsonlines",
            max_payload=MAX_PAYLOAD,
            sagemaker_session=self.session,
        )
        step_args = transformer.transform(data=records, content_type="application/jsonlines", split_type="Line")
        return TransformStep(
            name=name,
            step_args=self._with_settings(step_args, name, "Transform", settings),
            retry_policies=parts.retry_policies(settings),
        )

    def _settings(
        self,
        name: str,
        kind: str,
        overrides: JobDefaults | None,
        instance_type: Text | None = None,
        instance_count: Number | None = None,
    ) -> JobDefaults:
        """Return all settings of a step, those that it does not have included."""
        require_known(name, kind, overrides)
        own = JobDefaults(instance_type=instance_type, instance_count=instance_count)
        base = BUILT_IN.overridden_by(JobDefaults(role=self.role))
        settings = base.overridden_by(self.defaults).overridden_by(overrides).overridden_by(own)
        if settings.instance_type is None and kind != "Model":
            fix = "give the step an instance_type, or the pipeline a default: Jobs(..., defaults=JobDefaults(...))"
            raise JobsError(f"{name}: expected: an instance type; got: none; fix: {fix}")
        if bool(settings.subnets) != bool(settings.security_groups):
            got = "subnets alone" if settings.subnets else "security groups alone"
            raise JobsError(f"{name}: expected: subnets and security_groups, or neither; got: {got}; fix: give both")
        return settings

    def _with_settings(self, step_args: Any, name: str, kind: str, settings: JobDefaults) -> Any:  # noqa: ANN401
        return sdk.edited_arguments(
            self.session, step_args, partial(write_settings, step=name, kind=kind, settings=settings)
        )

    def _code_uri(self, script: str) -> PipelineVariable:
        return Join(on="/", values=[self.store, bundle.of(script, self.root).key])

    def _output_uri(self, *parts: str) -> PipelineVariable:
        # The execution's id is in it: a cache hit must never point at data that a later execution has overwritten.
        return Join(on="/", values=[self.store, "executions", ExecutionVariables.PIPELINE_EXECUTION_ID, *parts])


def output_of(step: ProcessingStep, output: str) -> PipelineVariable:
    """Refer to an output folder of an earlier processing step. This makes the edge between the two steps."""
    return step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri


def artifact_of(step: TrainingStep) -> PipelineVariable:
    """Refer to the model.tar.gz of an earlier training step."""
    return step.properties.ModelArtifacts.S3ModelArtifacts


def _sdk_role(settings: JobDefaults) -> str:
    """Return the role as text, which is all that the SDK takes; a parameter is written into the request."""
    return settings.role if isinstance(settings.role, str) else "arn:aws:iam::000000000000:role/none"
