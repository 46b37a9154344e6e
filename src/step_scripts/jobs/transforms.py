"""Batch transforms: records that a model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sagemaker.core.transformer import Transformer
from sagemaker.mlops.workflow.steps import TransformStep

from step_scripts.jobs import parts
from step_scripts.jobs.base import JobsBase

if TYPE_CHECKING:
    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.mlops.workflow.model_step import ModelStep

    from step_scripts.jobs.settings import JobDefaults, Number, Text

MAX_PAYLOAD = 6  # MiB of records in one request


class Transforms(JobsBase):
    """Makes transform steps."""

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
