"""A handler is called as Lambda calls it, and its event and its result are checked against their contracts."""

import json
import shutil
from pathlib import Path

import pytest

from step_scripts import project
from step_scripts.testing import functions
from step_scripts.testing.calls import Context, call

HOUSES = Path(__file__).resolve().parents[2] / "projects" / "houses"
GOOD = {"package": "arn:aws:sagemaker:us-east-1:111122223333:model-package/houses/1", "status": "Approved"}


@pytest.fixture
def houses(tmp_path):
    """A function that makes a project whose handler has this body."""

    def make(body, helper="NUMBER = 1\n"):
        shutil.copytree(HOUSES / "contracts", tmp_path / "contracts")
        (tmp_path / "pyproject.toml").write_text("[tool.step-scripts]\n")
        (tmp_path / "functions").mkdir()
        (tmp_path / "functions/numbers_of_versions.py").write_text(helper)
        lines = f"from numbers_of_versions import NUMBER\n\n\ndef handler(event, context):\n    {body}\n"
        (tmp_path / "functions/approve.py").write_text(lines)
        return project.read(tmp_path)

    return make


def test_a_handler_gets_its_event_and_a_context(houses):
    """It may import a file that lies beside it, and asks the context what Lambda would answer."""
    left = "context.get_remaining_time_in_millis() > 0 and context.aws_request_id"
    body = f'return {{"status": event["status"] if {left} else "", "version": NUMBER}}'
    assert call(houses(body), "approve", GOOD) == {"status": "Approved", "version": 1}


def test_a_context_of_the_test_is_handed_on(houses):
    """A test may say how much time is left."""
    body = 'return {"status": "a", "version": context.get_remaining_time_in_millis()}'
    assert call(houses(body), "approve", GOOD, context=Context(remaining_ms=5))["version"] == 5


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"package": "x"}, "event: 'status' is a required property"),
        ({**GOOD, "who": "me"}, r"event: Additional properties are not allowed \('who' was unexpected\)"),
        ({**GOOD, "status": "Maybe"}, "event.status: 'Maybe' is not one of"),
        ({**GOOD, "reason": {1, 2}}, "approve, event: expected: JSON; got: .*set.* not JSON serializable"),
    ],
)
def test_an_event_that_the_contract_does_not_allow_is_refused(event, said, houses):
    """The handler does not run."""
    with pytest.raises(pytest.fail.Exception, match=said):
        call(houses('raise AssertionError("it ran")'), "approve", event)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ('{"status": "Approved"}', "result: 'version' is a required property"),
        ('{"status": "Approved", "version": "1"}', "result.version: '1' is not of type 'integer'"),
        ('{"status": "Approved", "version": float("nan")}', "approve, result: expected: JSON; got: Out of range"),
        ("None", "result: None is not of type 'object'"),
    ],
)
def test_a_result_that_the_contract_does_not_allow_is_refused(result, said, houses):
    """The message says which member, and which file says otherwise."""
    with pytest.raises(pytest.fail.Exception, match=said):
        call(houses(f"return {result}"), "approve", GOOD)


def test_what_a_handler_raises_is_raised(houses):
    """A test can expect it."""
    with pytest.raises(LookupError, match="no such version"):
        call(houses('raise LookupError("no such version")'), "approve", GOOD)


def test_a_missing_contract_is_named(houses):
    """A handler without contracts is an error that says which file to write."""
    made = houses("return {}")
    functions.path_of(made, "approve", functions.RESULT).unlink()
    with pytest.raises(pytest.fail.Exception, match=r"expected: contracts/functions/approve\.result\.schema\.json"):
        call(made, "approve", GOOD)
    [said] = functions._faults(made, made.root / "functions/approve.py", functions.RESULT)
    assert "functions/approve.py, its result: expected: contracts/functions/approve.result.schema.json" in said
    assert "fix: write down what the handler returns" in said


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"type": "objekt"}), json.dumps({"type": "object"})])
def test_a_contract_that_is_no_schema_of_an_object_is_a_fault(text, houses):
    """Text that is no JSON, JSON that is no schema, a schema that names no key."""
    made = houses("return {}")
    functions.path_of(made, "approve", functions.EVENT).write_text(text)
    assert len(functions._faults(made, made.root / "functions/approve.py", functions.EVENT)) == 1


def test_a_file_without_a_handler_needs_no_contract(houses):
    """It is imported by those that have one."""
    made = houses("return {}")
    assert not functions._has_handler(made.root / "functions/numbers_of_versions.py")
    assert functions._has_handler(made.root / "functions/approve.py")
