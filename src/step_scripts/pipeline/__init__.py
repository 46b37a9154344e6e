"""The command line of a ``pipeline.py``: look at it, write its definition, run it."""
