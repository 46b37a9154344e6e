"""The error that a step shows its user."""

from step_scripts._shared import StepScriptsError


class StepError(StepScriptsError, ValueError):
    """Input, option or folder that a step cannot work with. It ends the step with exit code 1 and no traceback."""
