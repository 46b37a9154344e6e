"""Warn about what local mode does not run, or runs in another way than the service.

It must not import `step_scripts.local`: a test compares the two.
"""

from collections.abc import Iterator, Mapping

from step_scripts.preflight.definition import Definition, Step
from step_scripts.preflight.finding import Finding
from step_scripts.preflight.values import texts

# Step types that local mode runs: the SDK's own, and those with an executor in `step_scripts.local.executors`.
# It refuses a pipeline with any other one.
RUNNABLE = frozenset(
    {
        *("Condition", "Fail", "Model", "Processing", "Training", "Transform"),
        *("Callback", "Endpoint", "EndpointConfig", "Lambda", "RegisterModel", "Tuning"),
    }
)
# By step type: members that only the service has.
ONLY_IN_THE_SERVICE: Mapping[str, Mapping[str, str]] = {
    "Transform": {"DataProcessing": "local mode ignores DataProcessing: its filters and joins run only in the cloud"},
    "Tuning": {
        "Autotune": "local mode has no Autotune: give the ranges and the limits, to test them locally",
        "TrainingJobDefinitions": "local mode runs tuning jobs of one TrainingJobDefinition: test each as its own step",
        "WarmStartConfig": "local mode knows no earlier tuning job: test locally without WarmStartConfig",
    },
}


def check(definition: Definition) -> Iterator[Finding]:
    """Yield warnings; the service accepts all of this."""
    for step in definition.steps:
        if step.type not in RUNNABLE:
            message = f"local mode runs no pipeline with a {step.type} step: test locally without this step"
            yield _warning(step, f"{step.where}/Type", message)
        if step.type != "Condition":  # its inner steps are checked one by one
            yield from _of_step(definition, step)


def _warning(step: Step, where: str, message: str) -> Finding:
    return Finding(where, "local-mode", "warning", step.name, message)


def _of_step(definition: Definition, step: Step) -> Iterator[Finding]:
    where = f"{step.where}/Arguments"
    for text in texts(step.arguments, definition, where):
        if text.member == "S3DataDistributionType" and text.text == "ShardedByS3Key":
            message = "local mode fails with ShardedByS3Key; in the cloud each host gets whole files, not rows"
            yield _warning(step, text.where, message)
    for member, message in ONLY_IN_THE_SERVICE.get(step.type, {}).items():
        if step.arguments.get(member) and not _is_off(step.arguments[member]):
            yield _warning(step, f"{where}/{member}", message)
    config = step.arguments.get("HyperParameterTuningJobConfig")
    if step.type == "Tuning" and isinstance(config, Mapping) and config.get("Strategy") == "Hyperband":
        message = "local mode has no Hyperband, which ends trials early: test locally with Random"
        yield _warning(step, f"{where}/HyperParameterTuningJobConfig/Strategy", message)
    containers = step.arguments.get("Containers")
    if step.type == "Model" and isinstance(containers, list) and len(containers) > 1:
        message = f"local mode runs models of one container, got {len(containers)}: test each as a model of its own"
        yield _warning(step, f"{where}/Containers", message)


def _is_off(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("Mode", "Enabled") != "Enabled"
