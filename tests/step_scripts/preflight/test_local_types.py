"""preflight warns of the step types that local mode does not run, and of no other."""

from step_scripts.local.executors import RUNNABLE
from step_scripts.preflight.hygiene import LOCAL


def test_preflight_knows_what_local_mode_runs():
    """Preflight must not import the SDK's side, so it has the list a second time."""
    assert LOCAL == RUNNABLE
