"""The ignore list: rules that a project ignores, each with its reason, in pyproject.toml.

.. code-block:: toml

    [tool.step-scripts.preflight.ignore]
    no-encryption-key = "the bucket encrypts with a key of its own"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from step_scripts._shared import StepScriptsError
from step_scripts.preflight.finding import nearest, shown
from step_scripts.preflight.rules import RULES

FILE = "pyproject.toml"
TABLE = ("tool", "step-scripts", "preflight", "ignore")


class IgnoreError(StepScriptsError, ValueError):
    """An ignore list that cannot be read, names an unknown rule, or gives no reason; the message says where."""


def ignored(folder: str | Path) -> Mapping[str, str]:
    r"""Return the rules that a project ignores, with its reasons.

    Parameters
    ----------
    folder : str or Path
        The nearest pyproject.toml counts: in this folder or above it. Without one no rule is ignored.

    Returns
    -------
    mapping of str to str
        Reason by rule id.

    Raises
    ------
    IgnoreError
        If the file is not TOML, a rule is unknown, or its reason is empty or not a text.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     text = '[tool.step-scripts.preflight.ignore]\nopen-network = "the image has no secrets"'
    ...     _ = Path(folder, "pyproject.toml").write_text(text)
    ...     ignored(folder)
    {'open-network': 'the image has no secrets'}
    """
    start = Path(folder).resolve()
    path = next((home / FILE for home in (start, *start.parents) if (home / FILE).is_file()), None)
    if path is None:
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in TABLE:
            table = table.get(name, {})
    except (OSError, ValueError, AttributeError) as error:
        raise IgnoreError(f"{path} cannot be read: {error}") from None
    where = f"{path}: [{'.'.join(TABLE)}]"
    if not isinstance(table, dict):
        raise IgnoreError(f"{where}: expected a table of rules and reasons, got {shown(table)}")
    for name, reason in table.items():
        if name not in RULES:
            raise IgnoreError(f"{where}: there is no rule {name!r}; {nearest(name, RULES)}")
        if not isinstance(reason, str) or not reason.strip():
            raise IgnoreError(f'{where}: {name} has no reason: write {name} = "why"')
    return table
