"""The ignore list: rules that a project leaves out, each with its reason, in pyproject.toml.

.. code-block:: toml

    [tool.preflight.ignore]
    no-encryption-key = "the bucket encrypts with a key of its own"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from step_scripts._shared import StepScriptsError
from step_scripts.preflight.finding import nearest, shown
from step_scripts.preflight.rules import RULES

FILE = "pyproject.toml"


class IgnoreError(StepScriptsError, ValueError):
    """An ignore list that cannot be read, names no rule, or gives no reason; the message says where."""


def ignored(folder: str | Path) -> Mapping[str, str]:
    """Return the rules that a project leaves out, with its reasons.

    Parameters
    ----------
    folder
        The nearest pyproject.toml counts: in this folder or above it. Without one nothing is left out.

    Raises
    ------
    IgnoreError
        When the file is no TOML, a rule is unknown, or its reason is empty or no text.

    Examples
    --------
    >>> sorted(ignored("."))
    ['hard-coded-account', 'no-encryption-key']
    """
    start = Path(folder).resolve()
    path = next((home / FILE for home in (start, *start.parents) if (home / FILE).is_file()), None)
    if path is None:
        return {}
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("preflight", {}).get("ignore", {})
    except (OSError, ValueError, AttributeError) as error:
        raise IgnoreError(f"{path} cannot be read: {error}") from None
    if not isinstance(listed, dict):
        raise IgnoreError(f"{path}: [tool.preflight.ignore] is a table of rules and reasons, not {shown(listed)}")
    for name, reason in listed.items():
        if name not in RULES:
            raise IgnoreError(f"{path}: [tool.preflight.ignore]: there is no rule {name!r}; {nearest(name, RULES)}")
        if not isinstance(reason, str) or not reason.strip():
            raise IgnoreError(f'{path}: [tool.preflight.ignore]: {name} has no reason: write {name} = "why"')
    return listed
