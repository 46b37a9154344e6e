"""Great Expectations as we import it."""

import gc

from step_scripts.contracts import engine


def test_garbage_collection_is_left_as_it_was():
    """Importing quickly is no reason to switch off somebody's garbage collector, or to switch it on."""
    was = gc.isenabled()
    try:
        for state in (True, False):
            (gc.enable if state else gc.disable)()
            engine.great_expectations()
            assert gc.isenabled() is state
    finally:
        (gc.enable if was else gc.disable)()
