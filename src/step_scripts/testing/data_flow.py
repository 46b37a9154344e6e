"""Along every edge of the definition: what a step writes is what the next one looks for, contract and all."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from step_scripts.testing._helpers import fail_if, listed, problem
from step_scripts.testing.jobs import BASE, MODEL, outputs_of, script_of, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from step_scripts.testing.harness import Harness

SEAL = ".seal.json"
ORDERED = ("GreaterThan", "LessThan")  # how the types of conditions begin that compare numbers
_NAMES = re.compile(r"\[(\d+)\]|\[?'([^']*)'\]?|([^.\[\]']+)")


def test_an_output_keeps_the_contract_that_the_next_step_expects(harness: Harness) -> None:
    """The seals that a producer leaves are of the contract and version under which the consumer reads them."""
    problems: list[str] = []
    for edge in harness.edges:
        consumer = harness.containers.attempt(edge.consumer, problems)
        if edge.output == MODEL or edge.producer is None or consumer is None:
            continue
        sealed, bare = _promised(consumer.folder(edge.folder))
        expected = consumer.contracts.get(edge.folder, set())
        fix = "write and read the table under one contract"
        if sealed != expected:
            problems.append(problem(str(edge), expected=_shown(expected), got=_shown(sealed), fix=fix))
        elif sealed and bare:
            fix = "write tables by write_checked, and other files to another output"
            problems.append(problem(str(edge), expected="sealed files only", got=listed(bare), fix=fix))
    fail_if(problems)


def test_tables_from_outside_are_read_under_contracts(harness: Harness) -> None:
    """What comes from outside carries no seal: the script that reads it checks it under contracts."""
    fix, problems = "read it by contracts.read_checked or contracts.read_valid_rows", list[str]()
    for edge in [edge for edge in harness.edges if edge.producer is None]:
        run = harness.containers.attempt(edge.consumer, problems)
        if run and not run.contracts.get(edge.folder):
            expected = "a table that is read under a contract"
            problems.append(problem(str(edge), expected=expected, got="no contract", fix=fix))
    fail_if(problems)


def test_every_table_is_read_by_a_step(harness: Harness) -> None:
    """A table that was checked and that no step reads is a forgotten edge."""
    read = {source_of(given) for given in _objects(harness.definition)}
    fix = "connect it to the step that needs it, or do not write it"
    problems: list[str] = []
    for name, step in harness.jobs.items():
        run = harness.containers.attempt(name, problems)
        problems += [
            problem(f"{name}.{output}", expected="a step that reads this table", got="none", fix=fix)
            for output, folder in outputs_of(step).items()
            if run and list(run.folder(folder).glob(f"*{SEAL}")) and (name, output) not in read
        ]
    fail_if(problems)


def test_a_script_fills_the_declared_outputs_and_no_other(harness: Harness) -> None:
    """An output that the script does not write, or that the job does not collect, is missing in the next step."""
    problems: list[str] = []
    for name, step in harness.jobs.items():
        run = harness.containers.attempt(name, problems)
        if run is None:
            continue
        if step["Type"] == "Training":
            if not any((run.base / "model").iterdir()):
                problems.append(problem(name, expected="a model", got="no file", fix="write it to step.model_dir"))
            continue
        home = run.base / "processing" / "output"
        found = home.iterdir() if home.is_dir() else ()
        written = {path.name for path in found if path.is_file() or any(path.iterdir())}
        declared = {folder.removeprefix(f"{BASE}/processing/output/") for folder in outputs_of(step).values()}
        if written != declared:
            where = f"{name}, outputs that {script_of(step)} writes"
            fix = "declare in pipeline.py what the script writes, and nothing else"
            problems.append(problem(where, expected=listed(declared), got=listed(written), fix=fix))
    fail_if(problems)


def test_a_script_reads_every_input_that_it_is_given(harness: Harness) -> None:
    """An input that no script looks at costs a download, and is probably a mistake."""
    fix, problems = "read it in the script, or take the input away", list[str]()
    for edge in harness.edges:
        run = harness.containers.attempt(edge.consumer, problems)
        if run and not run.has_read(edge.folder):
            expected = f"{script_of(harness.jobs[edge.consumer])} reads it"
            problems.append(problem(str(edge), expected=expected, got="it does not", fix=fix))
    fail_if(problems)


def test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote(harness: Harness) -> None:
    """Each path leads to a value, a number where numbers are compared, in the file that the property file declares."""
    from step_scripts.preflight.definition import references

    problems: list[str] = []
    for name, step in harness.steps.items():
        compared = [
            side
            for condition in step["Arguments"].get("Conditions", [])
            if str(condition.get("Type", "")).startswith(ORDERED)
            for side in (condition.get("LeftValue"), condition.get("RightValue"))
        ]
        for _, function, given in references(step["Arguments"], name):
            if function == "Std:JsonGet" and "PropertyFile" in given:
                numbers = {"Std:JsonGet": given} in compared
                problems += _followed(harness, f"{name}, JsonGet {given['Path']}", given, numbers=numbers)
    fail_if(problems)


def test_a_path_into_an_output_leads_to_a_file_that_the_script_wrote(harness: Harness) -> None:
    """A report that a model package names, or a file that a job reads: it lies in the output, under that name."""
    from step_scripts.preflight.definition import BRANCHES, references

    problems: list[str] = []
    for name, step in harness.steps.items():
        own = {member: value for member, value in step["Arguments"].items() if member not in BRANCHES["Condition"]}
        for _, function, given in references(own, ""):
            producer, output, path = _into_an_output(given) if function == "Std:Join" else (None, "", "")
            if producer is None or producer not in harness.jobs:
                continue
            folder, run = outputs_of(harness.jobs[producer]).get(output), harness.containers.attempt(producer, problems)
            if folder and run and not (run.folder(folder) / path).exists():
                home = run.folder(folder)
                found = listed(each.relative_to(home) for each in home.rglob("*") if each.is_file())
                where, fix = f"{harness.file}, {name}, a path into {producer}.{output}", "correct the path"
                problems.append(problem(where, expected=f"one of {found}", got=path, fix=fix))
    fail_if(problems)


def _into_an_output(joined: Any) -> tuple[str | None, str, str]:  # noqa: ANN401 - any JSON
    """Return the step and the output at the beginning of a joined address, and the path below; None if it has none."""
    values = joined.get("Values", []) if isinstance(joined, Mapping) and joined.get("On") == "/" else []
    producer, output = source_of(values[0]) if values else (None, "")
    path = [value for value in values[1:] if isinstance(value, str)]
    known = path and len(path) == len(values) - 1
    return (producer, output, "/".join(path)) if known else (None, "", "")


def test_a_report_keeps_its_schema(harness: Harness) -> None:
    """A file ``<name>.json`` of an output is a report where contracts/ has its schema, ``<name>.schema.json``."""
    from step_scripts.contracts import ContractError
    from step_scripts.contracts.report import check_report

    contracts, problems = harness.project.folder("contracts"), list[str]()
    for name, step in harness.jobs.items():
        run = harness.containers.attempt(name, problems)
        written = (path for folder in outputs_of(step).values() if run for path in run.folder(folder).rglob("*.json"))
        for path in sorted(path for path in written if (contracts / f"{path.stem}.schema.json").is_file()):
            try:
                check_report(path.stem, json.loads(path.read_text()))
            except ContractError as error:
                problems.append(f"{name}: {error}")
    fail_if(problems)


def test_each_metric_finds_its_number_in_the_log(harness: Harness) -> None:
    """The regular expression of a metric finds a number in what the script prints."""
    problems: list[str] = []
    for name, step in harness.jobs.items():
        metrics = step["Arguments"].get("AlgorithmSpecification", {}).get("MetricDefinitions", [])
        run = harness.containers.attempt(name, problems) if metrics else None
        for metric in metrics if run else ():
            found = re.findall(metric["Regex"], run.log if run else "")
            if not found or not all(map(_is_number, found)):
                where = f"{name}, metric {metric['Name']}"
                expected = f"{metric['Regex']!r} finds a number in the log"
                fix = "let the script print the line that the expression looks for"
                problems.append(problem(where, expected=expected, got=found or "no match", fix=fix))
    fail_if(problems)


def _promised(folder: Path) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the contracts of the seals in a folder, and the files that have none."""
    seals = {path.name.removesuffix(SEAL): json.loads(path.read_text()) for path in folder.glob(f"*{SEAL}")}
    bare = {path.name for path in folder.iterdir() if not path.name.endswith(SEAL)} - set(seals)
    return {(seal["contract"], seal["version"]) for seal in seals.values()}, bare


