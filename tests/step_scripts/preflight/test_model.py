"""Every constrained member of every request: a value just inside its bounds passes, one just outside is reported.

The cases come from the service's own model, member by member, so no member is missing.
"""

import functools
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample, Unsatisfiable

from step_scripts import preflight
from step_scripts.preflight import model

RULES = {"not-in-enum", "out-of-bounds", "pattern", "wrong-type"}
ODD = ("\n", "\0", " ", "!", "é", "/", "a", "", "..", "-")  # each is refused by some pattern


def members(shape, path=(), above=()):
    """Yield each member below a shape that has a bound, an enum or a pattern: its path, and its shape."""
    if shape.name in above:
        return
    above = (*above, shape.name)
    meta = shape.metadata
    if path and (getattr(shape, "enum", None) or {"min", "max", "pattern"} & set(meta)):
        yield path, shape
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from members(member, (*path, name), above)
    elif shape.type_name == "list":
        yield from members(shape.member, (*path, 0), above)
    elif shape.type_name == "map":
        name = shape.key.enum[0] if getattr(shape.key, "enum", None) else "key"
        yield from members(shape.value, (*path, name), above)


def once(step_type):
    """The constrained members of a step type's request, each shape only at its first place."""
    seen = {}
    for path, shape in members(model.request(step_type)):
        seen.setdefault(shape.name, (path, shape))
    return [pytest.param(step_type, *case, id=f"{step_type}-{name}") for name, case in sorted(seen.items())]


CASES = [case for step_type in sorted(model.OPERATIONS) for case in once(step_type)]


def findings(step_type, path, value):
    """The rules that preflight reports for a value at a path."""
    arguments = value
    for key in reversed(path):
        arguments = [arguments] if key == 0 else {key: arguments}
    step = {"Name": "S", "Type": step_type, "Arguments": arguments}
    where = "/Steps/0/Arguments/" + "/".join(map(str, path))
    found = preflight.check({"Version": "2020-12-01", "Steps": [step]})
    return {finding.rule for finding in found if finding.where == where and finding.rule in RULES}


@functools.cache
def fitting(pattern, low, high):
    """A list with a text that has a pattern and a fitting length, or an empty list if none is found."""
    fits = st.from_regex(pattern, fullmatch=True).filter(lambda text: low <= len(text) <= high)
    quick = settings(max_examples=50, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    try:
        return [find(fits, lambda _: True, settings=quick, random=Random(0))]
    except (NoSuchExample, Unsatisfiable):
        return []


def texts(shape):
    """Texts that the shape accepts, and texts that it refuses, as far as any are found."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    if shape.enum:
        return [shape.enum[0], shape.enum[-1]], ["no such value"]
    pattern = model.pattern(shape.metadata["pattern"]) if "pattern" in shape.metadata else None
    if pattern is None:
        good, bad = ["x" * max(low, 1)], []
    else:
        good = fitting(pattern, low, high or 10**6)
        bad = [text for text in ODD if low <= len(text) and not pattern.fullmatch(text)][:1]
    if high is not None and high < 10**5:
        bad.append("x" * (high + 1))
        if pattern is None or pattern.fullmatch("x" * high):
            good.append("x" * high)
    if low > 0:
        bad.append("x" * (low - 1))
    return good, bad


def numbers(shape):
    """The bounds, and the numbers just outside of them."""
    bounds = [shape.metadata[name] for name in ("min", "max") if name in shape.metadata]
    outside = [shape.metadata[name] + step for name, step in (("min", -1), ("max", 1)) if name in shape.metadata]
    return bounds, outside


def many(shape):
    """The smallest and the largest accepted size, and one entry less and one more; the entries do not matter."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")

    def entries(count):
        return [None] * count if shape.type_name == "list" else {f"key{number}": None for number in range(count)}

    sizes = [size for size in (low, high) if size is not None and size < 10**4]
    outside = [size for size in (low - 1, None if high is None else high + 1) if size is not None and 0 <= size < 10**4]
    return [entries(size) for size in sizes], [entries(size) for size in outside]


KINDS = {"string": texts, "list": many, "map": many}


def test_the_model_has_many_members():
    """The service's model is found, and walked to its leaves."""
    assert len(CASES) > 400


@pytest.mark.parametrize(("step_type", "path", "shape"), CASES)
def test_the_bounds_of_a_member_are_checked(step_type, path, shape):
    """A value that the service's model accepts has no finding at its place; one that it refuses has a finding."""
    good, bad = KINDS.get(shape.type_name, numbers)(shape)
    for value in good:
        assert findings(step_type, path, value) == set(), f"{value!r} is valid"
    for value in bad:
        assert findings(step_type, path, value), f"{value!r} is invalid"
