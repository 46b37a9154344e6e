"""The wall that import-linter cannot see, because pipeline.py is a module and no package."""

from step_scripts.jobs import bundle


def test_the_pipeline_knows_scripts_by_name_only(project):
    """Nothing that a step is made of is imported by the pipeline, not even through the targets."""
    rooms = {name.partition("/")[0] for name in bundle.of("pipeline.py", project).files}
    assert rooms == {"pipeline.py", "preflight", "targets"}
