"""What a tuning step searches is what the script accepts: each range against the script's own options."""

from __future__ import annotations

import contextlib
import io
import math
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from step_scripts.testing._helpers import fail_if, problem
from step_scripts.testing.jobs import ranges_of, script_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from step_scripts.testing.harness import Harness
    from step_scripts.testing.jobs import Step

_CATEGORICAL, _CONTINUOUS = "CategoricalParameterRanges", "ContinuousParameterRanges"


def test_each_value_of_a_range_is_one_that_the_script_accepts(harness: Harness) -> None:
    """Both ends of a range, a number between them, and each category: a trial with another value would fail."""
    problems = []
    for name, trial, kind, entry in _ranges(harness):
        flag = f"--{entry['Name']}"
        for value, fix in _values(kind, harness, entry):
            said = _refusal(harness, trial, flag, value)
            if said is not None:
                where = f"{harness.file}, {name}, range of {entry['Name']}"
                problems.append(
                    problem(where, expected=f"{script_of(trial)} accepts {flag} {value}", got=said, fix=fix)
                )
    fail_if(problems)


def _ranges(harness: Harness) -> Iterator[tuple[str, Step, str, Mapping[str, Any]]]:
    """Yield each range: its step's name, a trial of that step, the range's kind, and the range."""
    for name, step in harness.steps.items():
        if step["Type"] == "Tuning" and name in harness.jobs:
            yield from ((name, harness.jobs[name], kind, entry) for kind, entry in ranges_of(step))


def _values(kind: str, harness: Harness, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield values of a range, each with what to do where the script does not accept it."""
    if kind == _CATEGORICAL:
        fix = "leave the value out, or let the script accept it"
        yield from ((str(harness.resolve(value)), fix) for value in entry["Values"])
        return
    low, high = (str(harness.resolve(entry[name])) for name in ("MinValue", "MaxValue"))
    if kind == _CONTINUOUS:
        between = float(low) + (float(high) - float(low)) / math.pi  # no whole number
        yield f"{between:.4f}", "search whole numbers by an IntegerParameter, and texts by a CategoricalParameter"
    for bound in (low, high):
        yield bound, "narrow the range to what the option accepts, or correct the name"


def _refusal(harness: Harness, trial: Step, flag: str, value: str) -> str | None:
    """Return why a script refuses an option besides what else a trial gets, or None if it does not."""
    from step_scripts.step import StepError, checked

    words = words_of(trial, harness.resolve)
    at = words.index(flag) if flag in words else len(words)
    module, errors = harness.script_module(trial), io.StringIO()
    function = getattr(module, PurePosixPath(script_of(trial) or "").stem, None)
    try:
        with contextlib.redirect_stderr(errors):
            args = module.parser().parse_args([*words[:at], *words[at + 2 :], flag, value])
        if function is not None:
            checked(function, vars(args))
    except SystemExit:
        return (errors.getvalue().strip().splitlines() or ["an exit"])[-1]
    except StepError as error:
        return str(error)
    return None
