"""Parameters on the command line: their types, their checks, and hints after a typing error."""

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
        ("TestFraction=nan", "expected a value of type Float"),
        ("MaxDepth=2.5", "expected a value of type Integer"),
        ("Split=random", "expected one of hash, sequential"),
        ("Dry=maybe", "expected a value of type Boolean"),
    ],
)
def test_a_wrong_assignment_is_an_error_with_a_fix(assignment, says):
    """Every message repeats what came and says what was expected."""
    with pytest.raises(parameters.ParameterError) as refused:
        parameters.parse([assignment], DECLARED)
    assert says in str(refused.value)
    assert assignment.partition("=")[0] in str(refused.value)
