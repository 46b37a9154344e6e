"""Options in a pipeline file reach the script's parser with their values: as flags and as hyperparameters."""

from typing import Annotated, Literal

import pytest

from step_scripts import step
from step_scripts.step import Between, Flag, OneOf, Text
from step_scripts.testing.harness import Harness
from step_scripts.testing.jobs import words_of


def fit(
    *,
    shuffle: Annotated[bool, Flag("whether rows are shuffled")] = True,
    label: Annotated[str, Text("column to predict")] = "price",
    units: Annotated[tuple[int, ...], Between(1, 512, "units of each layer")] = (64, 32),
    drop: Annotated[tuple[str, ...], Text("columns to leave out")] = (),
    rate: Annotated[float, Between(0, 1, "of learning")] = 0.1,
    max_depth: Annotated[int | None, Between(1, 32, "levels of a tree")] = None,
    method: Annotated[Literal["hist", "exact"], OneOf("how splits are found")] = "hist",
):
    """Fit a model."""


LITERALS = [
    {},
    {"shuffle": False, "label": "area", "units": [8], "drop": ("kind", "rooms"), "rate": 1e-6, "max_depth": 3},
    {"drop": ["a,b", "[c", " d"], "units": (), "max_depth": None, "method": "exact"},
]


def given_to(text, steps_of, name):
    """Parse what a step's script gets when every parameter has its default."""
    harness = Harness(project=None, home=None, file="pipeline.py", compilation=None)
    harness.__dict__["text"] = text
    words = words_of(steps_of(text)[name], harness.resolve)
    return step.checked(fit, step.given(fit, step.parser(fit).parse_args(words)))


def expected(options):
    """The script's own defaults with other values; lists are tuples."""
    own = step.given(fit, step.parser(fit).parse_args([]))
    return own | {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


@pytest.mark.parametrize("options", LITERALS)
def test_a_literal_reaches_the_script(options, compile_houses, steps_of):
    """As a flag of a processing job, and as a hyperparameter of a training job."""
    words = {name.replace("_", "-"): value for name, value in options.items()}
    text = compile_houses(flags=words, hyperparameters=words)
    assert given_to(text, steps_of, "Prepare") == given_to(text, steps_of, "Fit") == expected(options)


def test_a_parameter_reaches_the_script(compile_houses, steps_of):
    """A parameter of each type; the service has texts on its command lines."""
    from sagemaker.core.workflow.parameters import (
        ParameterBoolean,
        ParameterFloat,
        ParameterInteger,
        ParameterString,
    )

    parameters = {
        "shuffle": ParameterBoolean("Shuffle", default_value=False),
        "rate": ParameterFloat("Rate", 0.5),
        "max-depth": ParameterInteger("MaxDepth", 3),
        "units": ParameterString("Units", "16,8"),
        "drop": ParameterString("Drop", "none"),
    }
    text = compile_houses(flags=parameters, hyperparameters=parameters, parameters=parameters.values())
    values = expected({"shuffle": False, "rate": 0.5, "max_depth": 3, "units": (16, 8)})
    assert given_to(text, steps_of, "Prepare") == given_to(text, steps_of, "Fit") == values
    arguments = steps_of(text)["Prepare"]["Arguments"]["AppSpecification"]["ContainerArguments"]
    assert arguments[1] == {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Shuffle"}]}}


@pytest.mark.parametrize("value", [object(), {"a": 1}, [None], b"text"])
def test_a_value_of_another_type_is_an_error(value, compile_houses):
    """The message has the step, the option and the value's type."""
    from step_scripts.jobs.shapes import JobsError

    with pytest.raises(JobsError, match=f"Prepare, units: expected a text.*{type(value).__name__}.*fix: convert it"):
        compile_houses(flags={"units": value})
