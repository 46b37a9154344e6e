"""What a person sees of a run: a line when a step ends, a table at the end, and a report of a failure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts._text import table
from step_scripts.local import execution as records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from step_scripts.local.execution import Execution, Failure, Step

TAIL = 15  # lines of a failed step's log
CLEAR_LINE = "\r\033[K"
MARKS = {records.SUCCEEDED: "✓", records.FAILED: "✗", records.INTERRUPTED: "!"}


def show(step: Step) -> None:
    """Print that a step has ended and, on a terminal, that it has started."""
    terminal = sys.stdout.isatty()
    if step.status == records.EXECUTING:
        if terminal:
            print(f"… {step.name}", end="", flush=True)
        return
    facts = " ".join(f"{name}={value}" for name, value in step.report.items() if not _is_list(value))
    line = f"{MARKS[step.status]} {step.name:<12} {step.seconds or 0.0:5.1f} s  {facts or _outcome(step)}"
    print(CLEAR_LINE * terminal + line.rstrip(), flush=True)


def show_line(step: str, text: str) -> None:
    """Print a line of a step that runs, above the line that says so."""
    terminal = sys.stdout.isatty()
    print(f"{CLEAR_LINE * terminal}  {text}", flush=True)
    if terminal:
        print(f"… {step}", end="", flush=True)


def summary(execution: Execution) -> str:
    """Return the text at the end of a run: the table of steps, the failure if there was one, and the run's folder.

    Examples
    --------
    >>> print(summary(execution))  # doctest: +SKIP
      step        status     seconds  rows  metrics       output
      Preprocess  Succeeded  0.9      5000  expensive=164  runs/2DRR2511NGO3/Preprocess
    """
    header = ("step", "status", "seconds", "rows", "metrics", "output")
    lines = ["", *table(header, [_row(step, execution) for step in execution.steps]), ""]
    if notes := [note for step in execution.steps for note in _notes(step)]:
        lines += [*notes, ""]
    if execution.failure:
        lines += [*_failure(execution.failure, execution), ""]
    folder = shown(execution.folder)
    lines.append(f"{execution.status} in {execution.seconds:.1f} s: {folder} (as data: {folder}/run.json)")
    return "\n".join(lines)


def shown(path: Path) -> str:
    """Shorten a path to one relative to the current folder where it lies below it.

    Examples
    --------
    >>> shown(Path.cwd() / "runs")
    'runs'
    """
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _row(step: Step, execution: Execution) -> tuple[str, ...]:
    report = dict(step.report)
    seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
    rows = report.pop("rows", "")
    metrics = " ".join(f"{name}={value}" for name, value in report.items() if not _is_list(value))
    where = shown(execution.folder / step.name) if step.outputs else ""
    return (step.name, step.status, seconds, rows, metrics or _outcome(step), where)


def _notes(step: Step) -> Iterator[str]:
    """Yield a line for each list that a step reports, because a list is too long for a cell."""
    for name, value in step.report.items():
        if _is_list(value):
            yield f"  {step.name} {name}: {value.replace(',', ', ').replace(':', ' ')}"


def _is_list(value: str) -> bool:
    """Tell whether a reported value is a list of words and their counts, such as ``price_range:2,rooms_range:1``."""
    return bool(records.COUNTS.fullmatch(value))


def _outcome(step: Step) -> str:
    return "" if step.outcome is None else f"outcome={str(step.outcome).lower()}"


def _failure(failure: Failure, execution: Execution) -> list[str]:
    message = failure.message.splitlines() if failure.message else []
    lines = [f"{failure.step or 'The pipeline'} failed: {failure.reason}", *(f"  {line}" for line in message)]
    path = execution.folder / str(failure.step) / "log.txt"
    if failure.log_tail or path.is_file():
        tail = _without(message, failure.log_tail)[-TAIL:]
        lines += (
            [f"  the end of {shown(path)}:", *(f"    {line}" for line in tail)] if tail else [f"  log: {shown(path)}"]
        )
    return lines


def _without(message: Sequence[str], tail: Sequence[str]) -> Sequence[str]:
    """Remove the message from the end of a log's tail, because the message has been shown already."""
    end = message[-len(tail) :] if tail else []
    return tail[: -len(end)] if end and list(tail[-len(end) :]) == list(end) else tail
