"""The error of a step that cannot be made."""

from step_scripts._shared import StepScriptsError


class JobsError(StepScriptsError, TypeError):
    """A setting or an option of a step that the service, or the SDK, does not take. The message has the fix."""
