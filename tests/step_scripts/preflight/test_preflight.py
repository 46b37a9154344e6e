"""preflight finds every seeded mistake, and lets pass what is right."""

import copy
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from step_scripts import preflight
from step_scripts.preflight.rules import RULES
from tests.detection_rate import catalogue

HERE = Path(__file__).parent
BASE = catalogue.base()
# The findings of the base itself.
ALWAYS = preflight.check(BASE)
CATALOGUE = catalogue.cases()
# Pipelines of other shapes than ours, as users of SDK v2 and writers of plain JSON have them: a file there is a case.
RIGHT = {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "right").glob("*.json"))}


@pytest.mark.parametrize("case", CATALOGUE, ids=str)
def test_a_seeded_mistake_is_found_by_its_rule(case):
    """The rule is among the findings, of the severity that it has; its neighbour, just inside, has none of it."""
    found = preflight.check(case.mistake)
    assert case.rule in {finding.rule for finding in found}
    assert {finding.severity for finding in found if finding.rule == case.rule} == {RULES[case.rule].severity}
    neighbour = preflight.check(case.neighbour)
    assert case.rule not in {finding.rule for finding in neighbour if finding not in ALWAYS}, neighbour
    assert [finding for finding in neighbour if finding.severity == "error"] == []


def test_every_rule_has_a_case_and_a_case_its_rule():
    """Adding a rule without a mistake that it finds is noticed; so is a case in another group's folder."""
    groups = {case.rule: case.group for case in CATALOGUE}
    assert set(groups) == set(RULES)
    assert len(CATALOGUE) >= 200


def test_the_base_has_no_error():
    """And only those warnings that its cases do not look at."""
    assert {(finding.severity, finding.rule) for finding in ALWAYS} == {
        ("warning", "hard-coded-account"),
        ("warning", "no-encryption-key"),
    }


@pytest.mark.parametrize("name", RIGHT)
def test_what_others_write_rightly_passes(name):
    """No error, and no parameter that seems unused, in a pipeline of another shape."""
    found = preflight.check(RIGHT[name])
    assert [finding for finding in found if finding.severity == "error" or finding.rule == "unused-parameter"] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(document=JSON)
def test_any_json_is_answered(document):
    """With findings, never with an exception."""
    assert preflight.check(document)


def pointers(value, where=""):
    """Every JSON pointer into a value."""
    yield where
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield from pointers(member, f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}")


SOUND = (BASE, *RIGHT.values())
PLACES = [(number, where) for number, one in enumerate(SOUND) for where in pointers(one) if where]
ODD = [
    *({"Get": 1}, {"Get": "Steps."}, {"Get": "Steps.Train"}, {"Get": "Steps.Train.X['"}, {"Get": "Steps.Gate.Outcome"}),
    *({"Std:JsonGet": {}}, {"Std:JsonGet": {"Path": "a", "PropertyFile": {"Get": "Steps.Gate.PropertyFiles.X"}}}),
    *({"Std:Join": None}, {"Type": "Or", "Conditions": 1}, {"Type": ["Or"]}, {"Name": "A", "Type": {}}, [[]], [{}]),
]
SHAPED = JSON | st.sampled_from(ODD)


@settings(max_examples=int(os.environ.get("FUZZ_EXAMPLES", "500")), deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), SHAPED), min_size=1, max_size=3))
def test_a_mutated_definition_is_answered(changes):
    """Whatever stands wherever: findings, sorted, each with a rule that there is, and a place that there is."""
    definition = copy.deepcopy(SOUND[changes[0][0][0]])
    for (_, where), value in changes:
        try:
            holder, key = catalogue.place(definition, where)
            holder[key] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    found = preflight.check(definition)
    assert [finding.where for finding in found] == sorted(finding.where for finding in found)
    assert {finding.rule for finding in found} <= set(RULES)
