"""The contracts of reports. They are nested JSON, which JSON Schema guards better than a table's contract."""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from step_scripts import project
from step_scripts.contracts.error import BrokenRule, ContractError

_MAX_ITEMS = 12
_WORDS = {
    "additionalProperties": "has none but its known names:",
    "const": "is",
    "maximum": "is at most",
    "minimum": "is at least",
    "required": "has",
    "type": "is of type",
}


@cache
def report_schema(name: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a report, ``<name>.schema.json`` in this folder, read once a process.

    Examples
    --------
    >>> sorted(report_schema("evaluation")["properties"])
    ['binary_classification_metrics', 'bootstrap', 'calibration_curve', 'contracts', 'dataset', 'threshold']
    """
    schema: Mapping[str, Any] = json.loads((project.find().folder("contracts") / f"{name}.schema.json").read_bytes())
    return schema


def read_report(name: str, path: Path | str) -> dict[str, Any]:
    """Read a report and check it against its schema.

    Parameters
    ----------
    name
        The schema's, as `check_report` takes it.
    path
        Of the JSON file.

    Raises
    ------
    ContractError
        When the file is no JSON, or breaks the schema.
    OSError
        When it cannot be read.

    Examples
    --------
    >>> read_report("evaluation", "fixtures/evaluate/evaluation/evaluation.json")["dataset"]["item_count"]
    1027
    """
    try:
        report: dict[str, Any] = json.loads(Path(path).read_bytes())
    except ValueError as error:
        rule = BrokenRule(
            rule="file",
            column=None,
            sentence=f"{path} is JSON",
            count=0,
            examples=({"value": str(error)},),
            remedy="write it again with the step that writes the report",
        )
        raise ContractError(table=name, version=report_schema(name)["version"], broken=(rule,)) from None
    check_report(name, report)
    return report


def check_report(name: str, report: Mapping[str, Any]) -> None:
    """Check a report against its schema.

    Parameters
    ----------
    name
        The schema's: ``evaluation`` for evaluation.schema.json.
    report
        As read from a file, or about to be written to one.

    Raises
    ------
    ContractError
        With every place that breaks the schema at once. NaN and infinity count as breaks: JSON has neither.

    Examples
    --------
    >>> check_report("evaluation", {"threshold": 1.5})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    step_scripts.contracts.error.ContractError: evaluation...
    ...
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def is_number(_checker: object, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

    schema = report_schema(name)
    types = Draft202012Validator.TYPE_CHECKER.redefine("number", is_number)
    strict = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    # By place and keyword, as each absent name would be an error of its own.
    errors = {
        (".".join(map(str, ("report", *error.absolute_path))), error.validator): error
        for error in strict(schema).iter_errors(report)
    }
    broken = tuple(
        BrokenRule(
            rule=place,
            column=None,
            sentence=f"it {_WORDS.get(keyword, f'keeps {keyword}')} {_shown(error.validator_value)}",
            count=0,
            examples=({"value": _shown(error.instance)},),
            remedy=f"correct the step that writes the report, or change {name}.schema.json and raise its version",
        )
        for (place, keyword), error in sorted(errors.items())
    )
    if broken:
        raise ContractError(table=schema["$id"], version=schema["version"], broken=broken)


def _shown(value: object) -> str:
    """Return a value on one line: of an object its names, of a list its items, of both the first few."""
    if not isinstance(value, Mapping | list):
        return repr(value)
    items = [str(item) for item in value]
    return ", ".join(items[:_MAX_ITEMS]) + (f" and {len(items) - _MAX_ITEMS} more" if items[_MAX_ITEMS:] else "")
