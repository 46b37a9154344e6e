import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.local.executors.base import StepError
from step_scripts.local.executors.tuning import ranges

seeds = st.integers(0, 2**31)


def entry(low, high, scale="Auto", name="x"):
    """A range as a definition has it: numbers are texts."""
    return {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scale}


def drawn(found, count=4000, seed=0):
    """Values of one range."""
    random = Random(seed)
    return [float(found.draw(random)) for _ in range(count)]


@given(st.integers(-(10**30), 10**30), st.integers(0, 10**6), st.sampled_from(["Auto", "Linear"]), seeds)
def test_whole_numbers_stay_inside(low, width, scale, seed):
    """A whole number is drawn as one, from the minimum to the maximum."""
    (found,) = ranges.read({"IntegerParameterRanges": [entry(low, low + width, scale)]})
    assert low <= int(found.draw(Random(seed))) <= low + width


@given(st.integers(1, 10**9), st.integers(0, 10**9), seeds)
def test_whole_numbers_on_a_logarithmic_scale_stay_inside(low, width, seed):
    """Rounding does not leave the range."""
    (found,) = ranges.read({"IntegerParameterRanges": [entry(low, low + width, "Logarithmic")]})
    assert low <= int(found.draw(Random(seed))) <= low + width


@given(st.data(), st.sampled_from(["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]), seeds)
def test_numbers_stay_inside(data, scale, seed):
    """A number is inside its bounds on every scale, although logarithms round."""
    least, most = {"Logarithmic": (1e-12, 1e12), "ReverseLogarithmic": (0.0, 1 - 1e-9)}.get(scale, (-1e12, 1e12))
    low = data.draw(st.floats(least, most))
    high = data.draw(st.floats(low, most))
    (found,) = ranges.read({"ContinuousParameterRanges": [entry(low, high, scale)]})
    assert low <= float(found.draw(Random(seed))) <= high


def test_both_ends_of_whole_numbers_are_drawn():
    """MinValue and MaxValue are values too, each with the same chance."""
    (found,) = ranges.read({"IntegerParameterRanges": [entry(1, 4)]})
    values = drawn(found)
    assert all(0.22 < values.count(number) / len(values) < 0.28 for number in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("scale", "low", "high", "middle"),
    [
        ("Auto", 0.001, 1, 0.5005),
        ("Linear", 0.001, 1, 0.5005),
        ("Logarithmic", 0.001, 1, math.sqrt(0.001)),
        ("ReverseLogarithmic", 0, 0.999, 1 - math.sqrt(0.001)),
    ],
)
def test_a_scale_says_where_the_middle_is(scale, low, high, middle):
    """Half of the values are below the middle of the scale."""
    (found,) = ranges.read({"ContinuousParameterRanges": [entry(low, high, scale)]})
    values = drawn(found)
    assert 0.47 < sum(value < middle for value in values) / len(values) < 0.53


def test_small_whole_numbers_are_as_wide_as_their_logarithms():
    """From 1 to 1,000 on a logarithmic scale, about a third of the numbers have one digit, and a third have three."""
    (found,) = ranges.read({"IntegerParameterRanges": [entry(1, 1000, "Logarithmic")]})
    values = drawn(found)
    assert 0.33 < sum(value < 10 for value in values) / len(values) < 0.43
    assert 0.27 < sum(value >= 100 for value in values) / len(values) < 0.35


@pytest.mark.parametrize(
    ("kind", "given_range", "message"),
    [
        ("Integer", entry(1.5, 3), "whole numbers as MinValue and MaxValue, in this order; got: x from 1.5 to 3"),
        ("Integer", entry(3, 1), "in this order; got: x from 3 to 1"),
        ("Continuous", entry("nan", 1), "finite numbers"),
        ("Continuous", entry(0, 1, "Logarithmic"), "a minimum above 0 for the scale Logarithmic; got: x from 0 to 1"),
        ("Continuous", entry(0, 1, "ReverseLogarithmic"), "from 0 to below 1 for the scale ReverseLogarithmic"),
        ("Integer", entry(0, 0, "ReverseLogarithmic"), "continuous values from 0 to below 1"),
        ("Continuous", entry(0, 1, "Cubic"), "one of Auto, Linear, Logarithmic, ReverseLogarithmic; got: Cubic"),
    ],
)
def test_a_range_that_is_not_possible(kind, given_range, message):
    """The message has the range, and what is expected of it."""
    with pytest.raises(StepError) as caught:
        ranges.read({f"{kind}ParameterRanges": [given_range]})
    assert message in str(caught.value)


def test_autotune_is_refused():
    """Ranges that the service would choose are named; no ranges at all are an error, too."""
    with pytest.raises(StepError, match=r"AutoParameters \(eta\).*Autotune runs in the service only"):
        ranges.read({"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]})
    with pytest.raises(StepError, match="a range of at least one hyperparameter"):
        ranges.read({})
