"""Flags as pipeline parameters, or a sentence that says why not."""

import ast

import pytest

from step_scripts.template.adopt.flags import read
from step_scripts.template.adopt.repository import Source
from step_scripts.template.adopt.settings import Parameter, parameter_of

POSSIBLE = {
    "type=int, default=3": ("Integer", 3, ()),
    'type=int, default="3"': ("Integer", 3, ()),
    "type=float, default=1": ("Float", 1.0, ()),
    "type=float, default=-0.5": ("Float", -0.5, ()),
    'type=str, default="a"': ("String", "a", ()),
    'default="a", choices=["a", "b"]': ("String", "a", ("a", "b")),
    "type=str2bool, default=False": ("String", "False", ("True", "False")),
    "type=int, required=True": ("Integer", None, ()),
    "required=True": ("String", None, ()),
}
IMPOSSIBLE = {
    "": "no default",
    "type=int": "no default",
    'action="store_true"': "the action store_true",
    "action=Own, default=1": "the action Own",
    'type=int, nargs="+", default=[1]': "several words",
    "type=bool, default=True": "type=bool",
    "type=int, default=cpu_count()": "a default that only a run can tell",
    'default=""': "the default ''",
    'default="--x"': "the default '--x'",
    "default=3": "the default 3",
    "type=int, default=0.5": "the default 0.5",
    "type=int, default=3_000_000_000": "the default 3000000000",
    'type=float, default="inf"': "the default 'inf'",
}


def parameter(words):
    """Read a flag with some words in its declaration."""
    source = f"parser.add_argument('--rate', {words})"
    return parameter_of(read([Source("fit.py", ast.parse(source))])["rate"], "Rate")


@pytest.mark.parametrize("words", POSSIBLE)
def test_a_flag_with_a_default_is_a_parameter(words):
    """Of its type; a required one has no default."""
    kind, default, choices = POSSIBLE[words]
    found = parameter(words)
    assert found == Parameter("Rate", kind, default, choices)
    assert type(found.default) is type(default)


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_a_flag_that_no_parameter_can_give_has_a_reason(words):
    """The script's own default holds then."""
    assert IMPOSSIBLE[words] in parameter(words)
