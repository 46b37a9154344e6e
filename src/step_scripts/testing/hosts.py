"""A job on several hosts: every host gets all inputs, and the service merges into one folder what they write.

Tested are the processing jobs whose number of instances is a parameter.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any
from unittest import mock

from step_scripts.testing._helpers import fail_if, listed, problem
from step_scripts.testing.jobs import instance_count, outputs_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from step_scripts.testing.containers import Run
    from step_scripts.testing.harness import Harness
    from step_scripts.testing.jobs import Step

_PART = re.compile(r"-\d+(?=\.[^.]+$)")
_MORE = 3  # rows that a message shows


def test_every_host_gets_all_inputs(harness: Harness) -> None:
    """Hosts choose their rows themselves: the service spreads whole files, and would tear tables apart."""
    fix = "leave out S3DataDistributionType"
    fail_if(
        problem(f"{name}, input {entry['InputName']}", expected="FullyReplicated", got=kind, fix=fix)
        for name, step in _shared_jobs(harness).items()
        for entry in step["Arguments"].get("ProcessingInputs", [])
        if (kind := entry["S3Input"].get("S3DataDistributionType", "FullyReplicated")) != "FullyReplicated"
    )


def test_two_hosts_write_the_rows_of_one(harness: Harness) -> None:
    """What two hosts write is, put together, what one writes: the same tables with the same rows."""
    problems: list[str] = []
    for name, step in _shared_jobs(harness).items():
        whole = harness.containers.run(name)
        for output, folder in outputs_of(step).items():
            merged = harness.home / "merged" / name / output
            problems += _merge(harness, name, folder, merged)
            problems += _differences(f"{name}.{output}", _tables(whole.folder(folder)), _tables(merged))
    fail_if(problems)


def test_the_next_step_reads_the_parts_as_one_table(harness: Harness, tmp_path: Path) -> None:
    """The reader of the next step finds every host's part, and in them each row that one host writes, once."""
    problems: list[str] = []
    for name, step in _shared_jobs(harness).items():
        for edge in [edge for edge in harness.edges if edge.producer == name]:
            consumer = harness.jobs[edge.consumer]
            run = harness.containers.lay_out(consumer, tmp_path / str(len(list(tmp_path.iterdir()))))
            shutil.rmtree(run.folder(edge.folder))
            problems += _merge(harness, name, outputs_of(step)[edge.output], run.folder(edge.folder))
            expected = _inputs(harness, consumer, harness.containers.run(edge.consumer))
            for number, (one, two) in enumerate(zip(expected, _inputs(harness, consumer, run), strict=True)):
                problems += _differences(f"{edge}, read", {str(number): _rows(one)}, {str(number): _rows(two)})
    fail_if(problems)


def _shared_jobs(harness: Harness) -> dict[str, Step]:
    jobs = {name: step for name, step in harness.jobs.items() if step["Type"] == "Processing"}
    return {name: step for name, step in jobs.items() if isinstance(instance_count(step), dict)}


def _merge(harness: Harness, name: str, folder: str, merged: Path) -> Iterator[str]:
    """Copy into one folder what each host writes, as the service does; yield a problem for each name used twice."""
    merged.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    for number in range(2):
        source = harness.containers.run(name, host=number).folder(folder)
        for path in sorted(source.iterdir()) if source.is_dir() else ():
            shutil.copy(path, merged)
            written[path.name] += 1
    fix = "name it by step.part"
    for file in [file for file, times in written.items() if times > 1]:
        yield problem(f"{name}, {folder}", expected="a file of its own a host", got=f"{file} twice", fix=fix)


def _tables(folder: Path) -> dict[str, Counter[str]]:
    """Return the rows of the tables in a folder, by the name that one host gives to each."""
    import pandas as pd

    tables: dict[str, Counter[str]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        rows = tables.setdefault(_PART.sub("", path.name), Counter())
        if path.suffix == ".parquet":
            rows.update(_rows(pd.read_parquet(path)))
        elif path.suffix == ".csv":
            rows.update(_rows(pd.read_csv(path, dtype=str, keep_default_na=False)))
        elif path.suffix in {".jsonl", ".ndjson"}:
            rows.update(path.read_text().splitlines())
    return {name: rows for name, rows in tables.items() if not name.endswith(".json")}


def _rows(value: object) -> Counter[str]:
    """Return the rows of a table, each as text; none where it is not a table."""
    import pandas as pd

    return Counter(value.to_csv(index=False).splitlines()[1:] if isinstance(value, pd.DataFrame) else ())


def _differences(where: str, one: dict[str, Counter[str]], two: dict[str, Counter[str]]) -> Iterator[str]:
    fix = "share the rows by step.share, so that each falls to one host"
    if set(one) != set(two):
        yield problem(f"{where}, files of two hosts", expected=listed(one), got=listed(two), fix=fix)
        return
    for name, rows in one.items():
        missing, extra = rows - two[name], two[name] - rows
        if missing or extra:
            expected, got = f"the {rows.total()} rows of one host", f"{two[name].total()} rows"
            shown = f"missing: {list(missing)[:_MORE]}, too many: {list(extra)[:_MORE]}"
            yield problem(f"{where}, {name} of two hosts", expected=expected, got=f"{got}; {shown}", fix=fix)


def _inputs(harness: Harness, step: Step, run: Run) -> tuple[Any, ...]:
    """Read what a step reads in the folders of a run."""
    module = harness.script_module(step)
    with mock.patch.dict(os.environ, run.environment(harness.project)):
        inputs: tuple[Any, ...] = module.read_inputs(module.parser().parse_args(words_of(step, harness.resolve)))
    return inputs
