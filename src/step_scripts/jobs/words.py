"""Values of a pipeline file as the texts that a job gets: pipeline parameters, numbers, true and false, lists, None."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.workflow.parameters import Parameter, ParameterTypeEnum

from step_scripts.jobs.errors import JobsError

# What a step's option, an environment variable or a hyperparameter can be given in a pipeline file.
Value: TypeAlias = PipelineVariable | str | bool | int | float | Sequence[str | int | float] | None


def as_word(where: str, value: Value) -> Any:  # noqa: ANN401 - a text or a pipeline variable
    """Return a value as the text that a job gets. `step_scripts.step.options` reads it.

    Parameters
    ----------
    where : str
        The step and the option, for the message.
    value : PipelineVariable, str, bool, int, float, None, or sequence
        A parameter that is no text becomes one when the execution starts.

    Returns
    -------
    str or PipelineVariable

    Raises
    ------
    JobsError
        When the value has another type.

    Examples
    --------
    >>> [as_word("Fit, units", value) for value in (True, None, 0.5, "a b", (64, 32), (), ["a,b"])]
    ['true', 'none', '0.5', 'a b', '64,32', 'none', '["a,b"]']
    """
    if isinstance(value, Parameter) and value.parameter_type is not ParameterTypeEnum.STRING:
        return value.to_string()
    if isinstance(value, PipelineVariable | str):
        return value
    if value is None:
        return "none"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple) and all(isinstance(item, str | int | float) for item in value):
        words = [item if isinstance(item, str) else json.dumps(item) for item in value]
        plain = all(word and word == word.strip() and "," not in word and word[0] != "[" for word in words)
        return (",".join(words) or "none") if plain else json.dumps(list(value))
    raise JobsError(
        f"{where}: expected a text, a number, true or false, None, a list of texts or numbers, or a pipeline variable; "
        f"got: {_shown(value)}; fix: convert it"
    )


def as_words(where: str, values: Mapping[str, Value] | None) -> dict[str, Any]:
    """Return a mapping with each value as the text that a job gets."""
    return {name: as_word(f"{where}, {name}", value) for name, value in (values or {}).items()}


def _shown(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"
