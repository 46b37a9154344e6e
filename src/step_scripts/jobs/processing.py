"""Scripts that run as processing jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.mlops.workflow.steps import ProcessingStep

from step_scripts.jobs import parts
from step_scripts.jobs.base import JobsBase, sdk_role
from step_scripts.jobs.words import as_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.core.workflow.functions import PropertyFile

    from step_scripts.jobs.settings import JobDefaults, Number, Text
    from step_scripts.jobs.words import Value


class Processing(JobsBase):
    """Makes processing steps."""

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
            role=sdk_role(settings),
            image_uri=self._given("image"),
            entrypoint=["python3", f"{code}/{script}"],
            env={"PYTHONPATH": code},
            instance_type=settings.instance_type,
            instance_count=1,
            max_runtime_in_seconds=settings.max_runtime_s,
            network_config=NetworkConfig(enable_network_isolation=True),
            sagemaker_session=self.session,
        )
        sources = {"code": self.code_uri(script), **inputs}
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


def output_of(step: ProcessingStep, output: str) -> PipelineVariable:
    """Refer to an output folder of an earlier processing step. This makes the edge between the two steps."""
    return step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri
