"""A test-first framework for Amazon SageMaker Pipelines: every bug is found on the laptop, none in the cloud.

Each package has one job, and imports what it needs when it needs it:

- `step_scripts.step`: what a step's script needs: folders, whole files, exit codes, options.
- `step_scripts.contracts`: the tables between the steps, and the check that they keep their contracts.
- `step_scripts.serving`: a model behind SageMaker's HTTP contract, and in batches of files.
- `step_scripts.jobs`: the shapes of steps in a pipeline definition, and their code bundles.
- `step_scripts.pipeline`: the command line of a ``pipeline.py``.
- `step_scripts.preflight`: an offline check of any pipeline definition.
- `step_scripts.local`: a run of a pipeline on this machine, as processes or in containers.
- `step_scripts.testing`: a pytest plugin with the tests that every project needs.
"""

from step_scripts._shared import StepScriptsError

__all__ = ["StepScriptsError"]
