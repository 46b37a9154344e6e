"""A step's options, written once: as the keyword-only arguments of its pure function.

An option's type, range and meaning are declared once. Its flag and its check follow from that::

    def train(features: pd.DataFrame, *, max_depth: Annotated[int, Between(1, 32, "levels of a tree")] = 1) -> Trained:
"""

import argparse
import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, NoReturn, get_args, get_origin

from step_scripts.step.errors import StepError
from step_scripts.step.exits import leave_failure


class Between(NamedTuple):
    """The lowest and the highest value of a number (both are allowed), and its meaning."""

    lowest: float
    highest: float
    meaning: str


class OneOf(NamedTuple):
    """What a word means. Its Literal type says which words are allowed."""

    meaning: str


class _Option(NamedTuple):
    name: str
    kind: type
    words: tuple[str, ...]
    domain: Any
    default: Any


class Parser(argparse.ArgumentParser):
    """A command line whose message about an unknown flag names the nearest known one."""

    def parse_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> Any:  # noqa: ANN401 - as argparse
        """Parse all arguments, or exit with 2 and a message."""
        parsed, unknown = self.parse_known_args(None if args is None else list(args), namespace)
        if unknown:
            known = sorted(flag for flag in self._option_string_actions if flag.startswith("--"))
            if not unknown[0].startswith("-"):
                self.error(f"unexpected argument {unknown[0]}: each value follows its option, as in --name value")
            flag = unknown[0].partition("=")[0]
            near = difflib.get_close_matches(flag.replace("_", "-"), known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            self.error(f"unknown option {flag}.{hint} There are: {', '.join(known)}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Exit with 2 and a message. It is the job's failure reason, too: hyperparameters arrive as flags."""
        leave_failure(message)
        super().error(message)


def parser(function: Callable[..., object]) -> Parser:
    """Return a command line with a flag for each option of a function: its type, default and meaning.

    It is named after the function, and described by the first line of its docstring.

    Examples
    --------
    >>> from typing import Annotated
    >>> def bake(*, oven_heat: Annotated[int, Between(50, 250, "degrees Celsius")] = 180) -> None:
    ...     '''Bake a cake.'''
    >>> parser(bake).parse_args(["--oven-heat", "200"])
    Namespace(oven_heat=200)
    """
    summary = (function.__doc__ or "").partition("\n")[0]
    flags = Parser(prog=f"{function.__name__}.py", description=summary, allow_abbrev=False)
    for option in _options(function):
        shown = "" if option.default is None else f" ({option.default})"
        flags.add_argument(
            f"--{option.name.replace('_', '-')}",
            type=option.kind,
            choices=option.words or None,
            default=option.default,
            metavar=None if option.words else option.kind.__name__.upper(),
            help=(option.domain.meaning + shown).replace("%", "%%"),  # argparse takes a help text as a format
        )
    return flags


def given(function: Callable[..., object], args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of a function's options among parsed arguments, by name.

    Examples
    --------
    >>> from typing import Annotated
    >>> def bake(*, oven_heat: Annotated[int, Between(50, 250, "degrees Celsius")] = 180) -> None: ...
    >>> given(bake, argparse.Namespace(oven_heat=200, output_dir="out"))
    {'oven_heat': 200}
    """
    return {option.name: getattr(args, option.name) for option in _options(function)}


def checked(function: Callable[..., object], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a function's options, each of its type and in its range.

    Parameters
    ----------
    function
        The function with the options.
    values
        Values by name, for example the function's ``locals()``. None stands for an option that was not given. Names
        that are not options are ignored.

    Returns
    -------
    dict
        The options alone, by name.

    Raises
    ------
    StepError
        One message for all values that are not allowed: what came, what was expected, and what the option means.

    Examples
    --------
    >>> from typing import Annotated
    >>> def bake(*, oven_heat: Annotated[int, Between(50, 250, "degrees Celsius")] = 180) -> None: ...
    >>> checked(bake, {"oven_heat": 1800, "dough": "sour"})
    Traceback (most recent call last):
    step_scripts.step.errors.StepError: oven_heat is 1800: expected a whole number from 50 to 250 (degrees Celsius)
    """
    options = list(_options(function))
    wrong = [
        f"{option.name} is {values[option.name]!r}: expected {_expected(option)} ({option.domain.meaning})"
        for option in options
        if not _fits(option, values[option.name])
    ]
    if wrong:
        raise StepError("\n".join(wrong))
    return {option.name: values[option.name] for option in options}


def _options(function: Callable[..., object]) -> Iterator[_Option]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            declared, domain = (*get_args(parameter.annotation), None, None)[:2]
            words = get_args(declared) if get_origin(declared) is Literal else ()
            numbers = [one for one in (int, float) if one in (declared, *get_args(declared))]
            if not isinstance(domain, OneOf if words else Between) or not (words or numbers):
                raise StepError(
                    f"{function.__name__}, {parameter.name}: expected Annotated[int, Between(1, 9, 'its meaning')], "
                    "the same with float, or Annotated[Literal['a', 'b'], OneOf('its meaning')]; got: "
                    f"{parameter.annotation!r}; fix: annotate it so, and without quotes or __future__.annotations"
                )
            kind = str if words else numbers[0]
            yield _Option(parameter.name, kind, words, domain, parameter.default)


def _fits(option: _Option, value: object) -> bool:
    if value is None and option.default is None:
        return True
    if option.words:
        return value in option.words
    numbers = (int,) if option.kind is int else (int, float)
    # NaN is in no range. A bool is an int in Python, but never meant as a number.
    return (
        isinstance(value, numbers)
        and not isinstance(value, bool)
        and option.domain.lowest <= value <= option.domain.highest
    )


def _expected(option: _Option) -> str:
    if option.words:
        return f"one of {', '.join(option.words)}"
    what = "a whole number" if option.kind is int else "a number"
    return f"{what} from {option.domain.lowest:g} to {option.domain.highest:g}"
