"""The descriptions of the rules, read from rules.toml: for ``--explain`` and for docs/preflight.md."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from step_scripts.preflight.finding import Severity


class Rule(NamedTuple):
    """A rule: its group, its severity, what it requires, why, its source, and an example of a mistake."""

    group: str
    severity: Severity
    what: str
    why: str
    source: str
    example: str


def _read() -> dict[str, Rule]:
    text = (Path(__file__).parent / "rules.toml").read_text(encoding="utf-8")
    return {name: Rule(**rule) for name, rule in tomllib.loads(text).items()}


RULES: Mapping[str, Rule] = MappingProxyType(_read())


def explained(name: str) -> str:
    """Return the description of a rule, for a terminal.

    Examples
    --------
    >>> print(explained("cycle").splitlines()[0])
    cycle (references, error): The steps do not wait for each other in a cycle.
    """
    rule = RULES[name]
    return (
        f"{name} ({rule.group}, {rule.severity}): {rule.what}\n"
        f"  why      {rule.why}\n  source   {rule.source}\n  mistake  {rule.example}"
    )
