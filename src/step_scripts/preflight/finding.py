"""A finding, and helpers for its place and its message."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """A problem in a definition.

    Attributes
    ----------
    where : str
        A JSON pointer (RFC 6901) into the definition.
    rule : str
        The rule's id; ``step-scripts preflight --explain RULE`` explains it.
    severity : str
        ``error``: the service refuses the definition, or a run fails; ``warning``: it runs and should be improved.
    step : str or None
        The name of the step with the problem.
    message : str
        What was expected, what was found, and the fix.
    """

    where: str
    rule: str
    severity: Severity
    step: str | None
    message: str


def pointer(parent: str, key: str | int) -> str:
    """Return the JSON pointer of a member.

    Examples
    --------
    >>> pointer("/Steps/0/Arguments", "a/b")
    '/Steps/0/Arguments/a~1b'
    """
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint: the known name most similar to a wrong one, or a list of the known names.

    Examples
    --------
    >>> nearest("TrainingJobNam", ["TrainingJobName", "RoleArn"])
    'did you mean TrainingJobName?'
    >>> nearest("Colour", ["TrainingJobName", "RoleArn"])
    'known: RoleArn, TrainingJobName'
    """
    names = sorted(known)
    if close := difflib.get_close_matches(name, names, n=1, cutoff=0.7):
        return f"did you mean {close[0]}?"
    listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"known: {listed}" if names else "none exists"


def shown(value: object) -> str:
    """Return a value on one line, cut after 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def printable(text: str) -> str:
    r"""Return a text that is safe to print: control characters and half surrogate pairs as escapes.

    Examples
    --------
    >>> printable("Train\x1b[31m")
    'Train\\x1b[31m'
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
