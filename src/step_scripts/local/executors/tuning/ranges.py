"""The ranges of hyperparameters, and how a value is drawn from each.

All draws take their numbers from ``Random.random``. It is the one method of Python's generator that is promised to
give the same numbers for the same seed in every version.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from step_scripts.local.executors.base import StepError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

SCALES = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")  # the service chooses for Auto; here it is Linear


class Range(Protocol):
    """The values that one hyperparameter may have.

    Attributes
    ----------
    name
        The hyperparameter's.
    count
        How many values there are, or None where they cannot be counted.
    """

    @property
    def name(self) -> str:
        """As above."""

    @property
    def count(self) -> int | None:
        """As above."""

    def values(self) -> Iterable[str]:
        """Return all values, where they can be counted."""

    def draw(self, random: Random) -> str:
        """Draw a value, as a training job receives it."""


@dataclass(frozen=True)
class Categorical:
    """One of some words.

    Examples
    --------
    >>> from random import Random
    >>> Categorical("kind", ("flat", "house")).draw(Random(1))
    'flat'
    """

    name: str
    words: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many words there are."""
        return len(self.words)

    def values(self) -> tuple[str, ...]:
        """Return all words."""
        return self.words

    def draw(self, random: Random) -> str:
        """Draw a word; each has the same chance."""
        return self.words[int(random.random() * len(self.words))]


@dataclass(frozen=True)
class Integer:
    """A whole number from `low` to `high`, both included.

    Examples
    --------
    >>> from random import Random
    >>> Integer("rooms", 1, 6).draw(Random(1)), Integer("rooms", 1, 1_000, "Logarithmic").draw(Random(1))
    ('1', '1')
    """

    name: str
    low: int
    high: int
    scale: str = "Auto"

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return self.high - self.low + 1

    def values(self) -> Iterable[str]:
        """Return all numbers."""
        return map(str, range(self.low, self.high + 1))

    def draw(self, random: Random) -> str:
        """Draw a number. Each has the same chance, or on a logarithmic scale the chance of its width on the scale."""
        if self.scale == "Logarithmic":
            drawn = math.exp(_between(math.log(self.low - 0.5), math.log(self.high + 0.5), random))
            return str(min(max(round(drawn), self.low), self.high))
        return str(self.low + int(random.random() * self.count))


@dataclass(frozen=True)
class Continuous:
    """A number from `low` to `high`.

    Examples
    --------
    >>> from random import Random
    >>> Continuous("share", 0.0, 1.0).draw(Random(1))
    '0.13436424411240122'
    >>> round(Continuous("share", 0.01, 1.0, "Logarithmic").value(0.5), 9)
    0.1
    """

    name: str
    low: float
    high: float
    scale: str = "Auto"
    count = None

    def values(self) -> tuple[str, ...]:
        """Return no value: there are too many to count."""
        return ()

    def draw(self, random: Random) -> str:
        """Draw a number, on the range's scale."""
        return repr(self.value(random.random()))

    def value(self, place: float) -> float:
        """Return the value at a place from 0 to 1 of the scale."""
        if self.scale == "Logarithmic":
            found = math.exp(_at(math.log(self.low), math.log(self.high), place))
        elif self.scale == "ReverseLogarithmic":
            found = 1 - math.exp(_at(math.log(1 - self.low), math.log(1 - self.high), place))
        else:
            found = _at(self.low, self.high, place)
        return min(max(found, self.low), self.high)  # a logarithm rounds


def read(ranges: Mapping[str, Any]) -> tuple[Range, ...]:
    """Read what the service calls ParameterRanges: whole numbers, then continuous ones, then categories.

    Raises
    ------
    StepError
        If a range is not possible.

    Examples
    --------
    >>> read({"CategoricalParameterRanges": [{"Name": "kind", "Values": ["flat", "house"]}]})
    (Categorical(name='kind', words=('flat', 'house')),)
    """
    if ranges.get("AutoParameters"):
        names = ", ".join(each["Name"] for each in ranges["AutoParameters"])
        fix = "give each its range, because Autotune runs in the service only"
        raise StepError(f"expected: ranges of hyperparameters; got: AutoParameters ({names}); fix: {fix}")
    found: list[Range] = [
        _number(Integer, int, "whole numbers", each) for each in ranges.get("IntegerParameterRanges", [])
    ]
    found += [
        _number(Continuous, float, "finite numbers", each) for each in ranges.get("ContinuousParameterRanges", [])
    ]
    found += [Categorical(each["Name"], tuple(each["Values"])) for each in ranges.get("CategoricalParameterRanges", [])]
    if not found:
        raise StepError("expected: a range of at least one hyperparameter; got: none; fix: add it to ParameterRanges")
    return tuple(found)


def _number(kind: type[Any], convert: type[Any], words: str, entry: Mapping[str, Any]) -> Any:  # noqa: ANN401
    name, scale = entry["Name"], entry.get("ScalingType", "Auto")
    texts = entry["MinValue"], entry["MaxValue"]
    got = f"{name} from {texts[0]} to {texts[1]}"
    try:
        low, high = map(convert, texts)
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise StepError(
            f"expected: {words} as MinValue and MaxValue, in this order; got: {got}; fix: correct the range"
        )
    if scale not in SCALES:
        raise StepError(f"{name}, ScalingType: expected: one of {', '.join(SCALES)}; got: {scale}; fix: correct it")
    if scale == "Logarithmic" and low <= 0:
        raise StepError(f"expected: a minimum above 0 for the scale Logarithmic; got: {got}; fix: correct the range")
    if scale == "ReverseLogarithmic" and not (kind is Continuous and 0 <= low <= high < 1):
        expected = "continuous values from 0 to below 1 for the scale ReverseLogarithmic"
        raise StepError(f"expected: {expected}; got: {got}; fix: correct the range, or its scale")
    return kind(name, low, high, scale)


def _between(low: float, high: float, random: Random) -> float:
    return _at(low, high, random.random())


def _at(low: float, high: float, place: float) -> float:
    return low + (high - low) * place
