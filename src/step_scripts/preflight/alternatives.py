"""Check members that exclude each other. The source is their documentation, not the shapes of the model."""

from collections.abc import Iterator, Mapping
from typing import Any

from step_scripts.preflight.definition import Definition, Step, found_at
from step_scripts.preflight.finding import Finding

# By step type: the path to their holder (* is each entry of a list), the members, and whether one is required.
# Source: the documentation of the members in the service's own model.
_ALGORITHM = ("TrainingImage", "AlgorithmName")
_DATA = ("S3DataSource", "FileSystemDataSource", "DatasetSource")
_JOB = ("TrainingJobDefinition",)
ALTERNATIVES: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...], bool], ...]] = {
    "EndpointConfig": ((("ProductionVariants", "*"), ("InstanceType", "InstancePools", "ServerlessConfig"), True),),
    "Model": (
        ((), ("PrimaryContainer", "Containers"), True),
        (("PrimaryContainer",), ("Image", "ModelPackageName"), True),
        (("Containers", "*"), ("Image", "ModelPackageName"), True),
    ),
    "Processing": (
        (("ProcessingInputs", "*"), ("S3Input", "DatasetDefinition"), True),
        (("ProcessingOutputConfig", "Outputs", "*"), ("S3Output", "FeatureStoreOutput"), True),
        (("ProcessingResources", "ClusterConfig"), ("InstanceType", "InstancePreferences"), True),
    ),
    "RegisterModel": (((), ("ModelPackageName", "ModelPackageGroupName"), False),),
    "Training": (
        (("AlgorithmSpecification",), _ALGORITHM, True),
        (("InputDataConfig", "*", "DataSource"), _DATA, True),
        (("ResourceConfig",), ("InstanceType", "InstanceGroups", "InstancePreferences"), True),
    ),
    "Tuning": (
        (_JOB, ("ResourceConfig", "HyperParameterTuningResourceConfig"), True),
        ((*_JOB, "AlgorithmSpecification"), _ALGORITHM, True),
        ((*_JOB, "InputDataConfig", "*", "DataSource"), _DATA, True),
    ),
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield members that exclude each other, and holders where a required one is absent."""
    for step in definition.steps:
        for path, members, needed in ALTERNATIVES.get(step.type, ()):
            for where, holder in found_at(step.arguments, path, f"{step.where}/Arguments"):
                if isinstance(holder, Mapping):
                    yield from _one_of(step, holder, members, where, needed=needed)


def _one_of(
    step: Step, holder: Mapping[str, Any], members: tuple[str, ...], where: str, *, needed: bool
) -> Iterator[Finding]:
    given = [name for name in members if holder.get(name) is not None]
    if len(given) > 1 or (needed and not given):
        got = " and ".join(given) or "none of them"
        message = f"expected one of {', '.join(members)}; got {got}"
        yield Finding(where, "alternatives", "error", step.name, message)
