"""The rules as Markdown: the part of docs/preflight.md that lists them."""

import itertools
from collections.abc import Iterator

from step_scripts.preflight.rules import RULES, Rule

# The groups of rules, in the order of the page.
GROUPS = {
    "frame": "The structure of a definition: its objects and lists, its steps and parameters.",
    "model": "Each step's arguments, member by member, compared with the request that the service makes from them.",
    "limits": "Limits of the service on names and numbers that are not in its model of requests.",
    "references": "References: the target exists, has a fitting type, and is available in time.",
    "semantics": "Values that have a valid shape and are still wrong.",
    "hygiene": "What the service accepts and should be improved.",
}


def as_markdown() -> str:
    """Return a section a group, and a table of its rules in each.

    Examples
    --------
    >>> print(as_markdown().splitlines()[0])
    ### frame
    """
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for group, rules in itertools.groupby(RULES.items(), key=lambda item: item[1].group):
        yield from (f"### {group}", "", GROUPS[group], "")
        yield from ("| rule | what | why | a mistake | source |", "|---|---|---|---|---|")
        yield from (_row(name, rule) for name, rule in rules)
        yield ""


def _row(name: str, rule: Rule) -> str:
    shown = f"`{name}`" + (" (warning)" if rule.severity == "warning" and rule.group != "hygiene" else "")
    return f"| {shown} | {rule.what} | {rule.why} | {_quoted(rule.example)} | {rule.source} |"


def _quoted(example: str) -> str:
    """Return an example that is JSON in code quotes; prose is unchanged."""
    return f"`{example}`" if example.startswith(("{", '"')) and example.endswith(("}", '"', "0")) else example
