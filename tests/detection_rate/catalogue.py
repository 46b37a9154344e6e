"""The seeded mistakes: a change of the base definition, the rule that must report it, and a valid neighbour."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "step_scripts/preflight"
CATALOGUE = FOLDER / "catalogue"


@dataclass(frozen=True)
class Case:
    """One file of the catalogue.

    Attributes
    ----------
    group
        Its folder: frame, limits, model …
    name
        The file's name.
    description
        The mistake in a few words.
    rule
        The rule of preflight that must report it.
    mistake, neighbour
        The definition with the mistake, and a valid one that differs as little as possible.
    """

    group: str
    name: str
    description: str
    rule: str
    mistake: Mapping[str, Any]
    neighbour: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the name of the case, as tests show it."""
        return f"{self.group}/{self.name}"


def base() -> dict[str, Any]:
    """Read the base: the definition that every case changes."""
    return json.loads((FOLDER / "base.json").read_text(encoding="utf-8"))


def cases() -> list[Case]:
    """Read the whole catalogue, group by group; a new folder is a new group.

    Examples
    --------
    >>> str(cases()[0])
    'frame/arguments_no_object'
    """
    definition = base()
    found = []
    for path in sorted(CATALOGUE.rglob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        mistake, neighbour = (edited(definition, case[name]) for name in ("mistake", "neighbour"))
        found.append(Case(path.parent.name, path.stem, case["description"], case["rule"], mistake, neighbour))
    return found


def edited(definition: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a definition with some JSON pointers set and others removed.

    Examples
    --------
    >>> edited({"Steps": [{"Name": "A", "Type": "Fail"}]}, {"set": {"/Steps/0/Name": "B"}, "remove": ["/Steps/0/Type"]})
    {'Steps': [{'Name': 'B'}]}
    """
    changed: dict[str, Any] = json.loads(json.dumps(definition))  # a copy, faster than `deepcopy`
    for where, value in change.get("set", {}).items():
        holder, key = place(changed, where)
        if key == "-":
            holder.append(value)
        else:
            holder[key] = value
    for where in change.get("remove", []):
        holder, key = place(changed, where)
        del holder[key]
    return changed


def place(definition: Any, where: str) -> tuple[Any, Any]:
    """Return the holder of what a JSON pointer points to, and its key there; ``-`` is the end of a list."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in where.split("/")[1:]]
    for part in path:
        definition = definition[int(part) if isinstance(definition, list) else part]
    return definition, int(last) if isinstance(definition, list) and last != "-" else last
