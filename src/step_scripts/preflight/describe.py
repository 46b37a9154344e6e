"""The rules as people read them: the part of docs/preflight.md that lists them."""

import itertools
from collections.abc import Iterator

from step_scripts.preflight.rules import RULES, Rule

# What a group of rules is about, in the order in which the page tells them.
GROUPS = {
    "frame": "What the service needs to make out steps and parameters at all.",
    "model": "Each step's arguments, member by member, against the request that the service makes of them.",
    "limits": "Names and numbers that the service bounds, and its model of requests does not carry.",
    "references": "What is read from somewhere else: it is there, of a fitting type, and there in time.",
    "semantics": "What follows every shape and still makes no sense.",
    "hygiene": "What the service takes, and is better changed.",
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
    told = f"`{name}`" + (" (warning)" if rule.severity == "warning" and rule.group != "hygiene" else "")
    return f"| {told} | {rule.what} | {rule.why} | {_quoted(rule.example)} | {rule.source} |"


def _quoted(example: str) -> str:
    """Put what is code into quotes of code; prose stays as it is."""
    return f"`{example}`" if example.startswith(("{", '"')) and example.endswith(("}", '"', "0")) else example
