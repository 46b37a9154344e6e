"""Every file in steps/ keeps the same promises. A new step is tested by being there."""

from step_scripts.testing.steps import *  # noqa: F403 - the tests
