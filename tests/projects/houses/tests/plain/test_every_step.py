"""Every file in steps/ keeps the same promises."""

from step_scripts.testing.steps import *  # noqa: F403 - the tests
