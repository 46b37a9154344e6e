"""The example's other pipelines, with the command line of ``pipeline.py``: ``python pipelines/tuning.py --help``."""
