"""Options that are true or false, texts, lists, or may be absent."""

from collections.abc import Sequence
from typing import Annotated, Literal

import pytest

from step_scripts.step import Between, Flag, OneOf, StepError, Text, checked, given, parser

UNITS = Between(1, 512, "units of each layer")


def fit(
    *,
    shuffle: Annotated[bool, Flag("whether rows are shuffled")] = True,
    label: Annotated[str, Text("column to predict", pattern="[a-z_]+", max_length=8)] = "price",
    units: Annotated[tuple[int, ...], UNITS] = (64, 32),
    drop: Annotated[Sequence[str], Text("columns to leave out")] = (),
    kinds: Annotated[tuple[Literal["flat", "villa"], ...], OneOf("which houses")] = ("flat",),
    max_depth: Annotated[int | None, Between(1, 32, "levels of a tree")] = None,
    note: Annotated[str | None, Text("a remark")] = None,
    method: Annotated[Literal["hist", "exact"] | None, OneOf("how splits are found")] = "hist",
    shifts: Annotated[list[float] | None, Between(-10, 10, "of each column")] = None,
):
    """Fit a model."""


DEFAULTS = {
    "shuffle": True,
    "label": "price",
    "units": (64, 32),
    "drop": (),
    "kinds": ("flat",),
    "max_depth": None,
    "note": None,
    "method": "hist",
    "shifts": None,
}


def parsed(*words):
    """The options of a command line."""
    return given(fit, parser(fit).parse_args(words))


def test_without_arguments_each_option_has_its_default():
    """The defaults are the function's own, and they are allowed."""
    assert parsed() == DEFAULTS
    assert checked(fit, DEFAULTS) == DEFAULTS