def _shown(contracts: set[tuple[str, str]]) -> str:
    return listed(" ".join(each) for each in contracts) if contracts else "no contract"


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for member in value.values():
            yield from _objects(member)
    elif isinstance(value, list):
        for member in value:
            yield from _objects(member)


def _followed(harness: Harness, where: str, given: Mapping[str, Any], *, numbers: bool) -> Iterator[str]:
    """Yield what is wrong on the way from a JsonGet to its value."""
    producer, _, name = given["PropertyFile"]["Get"].removeprefix("Steps.").partition(".PropertyFiles.")
    step = harness.steps.get(producer, {})
    file = next((one for one in step.get("PropertyFiles", []) if one["PropertyFileName"] == name), None)
    if file is None or producer not in harness.jobs:
        fix = "add it to the property files of that step"
        yield problem(where, expected=f"a property file {name} of {producer}", got="none", fix=fix)
        return
    folder = outputs_of(step).get(file["OutputName"])
    path = harness.containers.run(producer).folder(folder) / file["FilePath"] if folder else None
    if path is None or not path.is_file():
        fix = "correct the output or the path of the property file"
        expected = f"a file {file['FilePath']} in the output {file['OutputName']} of {producer}"
        yield problem(where, expected=expected, got="none", fix=fix)
        return
    value = json.loads(path.read_text())
    for part in _parts(given["Path"]):
        try:
            value = value[part]
        except (LookupError, TypeError):
            known = listed(value) if isinstance(value, Mapping) else f"{value!r}"[:80]
            yield problem(where, expected=f"one of {known}", got=part, fix=f"correct the path into {file['FilePath']}")
            return
    allowed = (int, float) if numbers else (int, float, str)
    if not isinstance(value, allowed) or (numbers and isinstance(value, bool)):
        expected = "a number" if numbers else "a number, a text or a truth value"
        yield problem(where, expected=expected, got=f"{value!r}"[:80], fix=f"correct the path into {file['FilePath']}")


def _parts(path: str) -> list[str | int]:
    """Split the path of a JsonGet into names and places.

    Examples
    --------
    >>> _parts("metrics.error[0]['upper bound']")
    ['metrics', 'error', 0, 'upper bound']
    """
    return [int(place) if place else name or quoted for place, quoted, name in _NAMES.findall(path)]


def _is_number(text: object) -> bool:
    try:
        return math.isfinite(float(str(text)))
    except ValueError:
        return False
