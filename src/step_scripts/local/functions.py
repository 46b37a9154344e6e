"""Lambda functions on this machine: which file has a function's code, and what it may use.

A function lies in the project's folder ``functions``. ``functions/approve.py`` is the code of each function that is
called ``approve``, or whose name ends with ``-approve``, such as
``arn:aws:lambda:us-east-1:111122223333:function:houses-approve``. Its handler is called ``handler`` or
``lambda_handler``. What is not as the SDK would create it stands in ``pyproject.toml``::

    [tool.step-scripts.functions.approve]
    timeout_s = 60              # 120 without it
    memory_mb = 256             # 128 without it
    libraries = ["requests"]    # of a layer; without it, Lambda's own: boto3 and what that needs
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError, nearest

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "functions"
TIMEOUT_S, MEMORY_MB = 120, 128  # of sagemaker.core.lambda_helper.Lambda
MAX_TIMEOUT_S = 600  # a pipeline waits ten minutes for a function
_NAME = re.compile(r"(?:arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:)?([A-Za-z0-9_-]+)(?::[A-Za-z0-9_$-]+)?")
_LIMITS = {"timeout_s": (1, MAX_TIMEOUT_S), "memory_mb": (128, 10_240)}  # Lambda's own; the time is the pipeline's


class FunctionError(StepScriptsError, ValueError):
    """There is no code for a function, or its settings are wrong."""


@dataclass(frozen=True, kw_only=True)
class Function:
    """The code of a function, and its limits.

    Attributes
    ----------
    name
        As the account knows it.
    file
        Has the handler.
    timeout_s, memory_mb
        What it may use: seconds, and MiB of memory.
    libraries
        What it may import, besides the standard library, boto3 and its own folder.
    """

    name: str
    file: Path
    timeout_s: int = TIMEOUT_S
    memory_mb: int = MEMORY_MB
    libraries: tuple[str, ...] = ()


def find(project: Path, arn: str) -> Function:
    """Find the code of a function.

    Parameters
    ----------
    project
        The project's folder.
    arn
        The function's ARN, or its name.

    Raises
    ------
    FunctionError
        When there is no such file, or the function's settings are wrong.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "functions").mkdir()
    ...     _ = Path(folder, "functions", "approve.py").write_text("def handler(event, context): ...")
    ...     find(Path(folder), "arn:aws:lambda:us-east-1:111122223333:function:houses-approve").file.name
    'approve.py'
    """
    matched = _NAME.fullmatch(arn)
    if not matched:
        raise FunctionError(f"expected: the ARN or the name of a Lambda function; got: {arn}")
    name = matched[1]
    known = {path.stem.replace("_", "-"): path for path in sorted((project / FOLDER).glob("*.py"))}
    plain = name.replace("_", "-")
    fitting = [stem for stem in known if plain == stem or plain.endswith(f"-{stem}")]
    if not fitting:
        last = plain.rpartition("-")[2]
        like = nearest(last, known)
        fix = f"did you mean {like}?" if like else f"write the function's code to {FOLDER}/{last}.py"
        got = ", ".join(f"{FOLDER}/{path.name}" for path in known.values()) or f"no file in {FOLDER}/"
        raise FunctionError(f"{name}: expected: a file whose name is the end of the function's; got: {got}; fix: {fix}")
    file = known[max(fitting, key=len)]
    return Function(name=name, file=file, **_settings(project, file.stem))


def _settings(project: Path, stem: str) -> dict[str, Any]:
    path = project / "pyproject.toml"
    table: Any = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    place = ("tool", "step-scripts", FOLDER, stem)
    for key in place:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    where, settings = f"{path}: [{'.'.join(place)}]", dict(table)
    libraries = settings.pop("libraries", [])
    if not isinstance(libraries, list) or not all(isinstance(each, str) for each in libraries):
        raise FunctionError(f'{where} libraries: expected: a list of names, such as ["requests"]; got: {libraries!r}')
    for key, value in settings.items():
        if key not in _LIMITS:
            raise FunctionError(f"{where}: expected: {', '.join(_LIMITS)} or libraries; got: {key}; fix: remove it")
        low, high = _LIMITS[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise FunctionError(f"{where} {key}: expected: a whole number from {low} to {high}; got: {value!r}")
    return {**settings, "libraries": tuple(libraries)}
