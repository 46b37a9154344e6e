"""Every file in steps/ keeps its promises as a script."""

from step_scripts.testing.scripts import *  # noqa: F403 - the tests
