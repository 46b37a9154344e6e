"""A step's options, written once: as the keyword-only arguments of its pure function.

An option's type, range and meaning are declared once. Its flag and its check follow from that::

    def train(features: pd.DataFrame, *, max_depth: Annotated[int, Between(1, 32, "levels of a tree")] = 1) -> Trained:

=========================  ========================================================  ====================
what                       annotation, and a default                                 on the command line
=========================  ========================================================  ====================
whole number               ``Annotated[int, Between(1, 32, "meaning")] = 1``         ``--max-depth 3``
number                     ``Annotated[float, Between(0, 1, "meaning")] = 0.2``      ``--eta 0.1``
one of some words          ``Annotated[Literal["a", "b"], OneOf("meaning")] = "a"``  ``--method b``
true or false              ``Annotated[bool, Flag("meaning")] = True``               ``--shuffle false``
text                       ``Annotated[str, Text("meaning", max_length=9)] = "x"``   ``--label price``
list of these, bool aside  ``Annotated[tuple[int, ...], Between(...)] = (8, 4)``       ``--units 16,8``
any of these, or None      ``Annotated[int | None, Between(...)] = None``              ``--max-depth none``
=========================  ========================================================  ====================

A pipeline parameter arrives as a text. So a bool has a value on the command line: ``true``, ``false``, ``1`` or ``0``,
in any case. The service refuses an empty word, so ``none`` stands for None, and for a list without items. An empty text
means the same. Each item of a list is checked. A list is a tuple in Python, because a call can change the default of
another one. ``list[int]`` and ``Sequence[int]`` are accepted as annotations, too; the value is a tuple.
"""

import argparse
import difflib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn

from step_scripts.step.errors import StepError
from step_scripts.step.exits import leave_failure
from step_scripts.step.kinds import Option, read_option


class Parser(argparse.ArgumentParser):
    """A command line whose message about an unknown flag names the nearest known one."""

    def parse_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> Any:  # noqa: ANN401 - as argparse
        """Parse all arguments, or exit with 2 and a message."""
        parsed, unknown = self.parse_known_args(self._joined(sys.argv[1:] if args is None else args), namespace)
        if unknown:
            known = sorted(flag for flag in self._option_string_actions if flag.startswith("--"))
            if not unknown[0].startswith("-"):
                self.error(f"unexpected argument {unknown[0]}: each value follows its option, as in --name value")
            flag = unknown[0].partition("=")[0]
            near = difflib.get_close_matches(flag.replace("_", "-"), known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            self.error(f"unknown option {flag}.{hint} There are: {', '.join(known)}")
        return parsed

    def _joined(self, words: Iterable[str]) -> list[str]:
        """Join a flag and a value such as ``-1,2`` or ``-1e-3``, which argparse would take for another flag."""
        joined: list[str] = []
        for word in words:
            value = word[:1] == "-" != word[1:2] and word not in self._option_string_actions
            if value and joined and getattr(self._option_string_actions.get(joined[-1]), "nargs", 0) is None:
                joined[-1] += f"={word}"
            else:
                joined.append(word)
        return joined

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
    >>> from step_scripts.step import Between
    >>> def bake(*, oven_heat: Annotated[int, Between(50, 250, "degrees Celsius")] = 180) -> None:
    ...     '''Bake a cake.'''
    >>> parser(bake).parse_args(["--oven-heat", "200"])
    Namespace(oven_heat=200)
    """
    summary = (function.__doc__ or "").partition("\n")[0]
    flags = Parser(prog=f"{function.__name__}.py", description=summary, allow_abbrev=False)
    for option in _options(function):
        shown = f" ({option.shown})" if option.shown else ""
        flags.add_argument(
            f"--{option.name.replace('_', '-')}",
            type=option.reader,
            choices=option.choices,
            default=option.default,
            metavar=option.metavar,
            help=(option.domain.meaning + shown).replace("%", "%%"),  # argparse takes a help text as a format
        )
    return flags


def given(function: Callable[..., object], args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of a function's options among parsed arguments, by name.

    Examples
    --------
    >>> from typing import Annotated
    >>> from step_scripts.step import Between
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
    >>> from step_scripts.step import Between
    >>> def bake(*, oven_heat: Annotated[int, Between(50, 250, "degrees Celsius")] = 180) -> None: ...
    >>> checked(bake, {"oven_heat": 1800, "dough": "sour"})
    Traceback (most recent call last):
    step_scripts.step.errors.StepError: oven_heat is 1800: expected a whole number from 50 to 250 (degrees Celsius)
    """
    options = list(_options(function))
    wrong = [
        f"{option.name} is {values[option.name]!r}: expected {option.expected()} ({option.domain.meaning})"
        for option in options
        if not option.fits(values[option.name])
    ]
    if wrong:
        raise StepError("\n".join(wrong))
    return {option.name: values[option.name] for option in options}


def _options(function: Callable[..., object]) -> Iterator[Option]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            yield read_option(function.__name__, parameter)
