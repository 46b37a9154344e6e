import argparse
from typing import Annotated, Literal

import pytest

from step_scripts.step import Between, OneOf, StepError, checked, given, parser


def bake(
    flour,
    *,
    oven_heat: Annotated[int, Between(50, 250, "degrees Celsius")] = 180,
    salt: Annotated[float, Between(0, 0.05, "share of the flour")] = 0.02,
    yeast: Annotated[float | None, Between(0, 1, "grams")] = None,
    pan: Annotated[Literal["round", "long"], OneOf("its shape")] = "round",
):
    """Bake bread.

    It takes an hour.
    """


SOUND = {"oven_heat": 180, "salt": 0.02, "yeast": None, "pan": "round"}


def _bare(*, heat=180): ...
def _quoted(*, heat: "Annotated[int, Between(50, 250, 'degrees Celsius')]" = 180): ...
def _lone(*, heat: int = 180): ...
def _flag(*, heat: Annotated[bool, OneOf("whether to heat")] = True): ...
def _word(*, heat: Annotated[str, OneOf("how")] = "much"): ...


@pytest.mark.parametrize("function", [_bare, _quoted, _lone, _flag, _word])
def test_an_annotation_that_says_too_little_is_an_error(function):
    """It names the function and the option, and shows how an annotation looks."""
    message = rf"{function.__name__}, heat: expected Annotated\[int, Between\(1, 9, .*got: .*; fix: annotate it so"
    with pytest.raises(StepError, match=message):
        parser(function)


def test_a_meaning_may_have_a_percent_sign(capsys):
    """Argparse would take it for a format."""

    def mix(*, share: Annotated[int, Between(1, 50, "% of the flour")] = 5): ...

    with pytest.raises(SystemExit, match="0"):
        parser(mix).parse_args(["--help"])
    assert "% of the flour (5)" in capsys.readouterr().out


def test_each_option_is_a_flag(capsys):
    """Names, types, defaults and meanings come from the signature, the description from the docstring."""
    flags = parser(bake)
    assert vars(flags.parse_args([])) == SOUND
    args = flags.parse_args(["--oven-heat", "200", "--salt", "1e-3", "--yeast", "0.5", "--pan", "long"])
    assert given(bake, args) == {"oven_heat": 200, "salt": 0.001, "yeast": 0.5, "pan": "long"}
    with pytest.raises(SystemExit):
        flags.parse_args(["--help"])
    shown = capsys.readouterr().out
    for words in ("usage: bake.py", "Bake bread.", "degrees Celsius (180)", "{round,long}", "grams\n"):
        assert words in shown
    assert "hour" not in shown


def test_other_arguments_are_not_the_functions():
    """A folder among the arguments is no option of the function."""
    assert given(bake, argparse.Namespace(**SOUND, output_dir="x")) == SOUND


@pytest.mark.parametrize("flag", ["--oven_heat", "--oven-heta", "--oven-heat-celsius"])
def test_an_unknown_flag_is_answered_with_the_nearest_one(flag, capsys):
    """Usage ends with 2, names the nearest flag, and lists all that there are."""
    for words in ([flag, "200"], [f"{flag}=200"]):
        with pytest.raises(SystemExit, match="2"):
            parser(bake).parse_args(words)
        message = capsys.readouterr().err
        assert f"unknown option {flag}. Did you mean --oven-heat? There are: --help, --oven-heat, --pan, " in message


def test_an_abbreviated_flag_is_unknown(capsys):
    """A flag that is added later must not change what an old command means."""
    with pytest.raises(SystemExit, match="2"):
        parser(bake).parse_args(["--oven", "200"])
    assert "unknown option --oven. Did you mean --oven-heat?" in capsys.readouterr().err


def test_a_flag_like_none_has_no_nearest_one(capsys):
    """Nothing is guessed where nothing is near."""
    with pytest.raises(SystemExit, match="2"):
        parser(bake).parse_args(["--zzzzzzz", "1"])
    assert "unknown option --zzzzzzz. There are: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--oven_heat", "200"], "unknown option --oven_heat. Did you mean --oven-heat?"),
        (["--oven-heat", "hot"], "argument --oven-heat: invalid int value: 'hot'"),
        (["--pan", "square"], "argument --pan: invalid choice: 'square'"),
    ],
)
def test_in_a_container_wrong_usage_is_the_jobs_failure_reason(words, message, tmp_path, monkeypatch, capsys):
    """The job's status shows the message, without a look at the log; the exit code is still 2."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        parser(bake).parse_args(words)
    reason = (tmp_path / "output" / "failure").read_text()
    assert reason.startswith(message)
    assert capsys.readouterr().err.endswith(f"bake.py: error: {reason}\n")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"oven_heat": 49}, r"oven_heat is 49: expected a whole number from 50 to 250 \(degrees Celsius\)"),
        ({"oven_heat": 180.5}, "oven_heat is 180.5: expected a whole number"),
        ({"yeast": True}, "yeast is True: expected a number"),
        ({"oven_heat": None}, "oven_heat is None: expected a whole number"),
        ({"salt": float("nan")}, "salt is nan: expected a number from 0 to 0.05"),
        ({"salt": float("inf")}, "salt is inf: expected a number"),
        ({"salt": "0.01"}, "salt is '0.01': expected a number"),
        ({"yeast": 2}, "yeast is 2: expected a number from 0 to 1"),
        ({"pan": "square"}, r"pan is 'square': expected one of round, long \(its shape\)"),
    ],
)
def test_a_value_that_does_not_fit_is_named(wrong, message):
    """The message says the option, what came, what was expected, and what the option means."""
    with pytest.raises(StepError, match=message):
        checked(bake, SOUND | wrong)


def test_every_wrong_value_is_named_at_once():
    """One message for all of them."""
    with pytest.raises(StepError, match=r"(?s)oven_heat is 0.*salt is 1.*pan is ''"):
        checked(bake, {"oven_heat": 0, "salt": 1, "yeast": 0, "pan": ""})


def test_bounds_and_whole_floats_fit():
    """Both bounds are allowed, a whole number is a number, and other names are ignored."""
    sound = {"oven_heat": 250, "salt": 0, "yeast": None, "pan": "long"}
    assert checked(bake, sound | {"flour": object()}) == sound
