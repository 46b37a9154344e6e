"""What preflight has to say of a definition."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a definition.

    Attributes
    ----------
    where
        A JSON pointer (RFC 6901) into the definition.
    rule
        The rule's id; ``python -m preflight --explain RULE`` says what it is about.
    severity
        ``error``: the service refuses it, or a run fails of it; ``warning``: it runs, and is better changed.
    step
        The name of the step that it is in, or None.
    message
        What came, what is allowed, what to do.
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
    """Return a hint at the known name that is most like a wrong one, or at all of them where there are few.

    Examples
    --------
    >>> nearest("TrainingJobNam", ["TrainingJobName", "RoleArn"])
    'did you mean TrainingJobName?'
    >>> nearest("Colour", ["TrainingJobName", "RoleArn"])
    'there are: RoleArn, TrainingJobName'
    """
    names = sorted(known)
    if close := difflib.get_close_matches(name, names, n=1, cutoff=0.7):
        return f"did you mean {close[0]}?"
    listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"there are: {listed}" if names else "there is none"


def shown(value: object) -> str:
    """Return a value on one line, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def printable(text: str) -> str:
    r"""Return a text as a terminal can show it: what would move its cursor, and what no file can hold, by its number.

    Examples
    --------
    >>> printable("Train\x1b[31m")
    'Train\\x1b[31m'
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
