"""Great Expectations as we use it: imported late, quickly and quietly."""

import gc
import os
import sys
from typing import Any


def great_expectations() -> Any:  # noqa: ANN401 - it ships no types
    """Import Great Expectations, which takes 2 to 4 s that sealed tables do not pay.

    Examples
    --------
    >>> great_expectations().__name__
    'great_expectations'
    """
    # It reads this when it is imported: checking opens no socket.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # The import makes a million objects that stay. Looking for garbage among them takes a third of its time, and a
    # quarter of a second whenever it is done again: so they are frozen.
    first, collecting = "great_expectations" not in sys.modules, gc.isenabled()
    gc.disable()
    try:
        import great_expectations as gx
    finally:
        if first:
            gc.freeze()
        if collecting:
            gc.enable()

    import step_scripts.contracts.expect_rows_to_satisfy  # noqa: F401 - importing it registers it

    return gx
