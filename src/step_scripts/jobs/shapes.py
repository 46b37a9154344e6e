"""The kinds of steps that a pipeline of step scripts is made of.

A script runs as a processing job or as a training job. Its code travels as a content-addressed bundle, and its inputs
and outputs are folders with names. Nothing in its request depends on the target, the time or the working directory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    MetricDefinition,
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, Networking

from step_scripts.jobs import bundle
from step_scripts.local import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.core.workflow.functions import PropertyFile
    from sagemaker.core.workflow.pipeline_context import PipelineSession

PROCESSING = "/opt/ml/processing"
TRAINING_CODE = "/opt/ml/input/data/code"
TRAIN_SCRIPT = "steps/train.py"  # what the image's train verb runs unless the job names another script
MAX_RUNTIME = 3600  # seconds, for every job
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
    role : str
        The ARN of the role that the jobs assume.

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
    role: str

    def process(
        self,
        name: str,
        *,
        script: str,
        inputs: Mapping[str, PipelineVariable],
        outputs: Sequence[str],
        instance_type: PipelineVariable,
        instance_count: PipelineVariable | int = 1,
        flags: Mapping[str, PipelineVariable] | None = None,
        property_files: Sequence[PropertyFile] = (),
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
        flags : mapping of str to PipelineVariable, optional
            The script's options without ``--``, and their values.
        property_files : sequence of PropertyFile
            JSON files in the outputs, whose values later steps read.

        Raises
        ------
        ClosureError
            When the script does not exist, or a module that it sees cannot be parsed.
        """
        code = f"{PROCESSING}/input/code"
        processor = Processor(
            role=self.role,
            image_uri=self.image,
            entrypoint=["python3", f"{code}/{script}"],
            env={"PYTHONPATH": code},
            instance_type=instance_type,
            instance_count=instance_count,
            max_runtime_in_seconds=MAX_RUNTIME,
            network_config=NetworkConfig(enable_network_isolation=True),
            sagemaker_session=self.session,
        )
        sources = {"code": self._code_uri(script), **inputs}
        step_args = processor.run(
            inputs=[_processing_input(channel, uri) for channel, uri in sources.items()],
            outputs=[_processing_output(output, self._output_uri(name, output)) for output in outputs],
            arguments=[text for flag, value in (flags or {}).items() for text in (f"--{flag}", value)] or None,
        )
        return ProcessingStep(
            name=name, step_args=step_args, property_files=list(property_files), cache_config=_cache_for_a_month()
        )

    def train(
        self,
        name: str,
        *,
        script: str,
        channels: Mapping[str, PipelineVariable],
        hyperparameters: Mapping[str, PipelineVariable],
        metrics: Mapping[str, str],
        instance_type: PipelineVariable,
    ) -> TrainingStep:
        """Run a script as a training job on one machine.

        Parameters
        ----------
        name : str
            The step's name.
        script : str
            Path of the script, relative to the project's folder. The image's ``train`` verb runs it: by the
            hyperparameter ``sagemaker_program``, unless it is ``steps/train.py``.
        channels : mapping of str to PipelineVariable
            S3 URIs. Channel ``x`` is the folder ``/opt/ml/input/data/x``.
        hyperparameters : mapping of str to PipelineVariable
            The script's options without ``--``, and their values.
        metrics : mapping of str to str
            A metric's name, and the regular expression that finds its value in the log.
        instance_type
            The machine.

        Raises
        ------
        ClosureError
            When the script does not exist, or a module that it sees cannot be parsed.
        """
        program = {} if script == TRAIN_SCRIPT else {"sagemaker_program": script}
        # No source_code: the SDK would write a new, timestamped URI at every compile. The code channel holds the same
        # files, addressed by their content.
        trainer = ModelTrainer(
            role=self.role,
            training_image=self.image,
            base_job_name=name,
            compute=Compute(instance_type=instance_type, instance_count=1, volume_size_in_gb=30),
            networking=Networking(enable_network_isolation=True),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=MAX_RUNTIME),
            output_data_config=OutputDataConfig(s3_output_path=self._output_uri(name)),
            environment={"PYTHONPATH": TRAINING_CODE},
            hyperparameters={**hyperparameters, **program},
            sagemaker_session=self.session,
        ).with_metric_definitions([MetricDefinition(name=metric, regex=regex) for metric, regex in metrics.items()])
        sources = {"code": self._code_uri(script), **channels}
        step_args = trainer.train(
            input_data_config=[InputData(channel_name=channel, data_source=uri) for channel, uri in sources.items()]
        )
        return TrainingStep(name=name, step_args=step_args, cache_config=_cache_for_a_month())

    def create_model(self, name: str, *, model_data: PipelineVariable) -> ModelStep:
        """Create a model from a training job's artifact, which holds the scoring code, too."""
        # The SDK's local mode needs an environment, even an empty one.
        container = {"Image": self.image, "ModelDataUrl": model_data, "Environment": {}}
        return ModelStep(
            name=name, step_args=sdk.create_model_arguments(self.session, role=self.role, container=container)
        )

    def transform(
        self,
        name: str,
        *,
        model: ModelStep,
        records: PipelineVariable,
        instance_type: PipelineVariable,
    ) -> TransformStep:
        """Answer records with a model: JSON Lines in, one line of JSON out for each record, in the same order.

        The output of ``x.jsonl`` is ``x.jsonl.out``. There is no ``assemble_with``, because the server ends each line
        itself. There is no cache, because it would never hit: each execution makes a model with a new name.
        """
        transformer = Transformer(
            model_name=model.properties.ModelName,
            instance_count=1,
            instance_type=instance_type,
            strategy="MultiRecord",
            output_path=self._output_uri(name),
            accept="application/jsonlines",
            max_payload=MAX_PAYLOAD,
            sagemaker_session=self.session,
        )
        step_args = transformer.transform(data=records, content_type="application/jsonlines", split_type="Line")
        return TransformStep(name=name, step_args=step_args)

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


def _processing_input(channel: str, uri: PipelineVariable) -> ProcessingInput:
    folder = f"{PROCESSING}/input/{channel}"
    s3_input = ProcessingS3Input(s3_uri=uri, local_path=folder, s3_data_type="S3Prefix", s3_input_mode="File")
    return ProcessingInput(input_name=channel, s3_input=s3_input)


def _processing_output(output: str, uri: PipelineVariable) -> ProcessingOutput:
    folder = f"{PROCESSING}/output/{output}"
    s3_output = ProcessingS3Output(s3_uri=uri, local_path=folder, s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=output, s3_output=s3_output)


def _cache_for_a_month() -> CacheConfig:
    return CacheConfig(enable_caching=True, expire_after="P30D")
