"""Great Expectations as we use it: imported late, quick, quiet, and forgetting what it was shown."""

import gc
import os
import sys
from typing import Any

# A table of more bytes than this gets no fingerprint. Nobody reads it, and for a million rows it takes as long as the
# rules do.
_NO_FINGERPRINT = 0


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
        from great_expectations.execution_engine import pandas_execution_engine
    finally:
        if first:
            gc.freeze()
        if collecting:
            gc.enable()
    pandas_execution_engine.HASH_THRESHOLD = _NO_FINGERPRINT

    import contracts.expect_rows_to_satisfy  # noqa: F401 - importing it registers it

    return gx


def quiet_context() -> Any:  # noqa: ANN401
    """Return a context that reports to nobody, draws no progress bar, and leaves no file behind."""
    gx = great_expectations()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        # Not even a temporary folder for a site of documents that nobody asked for.
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def forget() -> None:
    """Let go of the current context, which keeps its answers row by row until there is another."""
    from great_expectations.data_context import set_context

    set_context(None)
    gc.collect()
