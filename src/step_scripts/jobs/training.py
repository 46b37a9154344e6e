"""Scripts that run as training jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagemaker.core.shapes import MetricDefinition, OutputDataConfig, StoppingCondition
from sagemaker.mlops.workflow.steps import TrainingStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, Networking

from step_scripts.jobs import parts
from step_scripts.jobs.base import JobsBase, sdk_role
from step_scripts.jobs.settings import BUILT_IN
from step_scripts.jobs.words import as_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sagemaker.core.helper.pipeline_variable import PipelineVariable

    from step_scripts.jobs.settings import JobDefaults, Number, Text
    from step_scripts.jobs.words import Value

TRAINING_CODE = "/opt/ml/input/data/code"
TRAIN_SCRIPT = "steps/train.py"  # what the image's train verb runs unless the job names another script


class Training(JobsBase):
    """Makes training steps."""

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
        words = {**as_words(name, hyperparameters), **program_of(script)}
        trainer = self._trainer(name, settings, words).with_metric_definitions(
            [MetricDefinition(name=metric, regex=regex) for metric, regex in metrics.items()]
        )
        step_args = trainer.train(input_data_config=self._channels(script, channels))
        return TrainingStep(
            name=name,
            step_args=self._with_settings(step_args, name, "Training", settings),
            cache_config=parts.cache(settings),
            retry_policies=parts.retry_policies(settings),
        )

    def _trainer(self, name: str, settings: JobDefaults, words: Mapping[str, Any]) -> ModelTrainer:
        # No source_code: the SDK would write a new, timestamped URI at every compile. The code channel holds the same
        # files, addressed by their content.
        return ModelTrainer(
            role=sdk_role(settings),
            training_image=self._given("image"),
            base_job_name=name,
            compute=Compute(instance_type=settings.instance_type, instance_count=1),
            networking=Networking(enable_network_isolation=True),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=BUILT_IN.max_runtime_s),
            output_data_config=OutputDataConfig(s3_output_path=self._output_uri(name)),
            environment={"PYTHONPATH": TRAINING_CODE},
            hyperparameters=dict(words),
            sagemaker_session=self.session,
        )

    def _channels(self, script: str, channels: Mapping[str, PipelineVariable]) -> list[InputData]:
        sources = {"code": self.code_uri(script), **channels}
        return [InputData(channel_name=channel, data_source=uri) for channel, uri in sources.items()]


def artifact_of(step: TrainingStep) -> PipelineVariable:
    """Refer to the model.tar.gz of an earlier training step."""
    return step.properties.ModelArtifacts.S3ModelArtifacts


def program_of(script: str) -> dict[str, str]:
    """Return the hyperparameter that names a script, where the train verb would run another one."""
    return {} if script == TRAIN_SCRIPT else {"sagemaker_program": script}
