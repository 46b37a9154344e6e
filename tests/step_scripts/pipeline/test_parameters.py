"""Parameters on the command line: typed, checked, and kind to a slip of the finger."""

import pytest

from step_scripts.pipeline import parameters

DECLARED = [
    {"Name": "TestFraction", "Type": "Float", "DefaultValue": 0.2},
    {"Name": "MaxDepth", "Type": "Integer", "DefaultValue": 2},
    {"Name": "Split", "Type": "String", "EnumValues": ["hash", "sequential"]},
    {"Name": "Dry", "Type": "Boolean"},
]


def test_values_take_the_declared_types():
    """A float stays a float, an integer an integer, and text is kept as it is, equals signs included."""
    given = parameters.parse(["TestFraction=1", "MaxDepth=3", "Split=hash", "Dry=True"], DECLARED)
    assert given == {"TestFraction": 1.0, "MaxDepth": 3, "Split": "hash", "Dry": True}
    assert isinstance(given["TestFraction"], float)
    assert parameters.parse(["P=a=b"], [{"Name": "P", "Type": "String"}]) == {"P": "a=b"}


@pytest.mark.parametrize(
    ("assignment", "says"),
    [
        ("TestFracton=0.3", "Did you mean TestFraction?"),
        ("testfraction=0.3", "Did you mean TestFraction?"),
        ("Zzz=1", "Known: TestFraction, MaxDepth, Split, Dry."),
        ("TestFraction", "expected Name=Value, for example TestFraction=0.2"),
        ("TestFraction=", "expected a value, got none"),
        ("TestFraction=nan", "TestFraction is of type Float, and 'nan' is none"),
        ("MaxDepth=2.5", "MaxDepth is of type Integer, and '2.5' is none"),
        ("Split=random", "expected one of hash, sequential"),
        ("Dry=maybe", "Dry is of type Boolean"),
    ],
)
def test_a_bad_assignment_is_refused_with_the_way_out(assignment, says):
    """Every refusal repeats what came and says what would have been right."""
    with pytest.raises(parameters.ParameterError) as refused:
        parameters.parse([assignment], DECLARED)
    assert says in str(refused.value)
    assert assignment.partition("=")[0] in str(refused.value)
