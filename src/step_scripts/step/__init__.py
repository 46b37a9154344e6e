"""What a step's script needs around its pure function: folders, whole files, exit codes, options, a split of rows.

A step is a file with a pure function of its own name and four others, and its ``main`` is five verbs::

    from step_scripts import step

    @step.exits_cleanly
    def main(argv: Sequence[str] | None = None) -> None:
        args = parser().parse_args(argv)                                           # parse
        inputs = read_inputs(args)                                                 # read and check
        result = preprocess(*inputs, **step.given(preprocess, args))               # call
        write_outputs(result, args)                                                # check and write
        step.report(rows=len(result.train) + len(result.test))                     # report

``read_inputs(args)`` returns the function's positional arguments, in their order; each of its options has a flag of
the same name. Tests rely on both, and so they can call every step's function without knowing the step. The same inputs
give the same bytes. Measured times never repeat, so they are an output of their own called ``latency``.
"""

from step_scripts import project as _project
from step_scripts.step.environment import (
    Host,
    base,
    channel,
    host,
    model_dir,
    output_data_dir,
    output_dir,
    part,
    require_distinct_dirs,
)
from step_scripts.step.errors import StepError
from step_scripts.step.exits import exits_cleanly, format_message, leave_failure, report
from step_scripts.step.files import all_or_nothing, write_bytes, write_json
from step_scripts.step.kinds import Between, Flag, OneOf, Text
from step_scripts.step.options import checked, given, parser
from step_scripts.step.rows import Split, held_out, share

__all__ = [
    "Between",
    "Flag",
    "Host",
    "OneOf",
    "Split",
    "StepError",
    "Text",
    "all_or_nothing",
    "base",
    "channel",
    "checked",
    "exits_cleanly",
    "format_message",
    "given",
    "held_out",
    "host",
    "leave_failure",
    "model_dir",
    "output_data_dir",
    "output_dir",
    "parser",
    "part",
    "report",
    "require_distinct_dirs",
    "share",
    "write_bytes",
    "write_json",
]

# The one thing that happens at import: a script imports this before what else its project has.
_project.make_importable()
