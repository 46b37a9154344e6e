"""The command line of a ``pipeline.py``, and of a file in ``pipelines/``: show, write the definition, run.

A pipeline's file ends with::

    if __name__ == "__main__":
        sys.exit(main(build))
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from step_scripts import project as _project

__all__ = ["main"]

# A pipeline in a folder of its own finds the modules of the project, as `steps` do.
_project.make_importable()


def main(
    build: Callable[[Any], Any],
    argv: Sequence[str] | None = None,
    *,
    input_parameter: str = "InputData",
    store_parameter: str = "Store",
    local_data: Mapping[str, str] | None = None,
) -> int:
    """Carry out the command line of a pipeline.

    Parameters
    ----------
    build : callable
        Takes a ``PipelineSession`` of the SDK and returns the pipeline. The project is found by the file in which it
        is written; the project's settings name the input tables, the fixtures and the rules that preflight ignores.
    argv : sequence of str, optional
        The arguments; those of the process when absent.
    input_parameter, store_parameter : str
        The pipeline's parameters for the S3 folder of the input tables, and for the S3 prefix below which code lies.
    local_data : mapping of str to str, optional
        For data without a contract: a pipeline parameter with an S3 folder, and the local folder, relative to the
        project, whose files a run on this machine finds there.

    Returns
    -------
    int
        0 done, 1 the pipeline failed, 2 the command line is wrong, 130 interrupted, 141 the reader of the output has
        gone.

    Examples
    --------
    >>> main(build, ["--execute", "--param", "TestFraction=0.3"])  # doctest: +SKIP
    0
    """
    from step_scripts.local.interrupt import exit_code_of

    def command() -> int:
        from step_scripts.pipeline.command import run

        return run(
            build,
            argv,
            input_parameter=input_parameter,
            store_parameter=store_parameter,
            local_data=local_data or {},
        )

    return exit_code_of(command)  # a signal ends the program in order from here on, also inside the imports
