from step_scripts.local import needs
from step_scripts.pipeline.outline import steps_of


def test_every_job_is_isolated(definition):
    """No step has a network: the docker target runs each in a container that has loopback alone."""
    jobs = {step.name for step in steps_of(definition) if step.type in {"Processing", "Training", "Transform", "Model"}}
    assert needs.isolated(definition) == jobs


def test_every_step_runs_in_the_one_image(definition):
    """So that one build is enough, and the image that was tested is the image that runs."""
    defaults = {parameter["Name"]: parameter.get("DefaultValue") for parameter in definition["Parameters"]}
    assert needs.images(definition, defaults) == {defaults["Image"]}
