"""Jobs see no network, and run in one image: what was tested is what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from step_scripts.testing._helpers import fail_if, listed, problem

if TYPE_CHECKING:
    from step_scripts.testing.harness import Harness
    from step_scripts.testing.jobs import Step

_ISOLATED = {"Processing", "Training", "Transform", "Model", "Tuning"}


def test_every_job_is_isolated(harness: Harness) -> None:
    """No job has a network: in containers on this machine it has loopback alone."""
    from step_scripts.local import needs

    isolated = needs.isolated(harness.definition)
    fail_if(
        problem(name, expected="network isolation", got="none", fix="make the step with step_scripts.jobs")
        for name, step in harness.steps.items()
        if step["Type"] in _ISOLATED and name not in isolated and not _has_isolated_trials(step)
    )


def _has_isolated_trials(step: Step) -> bool:
    return step["Arguments"].get("TrainingJobDefinition", {}).get("EnableNetworkIsolation") is True


def test_every_step_runs_in_the_one_image(harness: Harness) -> None:
    """One build is enough, and the image that was tested is the image that runs."""
    from step_scripts.local import needs

    images = needs.images(harness.definition, harness.defaults)
    if len(images) > 1 or (harness.jobs and not images):
        fix = "give every step the same image parameter"
        fail_if([problem("the definition", expected="one image", got=listed(images), fix=fix)])
