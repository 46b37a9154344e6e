"""preflight reports every seeded mistake, and no valid definition."""

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
# Valid pipelines of other shapes than the base, as SDK v2 or authors of plain JSON write them: each file is a case.
VALID = {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "valid").glob("*.json"))}


@pytest.mark.parametrize("case", CATALOGUE, ids=str)
def test_a_seeded_mistake_is_reported_by_its_rule(case):
    """The case's rule is among the findings, with its own severity; the valid neighbour has no finding of the rule."""
    found = preflight.check(case.mistake)
    assert case.rule in {finding.rule for finding in found}
    assert {finding.severity for finding in found if finding.rule == case.rule} == {RULES[case.rule].severity}
    neighbour = preflight.check(case.neighbour)
    assert case.rule not in {finding.rule for finding in neighbour if finding not in ALWAYS}, neighbour
    assert [finding for finding in neighbour if finding.severity == "error"] == []


def test_every_rule_has_a_case_and_a_case_its_rule():
    """A rule without a mistake in the catalogue fails here, and a case whose rule does not exist."""
    groups = {case.rule: case.group for case in CATALOGUE}
    assert set(groups) == set(RULES)
    assert len(CATALOGUE) >= 200


def test_the_base_has_no_error():
    """And only those warnings that its cases do not look at."""
    assert {(finding.severity, finding.rule) for finding in ALWAYS} == {
        ("warning", "hard-coded-account"),
        ("warning", "no-encryption-key"),
    }


@pytest.mark.parametrize("name", VALID)
def test_a_valid_pipeline_of_another_shape_passes(name):
    """No error, and no parameter is reported as unused."""
    found = preflight.check(VALID[name])
    assert [finding for finding in found if finding.severity == "error" or finding.rule == "unused-parameter"] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(document=JSON)
def test_any_json_gives_findings(document):
    """Never an exception."""
    assert preflight.check(document)


def pointers(value, where=""):
    """Yield every JSON pointer into a value."""
    yield where
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield from pointers(member, f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}")


STARTS = (BASE, *VALID.values())
PLACES = [(number, where) for number, one in enumerate(STARTS) for where in pointers(one) if where]
ODD = [
    *({"Get": 1}, {"Get": "Steps."}, {"Get": "Steps.Train"}, {"Get": "Steps.Train.X['"}, {"Get": "Steps.Gate.Outcome"}),
    *({"Std:JsonGet": {}}, {"Std:JsonGet": {"Path": "a", "PropertyFile": {"Get": "Steps.Gate.PropertyFiles.X"}}}),
    *({"Std:Join": None}, {"Type": "Or", "Conditions": 1}, {"Type": ["Or"]}, {"Name": "A", "Type": {}}, [[]], [{}]),
]
SHAPED = JSON | st.sampled_from(ODD)


@settings(max_examples=int(os.environ.get("FUZZ_EXAMPLES", 10 * settings.default.max_examples)))
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), SHAPED), min_size=1, max_size=3))
def test_a_mutated_definition_gives_findings(changes):
    """Any value at any place: the findings are sorted and have known rules, and no exception is raised."""
    definition = copy.deepcopy(STARTS[changes[0][0][0]])
    for (_, where), value in changes:
        try:
            holder, key = catalogue.place(definition, where)
            holder[key] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    found = preflight.check(definition)
    assert [finding.where for finding in found] == sorted(finding.where for finding in found)
    assert {finding.rule for finding in found} <= set(RULES)
