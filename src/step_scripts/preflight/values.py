"""What an expression will be when nobody sets a parameter: a definition's own values, as far as they are known."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from step_scripts.preflight.definition import Definition, function_of
from step_scripts.preflight.finding import pointer

# Stands in a text for what only the run knows.
UNKNOWN = "\N{OBJECT REPLACEMENT CHARACTER}"


class Text(NamedTuple):
    """A text somewhere in a value: where, the name of its member, the text, and the parameters in it."""

    where: str
    member: str
    text: str
    parameters: tuple[str, ...]


def value_of(value: object, definition: Definition) -> object:
    """Return a value with its parameters' defaults filled in, or None where it is not known before the run.

    Of a text that is joined, what is not known is `UNKNOWN`.

    Examples
    --------
    >>> store = Definition(parameters={"Store": {"Name": "Store", "DefaultValue": "s3://bucket"}})
    >>> joined = {"On": "/", "Values": [{"Get": "Parameters.Store"}, {"Get": "Execution.PipelineName"}]}
    >>> value_of({"Std:Join": joined}, store) == f"s3://bucket/{UNKNOWN}"
    True
    >>> value_of({"Get": "Steps.Train.TrainingJobName"}, store) is None
    True
    """
    function = function_of(value)
    if function is None or not isinstance(value, Mapping):
        return value
    given = value[function]
    if function == "Get" and isinstance(given, str):
        return definition.parameters.get(given.removeprefix("Parameters."), {}).get("DefaultValue")
    if function != "Std:Join" or not isinstance(given, Mapping):
        return None
    values, between = given.get("Values"), given.get("On")
    if not isinstance(values, list) or not isinstance(between, str):
        return None
    parts = [value_of(part, definition) for part in values]
    if not parts:
        return None
    return between.join(UNKNOWN if part is None else str(part) for part in parts)


def parameters_in(value: object) -> tuple[str, ...]:
    """Return the names of the parameters that an expression is made of."""
    if isinstance(value, list):
        return tuple(name for item in value for name in parameters_in(item))
    if not isinstance(value, Mapping):
        return ()
    given = value.get("Get")
    if isinstance(given, str) and given.startswith("Parameters."):
        return (given.removeprefix("Parameters."),)
    return tuple(name for item in value.values() for name in parameters_in(item))


def texts(value: object, definition: Definition, where: str, member: str = "") -> Iterator[Text]:
    """Yield every text in a value, expressions filled in; an entry of a list has the name of the list."""
    known: Any = value_of(value, definition)
    if function_of(value) is not None:
        if isinstance(known, str):
            yield Text(where, member, known, parameters_in(value))
    elif isinstance(value, str):
        yield Text(where, member, value, ())
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts(item, definition, pointer(where, name), str(name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, definition, pointer(where, number), member)
