"""Call a Lambda function's handler in a test, and hold event and result to the function's contracts."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from step_scripts.testing.functions import EVENT, RESULT, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from step_scripts.project import Project


@dataclass(frozen=True)
class Context:
    """What Lambda gives a handler besides the event, as far as a handler in a test needs it."""

    function_name: str = "function"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    memory_limit_in_mb: int = 128
    remaining_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """Return how much of its time the function has left."""
        return self.remaining_ms


def call(project: Project, function: str, event: Mapping[str, Any], *, context: object = None) -> Any:  # noqa: ANN401
    """Call the handler of a function of the project, as Lambda does.

    It runs in this process: where it uses AWS, call it inside moto's ``mock_aws``.

    Parameters
    ----------
    project : Project
        The project.
    function : str
        The name of a file in ``functions/``, without its ending.
    event : mapping
        What the handler is given. It becomes JSON, and back.
    context : object, optional
        What the handler is given as its context.

    Returns
    -------
    JSON
        What the handler returns.

    Raises
    ------
    pytest.fail.Exception
        When the event or the result does not keep its contract, or is no JSON.
    Exception
        What the handler raises.
    """
    given = _checked(project, function, EVENT, event)
    module = _imported(project, function)
    handler = getattr(module, "handler", None) or module.lambda_handler
    return _checked(project, function, RESULT, handler(given, context or Context(function)))


def _imported(project: Project, function: str) -> ModuleType:
    """Import a function's file; its folder is the root of the imports, as in Lambda."""
    folder = project.root / "functions"
    spec = importlib.util.spec_from_file_location(function, folder / f"{function}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.object(sys, "path", [str(folder), *sys.path]):
        spec.loader.exec_module(module)
    return module


def _checked(project: Project, function: str, kind: str, value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return a value after it has been JSON, if it keeps a contract."""
    from jsonschema import Draft202012Validator

    path = path_of(project, function, kind)
    if not path.is_file():
        shown = path.relative_to(project.root).as_posix()
        pytest.fail(f"{function}, {kind}: expected: {shown}; got: no such file; fix: write it", pytrace=False)
    try:
        sent = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        pytest.fail(f"{function}, {kind}: expected: JSON; got: {error}; fix: convert the values", pytrace=False)
    errors = Draft202012Validator(json.loads(path.read_text(encoding="utf-8"))).iter_errors(sent)
    if said := [f"{'.'.join(map(str, (kind, *error.absolute_path)))}: {error.message}" for error in errors]:
        fix = f"correct the {kind}, or {path.name}"
        pytest.fail(f"{function}: expected: an {kind} that fits {path.name}; got: {'; '.join(said)}; fix: {fix}")
    return sent
