"""Why a command line or a pipeline is not carried out."""

from step_scripts._shared import StepScriptsError


class UsageError(StepScriptsError, ValueError):
    """A command line that cannot be carried out: exit code 2."""


class RefusedError(StepScriptsError, ValueError):
    """A definition that the service would refuse, or a target that cannot run it: exit code 1."""
