"""The command line of a ``pipeline.py``: show the pipeline, write its definition, run it.

A pipeline's file ends with::

    if __name__ == "__main__":
        sys.exit(main(build))
"""

from step_scripts.pipeline.command import main

__all__ = ["main"]