@pytest.mark.parametrize(
    ("flag", "text", "value"),
    [
        ("--shuffle", "false", False),
        ("--shuffle", "False", False),
        ("--shuffle", "0", False),
        ("--shuffle", "true", True),
        ("--shuffle", "True", True),
        ("--shuffle", "1", True),
        ("--label", "area", "area"),
        ("--units", "8", (8,)),
        ("--units", "16, 8", (16, 8)),
        ("--units", "[16, 8]", (16, 8)),
        ("--units", "", ()),
        ("--units", "none", ()),
        ("--drop", "kind,rooms", ("kind", "rooms")),
        ("--drop", '["kind", "rooms"]', ("kind", "rooms")),
        ("--drop", "[kind", ("[kind",)),
        ("--kinds", "villa,flat", ("villa", "flat")),
        ("--max-depth", "3", 3),
        ("--max-depth", "none", None),
        ("--max-depth", "None", None),
        ("--max-depth", "null", None),
        ("--max-depth", "", None),
        ("--note", "two words", "two words"),
        ("--note", "", None),
        ("--method", "exact", "exact"),
        ("--method", "none", None),
        ("--shifts", "-1,2.5", (-1.0, 2.5)),
        ("--shifts", "-1e-3", (-0.001,)),
        ("--shifts", "none", None),
    ],
)
def test_a_word_of_the_command_line_is_a_value(flag, text, value):
    """As a pipeline parameter or a hyperparameter arrives: as a text."""
    name = flag[2:].replace("-", "_")
    found = parsed(flag, text)
    assert found == DEFAULTS | {name: value}
    assert type(found[name]) is type(value)
    assert checked(fit, found) == found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--shuffle", "yes"], "argument --shuffle: expected true or false; got: 'yes'"),
        (["--shuffle", ""], "argument --shuffle: expected true or false; got: ''"),
        (["--shuffle"], "argument --shuffle: expected one argument"),
        (["--units", "8,x"], "argument --units: expected a list with commas, each item a whole number from 1 to 512; "),
        (["--units", "8,,4"], "argument --units: expected a list with commas"),
        (["--units", "[1.5]"], "argument --units: expected a list with commas"),
        (["--units", "[true]"], "argument --units: expected a list with commas"),
        (["--kinds", "tower"], "argument --kinds: expected a list with commas, each item one of flat, villa; got: "),
        (["--max-depth", "3.5"], "argument --max-depth: expected a whole number from 1 to 32, or none; got: '3.5'"),
        (["--method", "best"], "argument --method: expected one of hist, exact, or none; got: 'best'"),
    ],
)
def test_a_word_of_another_kind_is_wrong_usage(words, message, tmp_path, monkeypatch, capsys):
    """It exits with 2 and the usage, and the message is the job's failure reason."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        parsed(*words)
    shown = capsys.readouterr().err
    assert shown.startswith("usage: fit.py")
    assert message in shown
    assert (tmp_path / "output" / "failure").read_text().startswith(message)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shuffle": 1}, r"shuffle is 1: expected true or false \(whether rows are shuffled\)"),
        ({"shuffle": "true"}, "shuffle is 'true': expected true or false"),
        (
            {"label": "Price"},
            r"label is 'Price': expected a text of 1 to 8 characters that matches \[a-z_\]\+ \(",
        ),
        ({"label": "price\n"}, r"label is 'price\\n': expected a text"),
        ({"label": "price_of_it"}, "expected a text of 1 to 8 characters"),
        ({"label": ""}, "label is '': expected"),
        ({"label": None}, "label is None: expected"),
        ({"label": 1}, "label is 1: expected"),
        (
            {"units": (8, 0)},
            r"units is \(8, 0\): expected a list with commas, each item a whole number from 1 to 512",
        ),
        ({"units": (True,)}, r"units is \(True,\): expected"),
        ({"units": 8}, "units is 8: expected a list"),
        ({"units": None}, "units is None: expected a list"),
        ({"drop": "kind"}, "drop is 'kind': expected a list"),
        ({"drop": ("a\0",)}, r"drop is \('a\\x00',\): expected a list with commas, each item a text \(columns"),
        ({"drop": ("\udcff",)}, "drop is .*: expected a list"),
        ({"kinds": ("tower",)}, r"kinds is \('tower',\): expected a list with commas, each item one of flat, villa"),
        ({"max_depth": 33}, r"max_depth is 33: expected a whole number from 1 to 32, or none \(levels"),
        ({"shifts": (float("nan"),)}, r"shifts is \(nan,\): expected a list"),
        ({"shifts": ("1",)}, r"shifts is \('1',\): expected a list"),
    ],
)
def test_a_value_that_does_not_fit_is_named(wrong, message):
    """Of the wrong type or out of range: what came, what was expected, and what the option means."""
    with pytest.raises(StepError, match=message):
        checked(fit, DEFAULTS | wrong)


def test_a_list_of_python_fits():
    """A caller may give a list for a tuple."""
    assert checked(fit, DEFAULTS | {"units": [1, 2]})["units"] == [1, 2]


def test_the_help_shows_how_a_default_is_spelt(capsys):
    """As the command line takes it."""
    with pytest.raises(SystemExit, match="0"):
        parsed("--help")
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "--shuffle {true,false} whether rows are shuffled (true)",
        "--label TEXT column to predict (price)",
        "--units INT,... units of each layer (64,32)",
        "--drop TEXT,... columns to leave out (none)",
        "--kinds {flat,villa},... which houses (flat)",
        "--max-depth INT levels of a tree --note",
        "--method {hist,exact} how splits are found (hist)",
    ):
        assert words in shown


def test_lengths_in_words():
    """A text without bounds is a text; a lower bound alone has words of its own."""
    assert Text("m").expected() == "a text"
    assert Text("m", min_length=3).expected() == "a text of at least 3 characters"
    assert Text("m", min_length=0, max_length=3).expected() == "a text of 0 to 3 characters"


def test_a_pattern_that_is_none_is_an_error_where_it_is_written():
    """The message has the pattern and what is wrong with it."""
    with pytest.raises(StepError, match=r"expected a regular expression as its pattern; got: '\[a' \(unterminated"):
        Text("column to predict", pattern="[a")


def _bools(*, heat: Annotated[tuple[bool, ...], Flag("of each oven")] = ()): ...
def _pair(*, heat: Annotated[tuple[int, int], Between(1, 9, "both")] = (1, 2)): ...
def _either(*, heat: Annotated[int | str, Between(1, 9, "of the oven")] = 1): ...
def _number(*, heat: Annotated[int, Text("of the oven")] = 1): ...
def _numbers(*, heat: Annotated[Literal[1, 2], OneOf("of the oven")] = 1): ...
def _untyped(*, heat: Annotated[tuple, Between(1, 9, "of the oven")] = ()): ...


@pytest.mark.parametrize("function", [_bools, _pair, _either, _number, _numbers, _untyped])
def test_another_annotation_is_an_error(function):
    """The message shows the annotations that there are."""
    with pytest.raises(StepError, match=rf"{function.__name__}, heat: expected Annotated\[int.*tuple\[int, \.\.\.\]"):
        parser(function)


def test_a_default_that_a_call_can_change_is_an_error():
    """The message has the tuple to write instead."""

    def bake(*, heat: Annotated[list[int], Between(1, 9, "of the oven")] = [1, 2]): ...  # noqa: B006

    with pytest.raises(StepError, match=r"bake, heat: expected a tuple as its default.*\[1, 2\]; fix: write \(1, 2\)"):
        parser(bake)
