"""The outputs of a Lambda or Callback step are those that it declares, each of the declared type."""

import pytest

from step_scripts.local.executors import outputs
from step_scripts.local.executors.base import StepError

NO_FLOATS = [float("nan"), float("inf"), 10**400]
FITTING = {"String": ["", "3"], "Integer": [0, -3], "Float": [2.5, 3], "Boolean": [True, False]}


@pytest.mark.parametrize("kind", FITTING)
@pytest.mark.parametrize("value", ["3", 3, 2.5, True, None, [], {}], ids=repr)
def test_a_value_has_the_declared_type(kind, value):
    """A whole number is a Float, too. A Boolean is no number."""
    declared = [{"OutputName": "price", "OutputType": kind}]
    if any(type(value) is type(each) for each in FITTING[kind]):
        assert outputs.checked({"price": value, "other": 1}, declared) == {"price": value}
    else:
        with pytest.raises(StepError, match=f"^output price: expected: a value of type {kind}; got: "):
            outputs.checked({"price": value}, declared)


@pytest.mark.parametrize("value", NO_FLOATS, ids=["nan", "inf", "huge"])
def test_a_float_is_a_finite_number(value):
    """JSON has no other one, and a condition on NaN is never true."""
    with pytest.raises(StepError, match=r"^output price: expected: a value of type Float; got: "):
        outputs.checked({"price": value}, [{"OutputName": "price", "OutputType": "Float"}])
