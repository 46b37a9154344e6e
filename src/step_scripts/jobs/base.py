"""What all kinds of steps share: the pipeline's session and settings, and where code and outputs lie in S3."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join

from step_scripts import project
from step_scripts.jobs import bundle
from step_scripts.jobs.errors import JobsError
from step_scripts.jobs.requests import PLACES, require_known, write_settings
from step_scripts.jobs.settings import BUILT_IN, JobDefaults
from step_scripts.local import sdk

if TYPE_CHECKING:
    from pathlib import Path

    from sagemaker.core.helper.pipeline_variable import PipelineVariable
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    from step_scripts.jobs.settings import Number, Text


@dataclass(frozen=True)
class JobsBase:
    """What all steps of a pipeline share. `step_scripts.jobs.shapes.Jobs` says what each attribute is."""

    session: PipelineSession
    _: KW_ONLY
    root: Path
    role: Text
    store: PipelineVariable | None = None
    image: PipelineVariable | None = None
    defaults: JobDefaults = field(default_factory=JobDefaults)

    def code_uri(self, script: str) -> PipelineVariable:
        """Return where the code of a script lies in S3. The address changes with the content, and with nothing else.

        Raises
        ------
        ClosureError
            When the script does not exist, or a module that it sees cannot be parsed.
        JobsError
            When the pipeline has no store.
        """
        return Join(on="/", values=[self._given("store"), bundle.of(script, self.root).key])

    def contract_versions(self) -> dict[str, str]:
        """Return the version of each of the project's contracts, as metadata of a model: ``contract-<id>``.

        Raises
        ------
        InvalidContractError
            When a file does not describe a table that can be checked.
        ProjectError
            When the project's settings cannot be read.
        """
        from step_scripts.contracts import known, load

        folder = project.read(self.root.resolve()).folder("contracts")
        found = [load(name, folder=folder) for name in known(folder=folder)]
        return {f"contract-{contract.id}": contract.version for contract in found}

    def _output_uri(self, *parts: str) -> PipelineVariable:
        # The execution's id is in it: a cache hit must never point at data that a later execution has overwritten.
        return Join(
            on="/", values=[self._given("store"), "executions", ExecutionVariables.PIPELINE_EXECUTION_ID, *parts]
        )

    def _given(self, attribute: str) -> PipelineVariable:
        """Return the store or the image, which a pipeline without jobs does not need."""
        value = getattr(self, attribute)
        if value is None:
            fix = f'give it: Jobs(..., {attribute}=p["{attribute.title()}"])'
            raise JobsError(f"Jobs, {attribute}: expected: a pipeline parameter; got: none; fix: {fix}")
        return value

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
        if settings.instance_type is None and "instance_type" in PLACES[kind]:
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


def sdk_role(settings: JobDefaults) -> str:
    """Return the role as text, which is all that the SDK takes; a parameter is written into the request."""
    return settings.role if isinstance(settings.role, str) else "arn:aws:iam::000000000000:role/none"
