"""Check members that need another one. The source is their documentation, not the shapes of the model."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from step_scripts.preflight.definition import Definition, Step, found_at
from step_scripts.preflight.finding import Finding


class Companion(NamedTuple):
    """A member that needs another one: path to its holder (``*`` is each entry of a list), name, needed member."""

    path: tuple[str, ...]
    member: str
    needs: str


# Source: the documentation of the members in the service's own model.
COMPANIONS: Mapping[str, tuple[Companion, ...]] = {
    "Processing": (
        Companion(("ProcessingOutputConfig", "Outputs", "*"), "FeatureStoreOutput", "AppManaged"),
        Companion(("ProcessingResources", "ClusterConfig"), "InstanceType", "InstanceCount"),
    ),
    "Training": (Companion(("ResourceConfig",), "InstanceType", "InstanceCount"),),
    "Tuning": (Companion(("TrainingJobDefinition", "ResourceConfig"), "InstanceType", "InstanceCount"),),
}
# By step type: the paths to the jobs, which hold channels and network.
JOBS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Training": ((),),
    "Tuning": (("TrainingJobDefinition",), ("TrainingJobDefinitions", "*")),
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield members without the one that they need."""
    for step in definition.steps:
        where = f"{step.where}/Arguments"
        for path, member, needs in COMPANIONS.get(step.type, ()):
            for place, holder in found_at(step.arguments, path, where):
                if isinstance(holder, Mapping) and holder.get(member) and not holder.get(needs):
                    yield _finding(step, place, f"{member} needs {needs}, which is absent: add it")
        for path in JOBS.get(step.type, ()):
            for place, job in found_at(step.arguments, path, where):
                if isinstance(job, Mapping):
                    yield from _file_systems(step, job, place)
        if step.type == "Model":
            yield from _hostnames(step, where)


def _finding(step: Step, where: str, message: str) -> Finding:
    return Finding(where, "companion", "error", step.name, message)


def _file_systems(step: Step, job: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Yield file systems of a job without a VPC, from which they cannot be reached."""
    for place, source in found_at(job, ("InputDataConfig", "*", "DataSource", "FileSystemDataSource"), where):
        if source and not job.get("VpcConfig"):
            yield _finding(step, place, "a file system can be reached only from a VPC: add VpcConfig to the job")


def _hostnames(step: Step, where: str) -> Iterator[Finding]:
    """Yield containers of an inference pipeline without a hostname, where other ones have it."""
    listed = [one for one in found_at(step.arguments, ("Containers", "*"), where) if isinstance(one[1], Mapping)]
    without = [place for place, container in listed if not container.get("ContainerHostname")]
    if 0 < len(without) < len(listed):
        for place in without:
            yield _finding(step, place, "other containers of this model have a ContainerHostname: add one here too")
