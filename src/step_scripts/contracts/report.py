"""The contracts of reports. Reports are nested JSON, which JSON Schema describes better than a table's contract."""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from step_scripts._shared import nearest
from step_scripts.contracts.catalog import UnknownContractError, contracts_folder
from step_scripts.contracts.error import BrokenRule, ContractError

_SUFFIX = ".schema.json"
_MAX_ITEMS = 12  # of a list that a message shows
_WORDS = {
    "additionalProperties": "has no names besides those of the schema:",
    "const": "is",
    "maximum": "is at most",
    "minimum": "is at least",
    "required": "has",
    "type": "is of type",
}


def report_schema(name: str, *, folder: Path | str | None = None) -> Mapping[str, Any]:
    """Return the JSON Schema of a report, ``<name>.schema.json``; each file is read once a process.

    Parameters
    ----------
    name
        The name of the schema: ``evaluation`` for evaluation.schema.json.
    folder
        Where the schemas lie; by default, the project's folder of contracts.

    Raises
    ------
    UnknownContractError
        When there is no such schema. It is a `FileNotFoundError`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sales.schema.json").write_text('{"$id": "sales", "version": "1.0.0", "type": "object"}')
    ...     report_schema("sales", folder=folder)["version"]
    '1.0.0'
    """
    place = contracts_folder(folder)
    try:
        return _read((place / f"{name}{_SUFFIX}").resolve())
    except FileNotFoundError:
        names = sorted(path.name.removesuffix(_SUFFIX) for path in place.glob(f"*{_SUFFIX}"))
        hint = f"did you mean {near}? " if (near := nearest(name, names)) else ""
        there = ", ".join(names) or "none"
        raise UnknownContractError(f"there is no schema called {name!r} in {place}; {hint}there are: {there}") from None


@cache
def _read(path: Path) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(path.read_bytes())
    return schema


def read_report(name: str, path: Path | str, *, folder: Path | str | None = None) -> dict[str, Any]:
    """Read a report and check it against its schema.

    Parameters
    ----------
    name, folder
        The schema, as for `report_schema`.
    path
        The JSON file.

    Raises
    ------
    ContractError
        When the file is not JSON, or does not satisfy the schema.
    OSError
        When the file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sales.schema.json").write_text('{"$id": "sales", "version": "1.0.0", "type": "object"}')
    ...     _ = Path(folder, "sales.json").write_text('{"houses": 3}')
    ...     read_report("sales", Path(folder, "sales.json"), folder=folder)
    {'houses': 3}
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
        raise ContractError(table=name, version=report_schema(name, folder=folder)["version"], broken=(rule,)) from None
    check_report(name, report, folder=folder)
    return report


def check_report(name: str, report: Mapping[str, Any], *, folder: Path | str | None = None) -> None:
    """Check a report against its schema.

    Parameters
    ----------
    name, folder
        The schema, as for `report_schema`.
    report
        As read from a file, or before it is written to one.

    Raises
    ------
    ContractError
        With every violation at once. NaN and infinity are violations: JSON has neither.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sales.schema.json").write_text('{"$id": "sales", "version": "1.0.0", "type": "object"}')
    ...     check_report("sales", {"houses": 3}, folder=folder)
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def is_number(_checker: object, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

    schema = report_schema(name, folder=folder)
    types = Draft202012Validator.TYPE_CHECKER.redefine("number", is_number)
    strict = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    # One error a place and keyword: else each absent name were an error of its own.
    errors = {
        (".".join(map(str, ("report", *error.absolute_path))), error.validator): error
        for error in strict(schema).iter_errors(report)
    }
    broken = tuple(
        BrokenRule(
            rule=place,
            column=None,
            sentence=f"the value {_WORDS.get(keyword, f'satisfies {keyword}')} {_shown(error.validator_value)}",
            count=0,
            examples=({"value": _shown(error.instance)},),
            remedy=f"correct the step that writes the report, or change {name}.schema.json and raise its version",
        )
        for (place, keyword), error in sorted(errors.items())
    )
    if broken:
        raise ContractError(table=schema["$id"], version=schema["version"], broken=broken)


def _shown(value: object) -> str:
    """Return a value as one line: the names of an object, the items of a list, at most 12 of them."""
    if not isinstance(value, Mapping | list):
        return repr(value)
    items = [str(item) for item in value]
    return ", ".join(items[:_MAX_ITEMS]) + (f" and {len(items) - _MAX_ITEMS} more" if items[_MAX_ITEMS:] else "")
